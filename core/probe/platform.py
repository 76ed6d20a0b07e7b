"""What is assumed of the Claude Platform's service. A new assumption is one entry here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from core.api.client import NO_HEADERS
from core.api.paths import COST, USAGE, WORKSPACES
from core.api.platform import COST_GROUPS, SPEED, USAGE_FILTERS
from core.dimensions import Origin
from core.periods import ONE_DAY, Period
from core.probe import looks, newest
from core.probe.asked_service import Service
from core.probe.asking import Told
from core.probe.bodies import (
    TOKENS,
    Assumption,
    Body,
    Seen,
    Verdict,
    differs,
    judged,
    listed,
    ok,
    rows_of,
    sums,
    unequal,
    unknown,
    words_of,
)
from core.probe.endpoints import FAST_MODE, endpoints_of
from core.probe.looks import Look
from core.reach import HISTORY_DAYS, MAX_DAYS

_DIMENSIONS = tuple(USAGE_FILTERS)
_WORDS = ("service_tier", "inference_geo", "context_window", SPEED)
_TIERS = frozenset({"standard", "batch", "priority", "priority_on_demand", "flex", "flex_discount"})
_BILLED_TIERS = frozenset({"standard", "batch"})
_UNBILLED_TIERS = _TIERS - _BILLED_TIERS
_MOST_VALUES = 4
_LONGEST_LIST = 20
_WORKSPACES = [("limit", "1000"), ("include_archived", "true"), ("include_default", "true")]
_COST_FIELDS = (
    "amount currency workspace_id description cost_type model service_tier context_window inference_geo"
    " token_type"
)


def _total(service: Service) -> Told:
    return service.in_buckets(USAGE)


def _by(dimension: str) -> Callable[[Service], Told]:
    headers = FAST_MODE if dimension == SPEED else NO_HEADERS
    return lambda service: service.in_buckets(USAGE, (dimension,), headers=headers)


def _bill(service: Service) -> Told:
    """The most days of the bill that come on one page."""
    return service.largest(COST, COST_GROUPS)[1]


def _list(name: str) -> Callable[[Service], Told]:
    endpoint = next(e for e in endpoints_of(Origin.PLATFORM) if e.name == name)
    return lambda service: service.asker.ask(endpoint.path, endpoint.params(service.day))


def _workspaces(service: Service) -> Told:
    """With the default workspace, where that is granted."""
    told = service.asker.ask(WORKSPACES, _WORKSPACES)
    return told if told.granted else _list("workspaces")(service)


def _version(version: str) -> Look:
    def look(service: Service) -> Seen:
        told = service.in_buckets(USAGE, headers={"anthropic-version": version})
        if not told.granted:
            return told.seen
        usual = _total(service)
        changed = {field for row in rows_of(told.body) for field in row} ^ {
            field for row in rows_of(usual.body) for field in row
        }
        if changed:
            return differs(f"taken; other fields: {listed(changed)}")
        off = unequal(sums(rows_of(told.body)), sums(rows_of(usual.body)))
        return judged(not off, "taken; the same answer" if not off else "taken; other sums")

    return look


def _alone(dimension: str) -> Look:
    """Whether usage by one dimension adds up to usage."""
    return lambda service: looks.compared(_total(service), _by(dimension)(service), "adds up")


def _filtered(dimension: str) -> Look:
    """Whether a filter keeps the rows of its values, and no others."""

    def look(service: Service) -> Seen:
        grouped = _by(dimension)(service)
        if not grouped.granted:
            return unknown("not tried: the dimension is refused")
        values = sorted(word for word in words_of(rows_of(grouped.body), dimension) if word is not None)
        if not values:
            return unknown("no value on that day to ask for")
        questions = list(_questions(dimension, values))
        for asked in questions:
            seen = _kept(service, dimension, asked, grouped)
            if seen.verdict is not Verdict.OK:
                return seen
        return ok(f"keeps their rows; {len(questions)} questions" if len(questions) > 1 else "keeps its rows")

    return look


def _questions(dimension: str, values: list[str]) -> Iterator[list[str]]:
    """Each value by itself where there are few by nature; else one question of several."""
    if dimension in _WORDS:
        yield from ([value] for value in values[:_MOST_VALUES])
    else:
        yield values[:_LONGEST_LIST]


def _kept(service: Service, dimension: str, values: list[str], grouped: Told) -> Seen:
    headers = FAST_MODE if dimension == SPEED else NO_HEADERS
    told = service.in_buckets(USAGE, more=[(USAGE_FILTERS[dimension], v) for v in values], headers=headers)
    if not told.granted:
        return told.seen
    expected = sums(row for row in rows_of(grouped.body) if row.get(dimension) in values)
    off = unequal(sums(rows_of(told.body)), expected)
    return differs(f"not the rows of its values: {', '.join(off)}") if off else ok("")


def _same_words(name: str) -> Look:
    """The words of both reports for one thing, side by side."""

    def look(service: Service) -> Seen:
        usage, bill = _by(name)(service), _tokens_of(_bill_for(name)(service))
        if not usage.granted:
            return usage.seen
        if bill is None:
            return _bill_for(name)(service).seen
        used = words_of(rows_of(usage.body), name)
        billed = words_of(bill, name) if bill else set()
        words = f"usage: {listed(used)} / bill: {listed(billed)}"
        if not used or not billed:
            return unknown(words)
        return judged(_agree(name, used, billed), words)

    return look


def _agree(name: str, used: set[str | None], billed: set[str | None]) -> bool:
    if name == "service_tier":
        return used <= _TIERS and billed <= _BILLED_TIERS
    return billed <= used


def _bill_for(name: str) -> Callable[[Service], Told]:
    """The bill of the same day as the usage; speed is on it with its header only."""
    headers = FAST_MODE if name == SPEED else NO_HEADERS
    return lambda service: service.in_buckets(COST, COST_GROUPS, headers=headers)


def _tokens_of(told: Told) -> list[Body] | None:
    """Its rows that are tokens; None where it was refused."""
    return [row for row in rows_of(told.body) if row.get("token_type")] if told.granted else None


def _billed_as(service: Service) -> Seen:
    """The tier on rows whose description names one that the bill has no word for."""
    told = _bill(service)
    if not told.granted:
        return told.seen
    billed: dict[str, set[str | None]] = {}
    for row in _tokens_of(told) or []:
        text = str(row.get("description") or "").lower().replace(" ", "_")
        for tier in sorted(_UNBILLED_TIERS, key=len, reverse=True):
            if tier in text:
                billed.setdefault(tier, set()).add(row.get("service_tier"))
                break
    words = "; ".join(f"{tier} as {listed(billed[tier])}" for tier in sorted(billed))
    known = all(tiers <= {*_BILLED_TIERS, None} for tiers in billed.values())
    return judged(known, words) if billed else unknown("no description names such a tier")


def _geo_of_others(service: Service) -> Seen:
    told = _bill(service)
    rows = [row for row in rows_of(told.body) if not row.get("token_type")]
    if not told.granted or not rows:
        return unknown("no such rows") if told.granted else told.seen
    return ok(f"bill: {listed(words_of(rows, 'inference_geo'))}")


def _named(service: Service) -> Seen:
    """Whether the lists name the workspaces in use."""
    usage, lists = _by("workspace_id")(service), _workspaces(service)
    if not (usage.granted and lists.granted):
        return (lists if usage.granted else usage).seen
    used = words_of(rows_of(usage.body), "workspace_id") - {None}
    strange = used - looks.lists_of(lists, "id")
    return judged(not strange, f"{len(used) - len(strange)} of {len(used)} named")


def _today(path: str) -> Callable[[Service], Told]:
    return lambda service: service.in_buckets(path, period=Period(service.today, service.today + ONE_DAY))


def _key_workspace(service: Service) -> Seen:
    told = _list("api_keys")(service)
    rows = rows_of(told.body)
    spelled = [name for name in ("workspace_id", "scope") if any(name in row for row in rows)]
    return (
        (judged(bool(spelled), listed(spelled)) if rows else unknown("no keys"))
        if told.granted
        else told.seen
    )


_Ask = Assumption[Service]

ASSUMPTIONS: tuple[_Ask, ...] = (
    *(
        _Ask(e.name, "granted" if e.needed else "granted, or not", looks.granted(e), matters=e.needed)
        for e in endpoints_of(Origin.PLATFORM)
    ),
    _Ask("version 2023-06-01", "the same answer", _version("2023-06-01"), matters=True),
    _Ask("version 2026-10-21", "the same answer", _version("2026-10-21")),
    _Ask("usage: dimensions a question", "5", looks.cap(USAGE, _DIMENSIONS, 5, FAST_MODE)),
    _Ask("usage: days a page", f"{MAX_DAYS}", looks.pages(USAGE, ("model", "workspace_id", "api_key_id"))),
    _Ask("bill: days a page", f"{MAX_DAYS}", looks.pages(COST, COST_GROUPS)),
    _Ask("usage of today", "answered", looks.taken(_today(USAGE), "answered"), matters=True),
    _Ask("bill of today", "refused: finished days only", looks.refused(_today(COST))),
    _Ask("bill: finished days late", "0 to 3", looks.lateness(COST, COST_GROUPS, 3), matters=True),
    _Ask("bill: days in between", "none missing", looks.gaps(COST, COST_GROUPS), matters=True),
    _Ask(
        "usage: days in between",
        "none missing",
        looks.gaps(USAGE, ("model", "workspace_id", "api_key_id")),
        matters=True,
    ),
    *(_Ask(f"usage by {name}", "adds up to the total", _alone(name), matters=True) for name in _DIMENSIONS),
    _Ask("speed without its header", "refused", looks.refused(lambda s: s.in_buckets(USAGE, (SPEED,)))),
    *(_Ask(f"words: {name}", "the same, or fewer on the bill", _same_words(name)) for name in _WORDS),
    _Ask("bill: tiers it has no word for", "standard, batch or empty", _billed_as),
    _Ask("bill: geo of what is no tokens", "filled or empty", _geo_of_others),
    _Ask("bill: amounts", "all countable, in USD", looks.amounts(_bill), matters=True),
    *(
        _Ask(f"filter {USAGE_FILTERS[name]}", "keeps the rows of its values", _filtered(name), matters=True)
        for name in (*_WORDS, "model", "workspace_id", "api_key_id", "account_id", "service_account_id")
    ),
    _Ask(
        "workspaces: include_default",
        "taken",
        looks.taken(lambda s: s.asker.ask(WORKSPACES, _WORKSPACES), "taken"),
    ),
    _Ask("workspaces in use", "named by the list", _named),
    _Ask("api_keys: their workspace", "workspace_id or scope", _key_workspace),
    _Ask(
        "workspaces: fields",
        "all there, none new",
        looks.fields(
            "workspaces",
            _workspaces,
            ["id", "type", "name", "display_color", "created_at", "archived_at", "tags", "data_residency"],
            "id name tags",
        ),
    ),
    _Ask(
        "usage: fields",
        "all there, none new",
        looks.fields(
            "usage",
            _total,
            (*TOKENS, "server_tool_use.web_search_requests", *_DIMENSIONS),
            f"{' '.join(TOKENS)} server_tool_use",
        ),
    ),
    _Ask(
        "bill: fields", "all there, none new", looks.fields("bill", _bill, _COST_FIELDS.split(), "currency")
    ),
    _Ask("lists: has_more", "there", looks.says(_list("users"), "has_more")),
    _Ask("reports: has_more", "there", looks.says(_total, "has_more")),
    _Ask("reports: next_page", "there", looks.says(_total, "next_page"), matters=True),
    _Ask("usage: days back", f"{HISTORY_DAYS} or more", looks.reach(USAGE, HISTORY_DAYS)),
    _Ask("bill: days back", f"{HISTORY_DAYS} or more", looks.reach(COST, HISTORY_DAYS)),
    *newest.assumptions(lambda service: service.in_buckets(COST, COST_GROUPS), _total),
    _Ask("refusals", "a request id; an error code or none", looks.refusals),
)
