"""Financial plans: an amount for each month, quarter or year of a scope."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from core.clock import rfc3339
from core.errors import InputError
from core.periods import CALENDAR, FIRST_DAY, LAST_DAY, calendar_label, calendar_period
from core.store.columns import stored_instant
from core.store.database import insert, insert_many, writing
from core.store.given_names import named_or_numbered, usable_name
from core.store.saved_views import Params, params_text

MOST_PLANS = 200
MOST_AMOUNTS = 240
"""Twenty years of months."""
LARGEST_AMOUNT = 2**62
PLAN_MEASURES = ("cost", "list_cost", "tokens")

Amounts = Mapping[date, int]
"""By the first day of each period: micro-cents, or tokens."""


@dataclass(frozen=True)
class PlanContent:
    """``params``: the scope, as parameters of a link. A period without an amount has no plan.

    Raises:
        InputError: an unknown measure or period, or amounts that are none of its periods'.
    """

    params: Params
    measure: str
    period: str
    amounts: Amounts

    def __post_init__(self) -> None:
        for field, choices in (("measure", PLAN_MEASURES), ("period", tuple(CALENDAR))):
            if getattr(self, field) not in choices:
                raise InputError(
                    f"A plan cannot be made for the {field} {getattr(self, field)[:40]!r}.",
                    field=field,
                    remedy=f"Choose from: {', '.join(choices)}.",
                )
        if len(self.amounts) > MOST_AMOUNTS:
            raise InputError(f"A plan holds {MOST_AMOUNTS} periods at most.", field="amounts")
        for start, amount in self.amounts.items():
            self._check(start, amount)

    def _check(self, start: date, amount: int) -> None:
        if not FIRST_DAY <= start < LAST_DAY or calendar_period(self.period, start).start != start:
            raise InputError(f"{start} is not the first day of a {self.period}.", field="amounts")
        if not 0 <= amount <= LARGEST_AMOUNT:
            raise InputError(
                f"The amount for {calendar_label(self.period, start)} is below zero or too large.",
                field="amounts",
            )


@dataclass(frozen=True)
class Plan:
    """A content under a name; whether its scope can still be read is the page's affair."""

    id: int
    name: str
    content: PlanContent
    changed_at: datetime


def list_plans(db: Database) -> list[Plan]:
    """All plans, by name."""
    amounts: dict[int, dict[date, int]] = {}
    for row in db.query("SELECT plan_id, start_day, amount FROM plan_amounts ORDER BY start_day"):
        amounts.setdefault(row["plan_id"], {})[date.fromisoformat(row["start_day"])] = row["amount"]
    rows = db.query("SELECT id, name, params, measure, period, changed_at FROM plans")
    plans = [_plan(row, amounts.get(row["id"], {})) for row in rows]
    return sorted(plans, key=lambda plan: (plan.name.casefold(), plan.id))


def get_plan(db: Database, plan_id: int) -> Plan:
    """Raises InputError when there is none (it may have been deleted meanwhile)."""
    for plan in list_plans(db):
        if plan.id == plan_id:
            return plan
    raise InputError("This plan no longer exists.", field="plan", remedy="Reload the page to see which do.")


def find_plan(db: Database, name: str) -> Plan:
    """The plan of a name, case aside, or of an id. Raises InputError when there is none."""
    return named_or_numbered(list_plans(db), name, "plan")


def add_plan(db: Database, name: str, content: PlanContent, now: datetime) -> Plan:
    """Keep a plan.

    Raises:
        InputError: the name is unusable or used, or there are too many.
    """
    with writing(db):
        plans = list_plans(db)
        if len(plans) >= MOST_PLANS:
            raise InputError(f"There are {MOST_PLANS} plans already.", remedy="Delete some first.")
        name = usable_name(name, "name of the plan", (plan.name for plan in plans))
        plan_id = insert(db, "plans", {"name": name, **_columns(content, now)})
        _replace_amounts(db, plan_id, content.amounts)
        return get_plan(db, plan_id)


def change_plan(db: Database, plan_id: int, name: str, content: PlanContent, now: datetime) -> Plan:
    """Give a plan another name and content.

    Raises:
        InputError: the name is unusable or used, or there is no such plan.
    """
    with writing(db):
        get_plan(db, plan_id)
        taken = (plan.name for plan in list_plans(db) if plan.id != plan_id)
        name = usable_name(name, "name of the plan", taken)
        db.table("plans").update(plan_id, {"name": name, **_columns(content, now)})
        _replace_amounts(db, plan_id, content.amounts)
        return get_plan(db, plan_id)


def delete_plan(db: Database, plan_id: int) -> None:
    """Nothing where there is none any more."""
    with writing(db):
        db.execute("DELETE FROM plans WHERE id = :id", {"id": plan_id})


def _columns(content: PlanContent, now: datetime) -> dict[str, str]:
    return {
        "params": params_text(content.params),
        "measure": content.measure,
        "period": content.period,
        "changed_at": rfc3339(now),
    }


def _replace_amounts(db: Database, plan_id: int, amounts: Amounts) -> None:
    db.execute("DELETE FROM plan_amounts WHERE plan_id = :id", {"id": plan_id})
    rows = [
        {"plan_id": plan_id, "start_day": start.isoformat(), "amount": amount}
        for start, amount in sorted(amounts.items())
    ]
    insert_many(db, "plan_amounts", rows)


def _plan(row: Mapping[str, Any], amounts: Amounts) -> Plan:
    content = PlanContent(json.loads(row["params"]), row["measure"], row["period"], amounts)
    return Plan(row["id"], row["name"], content, stored_instant(row["changed_at"]))
