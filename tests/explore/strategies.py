"""Random ledgers and queries."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import strategies as st

from core.dimensions import DIMENSIONS, LEDGER_DIMENSIONS, MEASURES
from core.explore.query import Empty, Filter, Query
from core.periods import Period
from tests.explore.ledgers import CONNECTIONS, Row
from tests.explore.naive import TYPES

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


@st.composite
def query(draw: st.DrawFn) -> Query:
    some = st.tuples(DAYS, DAYS).map(sorted)
    start, end = draw(st.just((FIRST, FIRST + timedelta(days=80))) | some)
    kinds = draw(
        st.lists(st.tuples(st.sampled_from(list(DIMENSIONS)), st.booleans()), max_size=2, unique=True)
    )
    return Query(
        tuple(draw(st.lists(st.sampled_from(list(MEASURES)), min_size=1, max_size=4, unique=True))),
        Period(start, end + timedelta(days=1)),
        tuple(draw(st.lists(st.sampled_from(list(DIMENSIONS)), max_size=3, unique=True))),
        tuple(
            Filter(name, tuple(draw(st.lists(_values(name), min_size=1, max_size=4))), exclude)
            for name, exclude in kinds
        ),
    )


QUERIES = query()
