"""What is worth telling, rule by rule: judged from what is stored, told by :mod:`core.alerts.book`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from types import MappingProxyType

import polars as pl
from sqlite_utils import Database

from core.alerts.message import plain
from core.alerts.plan_events import all_figures, plan_events
from core.alerts.verdict import Verdict, over
from core.explore.control_differences import ControlDifference, differences
from core.explore.engine import rows
from core.explore.plan_figures import PlanFigures
from core.explore.query import Query
from core.ledger.meanings import meaning_of
from core.ledger.snapshot import Snapshot
from core.money import MICROCENTS_PER_USD, usd_label
from core.periods import FIRST_DAY, LAST_DAY, ONE_DAY, Period, day_of
from core.store.alert_rules import Rule, RuleName
from core.store.backup_schedule import backup_state
from core.store.connections import Connection, list_connections
from core.store.coverage import stored_rows
from core.store.failures import KEY, PERMISSION, list_failures
from core.store.findings import Finding, FindingState, list_findings
from core.store.runs import ConnectionProgress, RunStatus, list_runs
from core.watch import words

_NEW_CONNECTION = timedelta(days=7)
_NEW_MODEL_DAYS, _HISTORY_DAYS, _LEAST_DAYS = 14, 400, 28
_LOOKED_AT_RUNS = 50


@dataclass(frozen=True)
class World:
    """What rules are judged by."""

    ledger: Snapshot
    db: Database
    now: datetime

    @property
    def today(self) -> date:
        return day_of(self.now)

    @cached_property
    def plans(self) -> tuple[PlanFigures, ...]:
        """Computed once for both rules of plans."""
        return tuple(all_figures(self.ledger, self.db, self.today))


def verdicts(world: World, rule: Rule) -> Iterator[Verdict]:
    """What a rule says of everything that it judges. What it says nothing of is closed without a word."""
    return _JUDGES[rule.name](world, rule)


def _syncs(world: World, _: Rule) -> Iterator[Verdict]:
    yield _backups(world)
    runs = list_runs(world.db, _LOOKED_AT_RUNS)
    ended = [run for run in runs if run.finished_at and run.outcome != "stopped"]
    if ended:
        yield _run(ended[0])
    for connection in list_connections(world.db):
        for run in ended:
            part = next((p for p in run.connections if p.connection_id == connection.id), None)
            if part and part.outcome in ("ok", "partial", "failed"):
                yield _of_connection(world.db, run, part)
                break


def _backups(world: World) -> Verdict:
    """Nothing is wrong where none are made by themselves."""
    problem = backup_state(world.db).problem
    if not problem:
        return over("sync:backup", "Backups are made again", "The last backup is sound.", "sync")
    return Verdict("sync:backup", 1, "Backups do not work", problem, "sync")


def _run(run: RunStatus) -> Verdict:
    """A sync that died, or whose ledger could not be built: its connections do not tell."""
    key = "sync:run"
    if run.outcome != "died" and not run.message:
        return over(key, "Syncs run to their end again", "The last sync ran to its end.", "sync")
    says = f"{run.message} Until a sync goes through, newer days are missing."
    return Verdict(key, 1, "The last sync did not run to its end", says, "sync")


def _of_connection(db: Database, run: RunStatus, part: ConnectionProgress) -> Verdict:
    """The graver, the higher its level: incomplete, failed, key refused."""
    key, name = f"sync:{part.connection_id}", plain(part.name)
    if part.outcome == "ok":
        text = f"The last sync of {name} brought all it was to bring."
        return over(key, f"{name} syncs again", text, "sync")
    failures = list_failures(db, run_id=run.id, connection_id=part.connection_id)
    if any(
        failure.kind == KEY or (failure.kind == PERMISSION and not failure.stream) for failure in failures
    ):
        text = (
            f"{part.explanation} Nothing new is pulled for {name} until its key works: enter another one in "
            "Settings."
        )
        return Verdict(key, 3, f"The API key of {name} was refused", text, "settings")
    text = f"{part.explanation} What was pulled before is kept; the next sync tries again."
    if part.outcome == "failed":
        return Verdict(key, 2, f"The sync of {name} failed", text, "sync")
    return Verdict(key, 1, f"The sync of {name} is incomplete", text, "sync")


def _totals(world: World, _: Rule) -> Iterator[Verdict]:
    """The more days differ, the graver."""
    differing = differences(world.db, world.ledger.connections, Period(FIRST_DAY, LAST_DAY))
    faults = [
        check for check in differing if check.expected is not None and meaning_of(check.measure).is_fault
    ]
    for connection in world.ledger.connections:
        key, name = f"totals:{connection.id}", plain(connection.cost_center)
        of_it = [check for check in faults if check.connection_id == connection.id]
        days = {check.day for check in of_it}
        if of_it:
            subject = f"{name} differs from Anthropic's totals on {_count(len(days), 'day')}"
            yield Verdict(key, len(days), subject, _difference(of_it[0]), "sync")
        else:
            text = f"The ledger of {name} equals Anthropic's totals on every day that can be compared."
            yield over(key, f"{name} equals Anthropic's totals again", text, "sync")


def _difference(first: ControlDifference) -> str:
    meaning = meaning_of(first.measure)
    what = f"The first is {first.day}, {meaning.compared}."
    return f"{what} {meaning.means} {meaning.do} Touched: {meaning.touches}."


def _anomalies(world: World, rule: Rule) -> Iterator[Verdict]:
    """Those found since the rule is on. One that somebody answered is closed without a word."""
    for finding in list_findings(world.db):
        difference = words.difference_usd(finding.now)
        if difference is None or finding.muted or _is_older(finding, rule):
            continue
        key = f"anomaly:{finding.id}"
        if finding.state is FindingState.OPEN and abs(difference) >= rule.threshold * MICROCENTS_PER_USD:
            subject = plain(words.title(finding.now))
            yield Verdict(key, abs(difference), subject, _within_lines(finding), "anomalies")
        elif finding.state in (FindingState.OPEN, FindingState.WITHDRAWN):
            text = "Its days were revised since, and what they tell now is no longer worth an alert."
            yield over(key, f"As expected after all: {plain(words.title(finding.now))}", text, "anomalies")


def _is_older(finding: Finding, rule: Rule) -> bool:
    return rule.on_since is not None and finding.found_at < rule.on_since


def _within_lines(finding: Finding) -> str:
    """A finding's sentence; the names in it are anybody's."""
    says = "".join(sign if sign.isprintable() else " " for sign in words.sentence(finding.now))
    return f"{says} Acknowledge it, mute it or mark it as expected on the Anomalies page."


def _models(world: World, rule: Rule) -> Iterator[Verdict]:
    """Models that first spent in the last two weeks, where there is history to tell that they are new."""
    period = Period(world.today - timedelta(days=_HISTORY_DAYS), world.today + ONE_DAY)
    by_day = rows(world.ledger, Query(("cost",), period, ("day", "model")))
    spent = by_day.filter(pl.col("cost") > 0, pl.col("model_value").is_not_null())
    days = spent["day"].to_list()
    first = min(days, default=world.today)
    since = max(world.today - timedelta(days=_NEW_MODEL_DAYS), first + timedelta(days=_LEAST_DAYS))
    by_model = spent.group_by("model_value").agg(
        pl.col("day").min(), pl.col("cost").sum(), pl.col("model").first()
    )
    new = by_model.filter(pl.col("day") >= since, pl.col("cost") >= rule.threshold * MICROCENTS_PER_USD)
    for row in new.sort("model_value").iter_rows(named=True):
        name, cost = plain(row["model"]), usd_label(row["cost"])
        text = f"{name} was not seen before {row['day']}. It has cost {cost} since."
        yield Verdict(
            f"model:{row['model_value']}", row["cost"], f"New model {name}", text, "cost", once=True
        )


def _first_data(world: World, _: Rule) -> Iterator[Verdict]:
    for connection in list_connections(world.db):
        if world.now - connection.created_at <= _NEW_CONNECTION and stored_rows(world.db, connection.id):
            yield _arrived(connection)


def _arrived(connection: Connection) -> Verdict:
    name = plain(connection.name)
    text = f"The first data of {name} ({plain(connection.organization)}) was pulled and can be looked at."
    return Verdict(
        f"first-data:{connection.id}", 1, f"{name} has its first data", text, "overview", once=True
    )


def _plans(world: World, rule: Rule) -> Iterator[Verdict]:
    return plan_events(world.plans, rule)


_JUDGES: Mapping[RuleName, Callable[[World, Rule], Iterator[Verdict]]] = MappingProxyType(
    {
        RuleName.SYNC: _syncs,
        RuleName.TOTALS: _totals,
        RuleName.ANOMALY: _anomalies,
        RuleName.PLAN_ACTUAL: _plans,
        RuleName.PLAN_FORECAST: _plans,
        RuleName.MODEL: _models,
        RuleName.FIRST_DATA: _first_data,
    }
)


def _count(number: int, singular: str) -> str:
    return f"{number:,} {singular}{'' if number == 1 else 's'}"
