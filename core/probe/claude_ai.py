"""What is assumed of claude.ai's service. A new assumption is one entry here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from core.api.enterprise import COST_GROUPS, USAGE_GROUPS
from core.api.paths import CLAUDE_AI_COST as COST
from core.api.paths import CLAUDE_AI_USAGE as USAGE
from core.api.paths import USER_COST, USER_USAGE
from core.dimensions import Origin
from core.periods import Period
from core.probe import looks, newest
from core.probe.asked_service import Service
from core.probe.asking import Told
from core.probe.bodies import TOKENS, Assumption, Seen, Verdict, ok, rows_of, sums, unknown
from core.probe.endpoints import endpoints_of
from core.probe.looks import Look
from core.reach import CLAUDE_AI_FIRST_DAY, CLAUDE_AI_REACH_DAYS, MAX_DAYS


def _report(path: str, *groups: str) -> Callable[[Service], Told]:
    return lambda service: service.in_buckets(path, groups)


def _rows(path: str, groups: tuple[str, ...]) -> Callable[[Service], Told]:
    return lambda service: service.in_rows(path, groups)[0]


def _alone(path: str, *groups: str) -> Look:
    return lambda service: looks.compared(_report(path)(service), _report(path, *groups)(service), "adds up")


def _watermark(path: str) -> Look:
    return lambda service: looks.watermark_of(
        service.in_buckets(path, period=service.last_days(1)), service.today
    )


def _together(service: Service) -> Seen:
    """Whether reports by user and in time buckets are refreshed at once."""
    by_user, in_buckets = _rows(USER_COST, COST_GROUPS)(service), _report(COST)(service)
    if not (by_user.granted and in_buckets.granted):
        return (in_buckets if by_user.granted else by_user).seen
    same = by_user.body.get("data_refreshed_at") == in_buckets.body.get("data_refreshed_at")
    return ok("at once" if same else "at different times")


def _users(total: str, users: str, groups: tuple[str, ...]) -> Look:
    """Users' rows beside the organization's total: what is left is nobody's."""

    def look(service: Service) -> Seen:
        whole, (rows, complete) = _report(total)(service), service.in_rows(users, groups)
        if not (whole.granted and rows.granted):
            return (rows if whole.granted else whole).seen
        if not complete:
            return unknown("more pages than are read here")
        user_sums, whole_sums = sums(rows_of(rows.body)), sums(rows_of(whole.body))
        if not user_sums and not whole_sums:
            return unknown("nothing on that day to compare")
        rest = {
            path: whole_sums.get(path, Decimal(0)) - user_sums.get(path, Decimal(0))
            for path in whole_sums | user_sums
        }
        if not any(rest.values()):
            return ok("they are all of it")
        more = all(value >= 0 for value in rest.values())
        return Seen(Verdict.OK, "some is nobody's" if more else "users have more than the total")

    return look


def _from(first: date) -> Callable[[Service], Told]:
    return lambda service: service.in_buckets(COST, period=Period(first, first + timedelta(days=1)))


def _oldest(service: Service) -> Told:
    return _from(max(CLAUDE_AI_FIRST_DAY, service.today - timedelta(days=CLAUDE_AI_REACH_DAYS - 1)))(service)


def _older(service: Service) -> Told:
    return _from(
        min(CLAUDE_AI_FIRST_DAY, service.today - timedelta(days=CLAUDE_AI_REACH_DAYS)) - timedelta(days=1)
    )(service)


_Ask = Assumption[Service]
_ROW_FIELDS = "actor starting_at ending_at"
_ACTOR = "actor.type actor.user_id actor.name actor.deleted"

ASSUMPTIONS: tuple[_Ask, ...] = (
    *(
        _Ask(
            e.name,
            "granted" if e.needed else "granted, or not",
            looks.granted(e),
            matters=e.needed,
        )
        for e in endpoints_of(Origin.CLAUDE_AI)
    ),
    _Ask("cost: data_refreshed_at", "36 hours old at most", _watermark(COST), matters=True),
    _Ask("usage: data_refreshed_at", "36 hours old at most", _watermark(USAGE), matters=True),
    _Ask("refreshed by user and in total", "at once, or not", _together),
    _Ask("cost: dimensions a question", f"{len(COST_GROUPS)} or more", looks.cap(COST, COST_GROUPS, 7)),
    _Ask("usage: dimensions a question", f"{len(USAGE_GROUPS)} or more", looks.cap(USAGE, USAGE_GROUPS, 5)),
    _Ask("cost: days a page", f"{MAX_DAYS}", looks.pages(COST, ("product",))),
    _Ask("usage: days a page", f"{MAX_DAYS}", looks.pages(USAGE, ("product",))),
    _Ask("cost: days in between", "none missing", looks.gaps(COST, ("product",)), matters=True),
    *(
        _Ask(f"cost by {name}", "adds up to the total", _alone(COST, name), matters=True)
        for name in (*USAGE_GROUPS, "cost_type")
    ),
    _Ask(
        "cost by cost_type and token_type",
        "adds up to the total",
        _alone(COST, "cost_type", "token_type"),
        matters=True,
    ),
    *(
        _Ask(f"usage by {name}", "adds up to the total", _alone(USAGE, name), matters=True)
        for name in USAGE_GROUPS
    ),
    _Ask("cost by user and the total", "all, or some is nobody's", _users(COST, USER_COST, COST_GROUPS)),
    _Ask("usage by user and the total", "all, or some is nobody's", _users(USAGE, USER_USAGE, USAGE_GROUPS)),
    _Ask(
        "cost: amounts", "all countable, in USD", looks.amounts(_rows(USER_COST, COST_GROUPS)), matters=True
    ),
    _Ask(
        "cost by user: fields",
        "all there",
        looks.fields(
            "rows",
            _rows(USER_COST, COST_GROUPS),
            (
                *_ROW_FIELDS.split(),
                *_ACTOR.split(),
                *["amount", "list_amount", "currency", "requests", "slack_channel_id"],
                *["claude_tag_category", "claude_tag_user_id"],
                *COST_GROUPS,
            ),
            "amount currency",
        ),
    ),
    _Ask(
        "usage by user: fields",
        "all there",
        looks.fields(
            "rows",
            _rows(USER_USAGE, USAGE_GROUPS),
            (
                *_ROW_FIELDS.split(),
                *_ACTOR.split(),
                *["total_tokens", "requests", "server_tool_use.web_search_requests", "slack_channel_id"],
                *["claude_tag_category", "claude_tag_user_id"],
                *TOKENS,
                *USAGE_GROUPS,
            ),
            " ".join((*TOKENS, "server_tool_use")),
        ),
    ),
    _Ask("reports: has_more", "there", looks.says(_report(COST), "has_more")),
    _Ask("the oldest day in reach", "answered", looks.taken(_oldest, "answered"), matters=True),
    _Ask("a day before it", "refused", looks.refused(_older)),
    *newest.assumptions(_report(COST), _report(USAGE)),
    _Ask("refusals", "a request id; an error code or none", looks.refusals),
)
