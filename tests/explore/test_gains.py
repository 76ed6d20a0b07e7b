"""Which gains the days of a connection get: by the report that tells the measure, and the day's age."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import pytest
from sqlite_utils import Database

from core.dimensions import Origin
from core.explore.gains import with_gains
from core.explore.insights import KnownDays
from core.ledger.manifest import ConnectionInfo
from core.store.gains import OLDEST
from tests.store.books import day, in_memory
from tests.store.test_gains import LAST, pulled_once, today

MAIN = ConnectionInfo(1, "Research", "org_1", None, Origin.PLATFORM, False)
KNOWN = [KnownDays(1, day(LAST)), KnownDays(7, day(LAST))]


@pytest.fixture
def db() -> Iterator[Database]:
    with in_memory(pulled_once()) as opened:
        yield opened


def test_each_day_gets_what_days_of_its_age_gained(db: Database) -> None:
    main, other = with_gains(db, [MAIN], KNOWN, "cost", today())
    assert main.gains[day(LAST - 2)] == Fraction(5, 4) and main.gains[day(LAST - 3)] == Fraction(10, 9)
    rest = {of: gain for of, gain in main.gains.items() if of < day(LAST - 3)}
    assert set(rest.values()) == {Fraction(1)} and min(rest) > day(LAST - 2 - OLDEST)
    assert other.gains == {}, "of a connection that is not there nothing is known"


@pytest.mark.parametrize("measure", ["tokens", "requests", "web_searches"])
def test_what_the_cost_gained_tells_nothing_of_other_measures(db: Database, measure: str) -> None:
    assert with_gains(db, [MAIN], KNOWN, measure, today())[0].gains == {}


def test_the_list_cost_gains_as_the_cost_does(db: Database) -> None:
    cost, listed = (with_gains(db, [MAIN], KNOWN, name, today())[0].gains for name in ("cost", "list_cost"))
    assert cost == listed
