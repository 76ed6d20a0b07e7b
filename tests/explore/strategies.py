"""Random ledgers and queries."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from core.dimensions import DIMENSIONS, LEDGER_DIMENSIONS, MEASURES, TIME_DIMENSIONS, tag_dimension
from core.explore.query import Empty, Filter, Match, Query
from core.periods import Period
from tests.explore.ledgers import CONNECTIONS, Row
from tests.explore.naive import TYPES, Listed

FIRST = date(2026, 8, 20)
DAYS = st.integers(0, 80).map(lambda n: FIRST + timedelta(days=n))
TEXTS = st.sampled_from(
    (
        "a",
        "b",
        "Other",
        "Unattributed",
        "No user",
        "Default workspace",
        "=1+1",
        " @x",
        '"=a',
        "ü,;\n",
        "~none",
        "",
    )
)
OPEN = [name for name in LEDGER_DIMENSIONS if name not in ("token_type", "cost_basis", "cost_type")]
COUNTS = st.none() | st.integers(0, 10**12)
AMOUNTS = st.none() | st.integers(-(10**16), 10**16)


@st.composite
def ledger_row(draw: st.DrawFn) -> Row:
    named = draw(st.dictionaries(st.sampled_from(OPEN), TEXTS, max_size=5))
    return {
        "day": draw(DAYS),
        "connection_id": draw(st.sampled_from([c.id for c in CONNECTIONS])),
        **named,
        "cost_type": draw(st.sampled_from([None, "tokens", "web_search"])),
        "token_type": draw(st.sampled_from([None, *TYPES.values()])),
        "cost_basis": draw(st.sampled_from([None, "allocated", "unattributed", "not priced"])),
        "tokens": draw(COUNTS),
        "requests": draw(COUNTS),
        "web_searches": draw(COUNTS),
        "cost_microcents": draw(AMOUNTS),
        "list_cost_microcents": draw(AMOUNTS),
    }


LEDGER_ROWS = st.lists(ledger_row(), max_size=12)


def _values(name: str) -> st.SearchStrategy[object]:
    known = {
        "day": DAYS.map(str),
        "week": DAYS.map(str),
        "month": DAYS.map(str),
        "cost_center": st.sampled_from([c.cost_center for c in CONNECTIONS]),
        "organization": st.sampled_from([c.organization for c in CONNECTIONS]),
        "origin": st.sampled_from(["Claude Platform", "claude.ai"]),
        "token_type": st.sampled_from([*TYPES.values()]),
        "cost_basis": st.sampled_from(["allocated", "unattributed", "billed"]),
    }
    return known.get(name, TEXTS) | st.sampled_from(list(Empty))


MATCHES = st.sampled_from((Match.IS, Match.IS, Match.CONTAINS, Match.STARTS))
PARTS = st.sampled_from(("a", "B", "cache", "CLAUDE", "C", ".", "Cache read", "not")) | TEXTS.filter(
    str.strip
)


def _filter(name: str, exclude: bool, match: Match) -> st.SearchStrategy[Filter]:
    values = _values(name) if match is Match.IS else PARTS
    several = st.lists(values, min_size=1, max_size=4).map(tuple)
    return several.map(lambda found: Filter(name, found, exclude, match))


@st.composite
def query(draw: st.DrawFn) -> Query:
    some = st.tuples(DAYS, DAYS).map(sorted)
    start, end = draw(st.just((FIRST, FIRST + timedelta(days=80))) | some)
    kind = st.tuples(st.sampled_from(list(DIMENSIONS)), st.booleans(), MATCHES)
    kinds = draw(st.lists(kind, max_size=2, unique_by=lambda one: one[:2]))
    return Query(
        tuple(draw(st.lists(st.sampled_from(list(MEASURES)), min_size=1, max_size=4, unique=True))),
        Period(start, end + timedelta(days=1)),
        tuple(draw(st.lists(st.sampled_from(list(DIMENSIONS)), max_size=3, unique=True))),
        tuple(
            draw(_filter(name, exclude, Match.IS if name in TIME_DIMENSIONS else match))
            for name, exclude, match in kinds
        ),
    )


QUERIES = query()


TAGS = tuple(tag_dimension(key).name for key in ("team", "Team", "=a,b\n", "", "ü%2C"))
BY_ID = {
    "user_id": ("user_role",),
    "api_key_id": ("api_key_status", "api_key_creator"),
    "workspace_id": TAGS,
}
IDS = st.sampled_from(("a", "b", "c", "Not told apart"))
LISTED_VALUES = st.sampled_from(("a", "b", "", "Not in the list", "No tag", "~none", "=1+1"))


@st.composite
def listed(draw: st.DrawFn) -> Listed:
    """Random lists of the first two connections; the default workspace may be in them."""
    found: Listed = {}
    for dimension, names in BY_ID.items():
        ids = IDS | st.none() if dimension == "workspace_id" else IDS
        for key in draw(st.lists(st.tuples(st.sampled_from((1, 2)), ids), max_size=4, unique=True)):
            values = draw(st.dictionaries(st.sampled_from(names), LISTED_VALUES, max_size=2))
            found[(dimension, *key)] = values
    return found


@st.composite
def row_with_ids(draw: st.DrawFn) -> Row:
    row = {**draw(ledger_row()), **draw(st.dictionaries(st.sampled_from(tuple(BY_ID)), IDS, max_size=3))}
    return {**dict.fromkeys(BY_ID), **row} if draw(st.booleans()) else row


ROWS_WITH_IDS = st.lists(row_with_ids(), max_size=12)


@st.composite
def query_of_lists(draw: st.DrawFn) -> Query:
    """A question that groups or filters by what lists tell, beside others."""
    names = [name for several in BY_ID.values() for name in several]
    some = st.sampled_from(names)
    query = draw(QUERIES)
    group_by = draw(st.lists(some | st.sampled_from(("month", "user_id", "origin")), max_size=3, unique=True))
    filters = [
        Filter(
            name,
            tuple(draw(st.lists(LISTED_VALUES | st.sampled_from(list(Empty)), min_size=1, max_size=3))),
            x,
        )
        for name, x in draw(st.lists(st.tuples(some, st.booleans()), max_size=2, unique=True))
    ]
    return Query(query.measures, query.period, tuple(group_by), tuple(filters))
