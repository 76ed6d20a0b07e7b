"""The command ``plans``: each plan's numbers, and adding, changing and deleting one."""

from __future__ import annotations

import argparse
import sys
from argparse import Namespace
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from sqlite_utils import Database

from core.cli import ahead, codes
from core.clock import utc_now
from core.errors import InputError
from core.explore.labels import filter_param, parse_filters
from core.explore.plan_amounts import amount_of, copied_forward, percent_of, read, start_of
from core.explore.plan_figures import scope_of
from core.periods import CALENDAR
from core.settings import from_environment
from core.store.audit import COMMAND_LINE, Action, record
from core.store.database import database
from core.store.plans import PLAN_MEASURES, PlanContent, add_plan, change_plan, delete_plan, find_plan

if TYPE_CHECKING:
    _Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]

_DONE = {"add": "added", "change": "changed", "delete": "deleted"}
_MEASURE, _PERIOD = "cost", "month"


def plans(given: Namespace) -> int:
    """Do what is asked with a plan, then list all. What a file refused ends with 1, as a plan that breaks
    does where nothing else is asked.
    """
    if given.action == "list":
        return ahead.print_plans(as_json=given.json)
    if not given.name:
        raise InputError(f"“plans {given.action}” needs a name.", remedy="Name the plan.")
    with database(from_environment()) as db:
        refused = _act(db, given)
        record(db, COMMAND_LINE, Action.CHANGED_PLAN, f"{_DONE[given.action]} {given.name}", utc_now())
    sys.stderr.writelines(f"{problem}\n" for problem in refused)
    ahead.print_plans(as_json=given.json)
    return codes.PARTLY if refused else codes.DONE


def _act(db: Database, given: Namespace) -> tuple[str, ...]:
    """Lines of a file that were refused."""
    plan = None if given.action == "add" else find_plan(db, given.name)
    if given.action == "delete" and plan:
        delete_plan(db, plan.id)
        return ()
    content, refused = _content(plan.content if plan else _new(given), given)
    if plan:
        change_plan(db, plan.id, given.new_name or plan.name, content, utc_now())
    else:
        add_plan(db, given.name, content, utc_now())
    return refused


def _new(given: Namespace) -> PlanContent:
    return PlanContent({}, given.measure or _MEASURE, given.period or _PERIOD, {})


def _content(before: PlanContent, given: Namespace) -> tuple[PlanContent, tuple[str, ...]]:
    """With what is given in the place of what it has, and lines of the file that were refused."""
    if given.measure not in (None, before.measure) or given.period not in (None, before.period):
        raise InputError(
            "A plan keeps its measure and its periods: its amounts are of them.", remedy="Add another plan."
        )
    scope = dict(map(filter_param, parse_filters(given.where))) if given.where else before.params
    scope_of(scope)
    from_file, refused = _from_file(before, given.csv)
    amounts = _with_typed(before, {**before.amounts, **from_file}, given.amount)
    if given.forward:
        amounts = copied_forward(before.period, amounts, given.forward, percent_of(given.growth))
    return PlanContent(scope, before.measure, before.period, amounts), refused


def _from_file(content: PlanContent, file: Path | None) -> tuple[Mapping[date, int], tuple[str, ...]]:
    if file is None:
        return {}, ()
    try:
        taken = read(file.read_bytes(), content.period, content.measure)
    except OSError as error:
        says = f"{file} cannot be read: {error.strerror or error}."
        raise InputError(says, field="csv", means="Nothing was changed.") from error
    return taken.amounts, tuple(taken.problems)


def _with_typed(content: PlanContent, amounts: Mapping[date, int], typed: list[str]) -> dict[date, int]:
    """``2026-11=50000`` sets a period's amount, ``2026-11=`` takes it away."""
    changed = dict(amounts)
    for text in typed:
        label, sign, amount = text.partition("=")
        if not sign:
            raise InputError(
                f"{text[:40]!r} is no amount of a period.", remedy="Write it like 2026-11=50000."
            )
        start = start_of(content.period, label)
        changed.pop(start, None)
        if amount.strip():
            changed[start] = amount_of(content.measure, amount)
    return changed


def add_plans(into: _Commands) -> None:
    """The words of ``plans``."""
    parser = into.add_parser(
        "plans",
        help="each plan's actual, budget and forecast, and when it breaks",
        description="Each financial plan: budget, actual, forecast with its range, and the day it breaks, of "
        "the period under way. Exits with 1 when a plan is over or expected to be. Add, change or delete one "
        "first; then it exits with 1 only when lines of a file were refused.",
    )
    actions = ("list", *_DONE)
    parser.add_argument("action", nargs="?", default="list", choices=actions, help=", ".join(actions))
    parser.add_argument("name", nargs="?", metavar="NAME", help="of the plan")
    parser.add_argument("--name", dest="new_name", metavar="NAME", help="change: its new name")
    parser.add_argument("--measure", choices=PLAN_MEASURES, help=f"add: default {_MEASURE}")
    parser.add_argument("--period", choices=tuple(CALENDAR), help=f"add: default {_PERIOD}")
    parser.add_argument(
        "--where", action="append", default=[], metavar="dim=value", help="of this only; again for more"
    )
    parser.add_argument(
        "--amount", action="append", default=[], metavar="PERIOD=N",
        help="such as 2026-11=50000 or 2026-Q4=; nothing takes it away; again for more",
    )  # fmt: skip
    parser.add_argument("--csv", type=Path, metavar="FILE", help="amounts from a file: period, amount")
    parser.add_argument("--forward", type=int, metavar="N", help="copy the last amount N periods forward")
    parser.add_argument(
        "--growth", default="0", metavar="PERCENT", help="with --forward: from each to the next"
    )
    parser.add_argument("--json", action="store_true", help="as JSON, with every period")
    parser.set_defaults(run=plans)
