"""What is new, negative or finer than usual is no failure: it is kept, and shown exactly."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core import operations
from core.cost_basis import CostBasis
from core.explore.engine import total
from core.explore.provenance import provenance
from core.explore.query import Filter, Query
from core.money import microcents
from core.periods import Period
from core.store.database import database
from tests.faults.catalog import FAULTS, MIDDLES, Fault
from tests.faults.company import Company, connection_name, struck
from tests.faults.places import COST, COST_TOTALS, LIST, MIDDLE, USER_COST, Place
from tests.faults.strikes import CREDIT, FINE, NEW_VALUE, OPEN_FIELDS
from tests.faults.world import TODAY

PER_PAGE = 11
BY_TITLE = {fault.title: fault for fault in FAULTS}
_USERS = "SELECT day, sum(amount_microcents) FROM claude_ai_user_cost GROUP BY day"
NEW = BY_TITLE["an unknown value of an enum"]
AMOUNTS = {
    CREDIT: BY_TITLE["a negative amount (a credit)"],
    FINE: BY_TITLE["an amount with 12 fractional digits"],
}


def days_of(place: Place) -> Period:
    """Those of the middle page."""
    first = place.kind.struck_from + timedelta(days=PER_PAGE)
    return Period(first, first + timedelta(days=PER_PAGE))


def column(company: Company, table: str, name: str) -> list[str]:
    with database(company.settings) as db:
        found = db.conn.execute(f"SELECT {name} FROM {table} ORDER BY 1")
        return [value for (value,) in found]


@pytest.mark.parametrize(("fault", "place"), [case for case in MIDDLES if case[0] is NEW], ids=str)
def test_a_new_value_is_kept_and_can_be_grouped_by(company: Company, fault: Fault, place: Place) -> None:
    company.sync(struck(fault, place)[0])
    name = OPEN_FIELDS.get(place.kind, "product")
    assert column(company, place.kind.name, name).count(NEW_VALUE) == (2 if place.kind.shape == LIST else 11)
    if place.kind.shape != LIST:
        query = Query(("cost", "tokens"), days_of(place), filters=(Filter(name, (NEW_VALUE,)),))
        shown = total(operations.open_ledger(company.settings), query)
        assert shown["cost" if place.kind.has_money else "tokens"]


@pytest.mark.parametrize("text", AMOUNTS)
@pytest.mark.parametrize("place", [Place(kind, MIDDLE) for kind in (COST, USER_COST)], ids=str)
def test_an_amount_is_kept_as_received_and_shown_to_the_micro_cent(
    company: Company, place: Place, text: str
) -> None:
    company.sync(struck(AMOUNTS[text], place)[0])
    assert column(company, place.kind.name, "amount").count(text) == PER_PAGE
    bases = tuple(basis.value for basis in CostBasis if basis != CostBasis.UNATTRIBUTED)
    filters = (Filter("cost_center", (connection_name(place),)), Filter("cost_basis", bases))
    query = Query(("cost",), days_of(place), filters=filters)
    shown = total(operations.open_ledger(company.settings), query)["cost"]
    assert shown == microcents(text) * PER_PAGE


@pytest.mark.parametrize("text", AMOUNTS)
@pytest.mark.parametrize("place", [Place(COST_TOTALS, MIDDLE)], ids=str)
def test_a_total_below_its_users_is_followed_and_noted(company: Company, place: Place, text: str) -> None:
    company.sync(struck(AMOUNTS[text], place)[0])
    assert column(company, place.kind.name, "amount").count(text) == PER_PAGE
    query = Query(("cost",), days_of(place))
    with database(company.settings) as db:
        found = provenance(operations.open_ledger(company.settings), db, query, TODAY).differences
        users = dict(
            db.conn.execute(
                "SELECT day, sum(amount_microcents) FROM claude_ai_user_cost GROUP BY day"
            ).fetchall()
        )
    assert {d.measure for d in found} == {"below_users"}
    less = [microcents(text) - users[d.day.isoformat()] for d in found]
    assert [d.actual for d in found] == less and len(less) == PER_PAGE
    only = Filter("cost_center", (connection_name(place),))
    shown = total(operations.open_ledger(company.settings), query.narrowed(only))["cost"]
    assert shown == microcents(text) * PER_PAGE
