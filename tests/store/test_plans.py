"""Financial plans as they are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlite_utils import Database

from core.errors import InputError
from core.store import plans
from core.store.plans import PlanContent, add_plan, change_plan, delete_plan, get_plan, list_plans

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
OPUS = PlanContent({"in.model": ["opus"]}, "cost", "month", {DECEMBER: 7, NOVEMBER: 5})


def test_a_plan_is_kept_as_it_was_made(db: Database) -> None:
    made = add_plan(db, "  Models ", OPUS, NOW)
    assert (made.name, made.content, made.changed_at) == ("Models", OPUS, NOW)
    add_plan(db, "All", PlanContent({}, "tokens", "year", {date(2026, 1, 1): 10**15}), NOW)
    assert [plan.name for plan in list_plans(db)] == ["All", "Models"]


def test_a_change_replaces_every_amount(db: Database) -> None:
    made = add_plan(db, "Models", OPUS, NOW)
    other = add_plan(db, "Other", OPUS, NOW)
    changed = change_plan(db, made.id, "Renamed", replace(OPUS, amounts={NOVEMBER: 9}), NOW)
    assert changed.content.amounts == {NOVEMBER: 9} == get_plan(db, made.id).content.amounts
    assert get_plan(db, other.id).content == OPUS


def test_its_amounts_go_with_a_plan(db: Database) -> None:
    made = add_plan(db, "Models", OPUS, NOW)
    delete_plan(db, made.id)
    delete_plan(db, made.id)
    assert list_plans(db) == [] and not list(db.query("SELECT * FROM plan_amounts"))
    with pytest.raises(InputError, match="no longer exists"):
        change_plan(db, made.id, "x", OPUS, NOW)


@pytest.mark.parametrize("name", ["", " ", "MODELS"])
def test_a_name_that_is_unusable_or_used_is_refused(db: Database, name: str) -> None:
    add_plan(db, "Models", OPUS, NOW)
    with pytest.raises(InputError):
        add_plan(db, name, OPUS, NOW)
    other = add_plan(db, "Other", OPUS, NOW)
    with pytest.raises(InputError):
        change_plan(db, other.id, name, OPUS, NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"measure": "effective_rate"},
        {"period": "week"},
        {"amounts": {date(2026, 11, 2): 1}},
        {"amounts": {NOVEMBER: -1}},
        {"amounts": {NOVEMBER: 2**63}},
        {"amounts": {date(1999, 1, 1): 1}},
        {"period": "quarter"},
        {"amounts": {date(2001 + n // 12, n % 12 + 1, 1): 1 for n in range(241)}},
    ],
)
def test_what_no_plan_can_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        replace(OPUS, **wrong)  # type: ignore[arg-type]


def test_there_is_an_end_to_how_many(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "MOST_PLANS", 1)
    add_plan(db, "One", OPUS, NOW)
    with pytest.raises(InputError, match="plans already"):
        add_plan(db, "Two", OPUS, NOW)
