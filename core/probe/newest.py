"""What is assumed of the newest reports, which both origins may be served. A new assumption is an entry here.

Where a service does not serve them, which is nobody's mistake, nothing more is asked, and nothing matters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from core.api import newest
from core.api.betas import NEWEST_HEADER
from core.periods import ONE_DAY, Period
from core.probe import looks
from core.probe.asked_service import Service
from core.probe.asking import Told
from core.probe.bodies import (
    TOKENS,
    Assumption,
    Body,
    Seen,
    Verdict,
    amount_of,
    at,
    differs,
    judged,
    listed,
    ok,
    rows_of,
    unknown,
    words_of,
)
from core.probe.looks import Look
from core.reach import NEWEST_FIRST_DAY, NEWEST_REACH_DAYS
from core.sync.grants import NAMED_CAP

NOT_SERVED = unknown("not looked at: the report is not served")
_NESTED = ("cost", "usage")
_DIMENSIONS = tuple(newest.FILTERS)
_SIX = (*newest.PRICE_GROUPS, "product")
_TIERS = frozenset({"standard", "batch", "priority", "priority_on_demand", "flex", "flex_discount"})

Ask = Callable[[Service], Told]


def asked(
    path: str, groups: Sequence[str] = (), splits: Sequence[str] = (), period: Period | None = None
) -> Ask:
    """A question, its pages together and its rows without nesting; what is not all of it is no answer."""

    def ask(service: Service) -> Told:
        question = newest.question(period or service.day, groups, splits)
        told, complete = service.in_pages(path, question, NEWEST_HEADER)
        data = [_flat(row) for row in rows_of(told.body)]
        return replace(told, status=told.status if complete else None, body={**told.body, "data": data})

    return ask


def _flat(row: Body) -> Body:
    """A row with what it is of and what it counts beside each other."""
    parts = [row[name] for name in ("group", *_NESTED) if isinstance(row.get(name), dict)]
    return {**row, **{name: value for part in parts for name, value in part.items()}}


_COSTS = asked(newest.COST, newest.PRICE_GROUPS, newest.SPLITS)
_USES = asked(newest.USAGE, newest.PRICE_GROUPS)


def if_served(path: str, look: Look) -> Look:
    """The same where the report is served."""
    return lambda service: look(service) if asked(path)(service).granted else NOT_SERVED


def _adds_up(path: str, groups: Sequence[str], splits: Sequence[str] = ()) -> Look:
    def look(service: Service) -> Seen:
        return looks.compared(asked(path)(service), asked(path, groups, splits)(service), "adds up")

    return if_served(path, look)


def as_older(path: str, older: Ask) -> Look:
    """Whether the total of a day is that of the older report."""

    def look(service: Service) -> Seen:
        return looks.compared(older(service), asked(path)(service), "adds up")

    return if_served(path, look)


def _cap(path: str) -> Look:
    """How many dimensions a question may have, told by the refusal of one more than is assumed."""

    def look(service: Service) -> Seen:
        six = [*newest.question(service.day), *(("group_by[]", name) for name in _SIX)]
        one_more = service.asker.ask(path, six, NEWEST_HEADER)
        if one_more.granted:
            return differs(f"{len(_SIX)} or more")
        usual = asked(path, newest.PRICE_GROUPS)(service)
        named = NAMED_CAP.search(one_more.said)
        if usual.granted:
            return Seen(Verdict.OK, str(newest.MOST_GROUPS), one_more.said)
        return Seen(Verdict.DIFFERS, f"{named[1]}, named by the refusal" if named else "fewer", usual.said)

    return if_served(path, look)


def _watermark(path: str) -> Look:
    """Null covers nothing; a finished day that lies beyond it is not known yet."""

    def look(service: Service) -> Seen:
        told = asked(path)(service)
        return looks.watermark_of(told, service.today)

    return if_served(path, look)


def _list_amounts(service: Service) -> Seen:
    """Whether every row has one that can be counted."""
    rows = rows_of(_COSTS(service).body)
    odd = [row for row in rows if amount_of(row.get("list_amount")) is None]
    words = f"{len(odd)} rows without one" if odd else "all of them"
    return judged(not odd, words) if rows else unknown("no rows to look at")


def _tiers(service: Service) -> Seen:
    """Whether the bill names tiers as usage does."""
    bill = _COSTS(service)
    used = _USES(service)
    billed, named = (words_of(rows_of(told.body), "service_tier") for told in (bill, used))
    return judged(
        billed - {None} <= named and named - {None} <= _TIERS,
        f"usage: {listed(named)} / bill: {listed(billed)}",
    )


def _priority(service: Service) -> Seen:
    """Whether Priority tier has amounts."""
    bill = rows_of(_COSTS(service).body)
    used = rows_of(_USES(service).body)
    if not any(row.get("service_tier") == "priority" for row in used):
        return unknown("no such use on that day")
    tokens = [row for row in bill if row.get("service_tier") == "priority" and row.get("token_type")]
    if not tokens:
        return ok("tokens, and no cost")
    return differs("amounts of zero" if not any(amount_of(row["amount"]) for row in tokens) else "amounts")


def _totals_of_tokens(service: Service) -> Seen:
    """Whether a row's total is the sum of its own counts."""
    rows = rows_of(_USES(service).body)
    off = [row for row in rows if _sum_of_tokens(row) != row.get("total_tokens")]
    words = f"{len(off)} rows are off" if off else "its sum"
    return judged(not off, words) if rows else unknown("no rows to look at")


def _sum_of_tokens(row: Body) -> object:
    return sum(amount_of(at(row, path)) or 0 for path in TOKENS)


def _day(path: str, day: Callable[[date], date]) -> Ask:
    """Asked of the service's other day."""

    def ask(service: Service) -> Told:
        first = day(service.today)
        return asked(path, period=Period(first, first + ONE_DAY))(service)

    return ask


def _oldest(today: date) -> date:
    return max(NEWEST_FIRST_DAY, today - timedelta(days=NEWEST_REACH_DAYS - 1))


def _older(today: date) -> date:
    return _oldest(today) - 2 * ONE_DAY


_KINDS = ((newest.COST, "cost", newest.SPLITS), (newest.USAGE, "usage", ()))
_SETS = (
    ("rates", newest.PRICE_GROUPS),
    ("keys", newest.KEY_GROUPS),
    ("agents", newest.AGENT_GROUPS),
    ("agents of products", newest.AGENT_PRODUCT_GROUPS),
    ("tags", newest.TAG_GROUPS),
)
_ROW_FIELDS = ("starting_at", "ending_at", "group", *_DIMENSIONS, "requests")
_COST_FIELDS = (*_ROW_FIELDS, "cost", *newest.SPLITS, "amount", "list_amount", "currency")
_USAGE_FIELDS = (*_ROW_FIELDS, "usage", *TOKENS, "total_tokens", "server_tool_use")
_Ask = Assumption[Service]


def assumptions(older_cost: Ask, older_usage: Ask) -> tuple[_Ask, ...]:
    """The same for both origins but for the older reports they are compared with."""
    older = {"cost": older_cost, "usage": older_usage}
    of_both = tuple(_of_both(path, kind, splits, older[kind]) for path, kind, splits in _KINDS)
    return (*of_both[0], *of_both[1], *_of_cost(), *_of_usage())


def _of_both(path: str, kind: str, splits: Sequence[str], older: Ask) -> tuple[_Ask, ...]:
    name = f"newest {kind}"
    return (
        *(
            _Ask(f"{name} by {by}", "adds up to the total", _adds_up(path, groups, splits), matters=True)
            for by, groups in _SETS
        ),
        _Ask(f"{name} and the older", "the same total", as_older(path, older), matters=True),
        _Ask(f"{name}: data_refreshed_at", "36 hours old at most", _watermark(path), matters=True),
        _Ask(f"{name}: dimensions a question", str(newest.MOST_GROUPS), _cap(path)),
    )


def _of_cost() -> tuple[_Ask, ...]:
    def looked(name: str, assumed: str, look: Look, *, matters: bool = False) -> _Ask:
        return _Ask(f"newest cost: {name}", assumed, if_served(newest.COST, look), matters=matters)

    fields = looks.fields("rows", _COSTS, _COST_FIELDS, "amount list_amount currency")
    oldest, older = _day(newest.COST, _oldest), _day(newest.COST, _older)
    return (
        looked("amounts", "all countable, in USD", looks.amounts(_COSTS), matters=True),
        looked("list amounts", "all countable", _list_amounts, matters=True),
        looked("service tiers", "as in usage", _tiers),
        looked("Priority tier", "tokens, and no cost", _priority),
        looked("fields", "all there, none new", fields),
        looked("the oldest day", "answered", looks.taken(oldest, "answered"), matters=True),
        looked("a day before it", "refused", looks.refused(older)),
    )


def _of_usage() -> tuple[_Ask, ...]:
    fields = looks.fields("rows", _USES, _USAGE_FIELDS, "server_tool_use total_tokens")
    return (
        _Ask("newest usage: total_tokens", "its sum", if_served(newest.USAGE, _totals_of_tokens)),
        _Ask("newest usage: fields", "all there, none new", if_served(newest.USAGE, fields)),
    )
