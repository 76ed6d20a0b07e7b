"""Every fault of an answer, met at the newest reports of an organization that is served them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from core.operations import open_ledger
from core.settings import Settings
from core.store.database import database
from core.store.states import FAILED, list_states
from core.sync.runner import run_sync
from tests.faults.catalog import CONNECTION, NOTHING, Fault, Struck
from tests.faults.company import Company
from tests.faults.newest import COST, MET, USAGE, fits, server, today_server
from tests.faults.places import FIRST, Kind, Place
from tests.faults.record import NEWEST, Record
from tests.faults.world import OLDEST, PLATFORM, YESTERDAY, copied, options
from tests.sync.anthropic import connected

LEGACY = ("platform_usage", "platform_cost")
MOST_REQUESTS = 150
_ASKERS = 4
"""Who asks these addresses in a run, and waits: the reports, by agents too, and whether they are served."""
Day = tuple[tuple[object, ...], ...]
Facts = dict[str, dict[str, Day]]
"""Table -> day -> its rows."""


@pytest.fixture(scope="module")
def yesterday(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The data folder as it was left; copy it, never change it."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("newest"), base_url="https://api.anthropic.test")
    connected(settings, PLATFORM, since=OLDEST)
    before = server(0, YESTERDAY.date())
    assert run_sync(settings, options(lambda _: before.transport, clock=lambda: YESTERDAY)).outcome == "ok"
    return settings


@pytest.fixture(scope="module")
def undisturbed(yesterday: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = copied(yesterday, tmp_path_factory.mktemp("undisturbed") / "data")
    assert run_sync(settings, options(lambda _: today_server().transport)).outcome == "ok"
    return settings


@pytest.fixture
def open_company(
    yesterday: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[Kind], Company]:
    return lambda kind: Company(copied(yesterday, tmp_path / kind.name), monkeypatch, capsys)


def facts(settings: Settings) -> Facts:
    found: Facts = {}
    with database(settings) as db:
        for table in (*LEGACY, COST.name, USAGE.name):
            days: defaultdict[str, list[tuple[object, ...]]] = defaultdict(list)
            for row in db.query(f"SELECT * FROM {table}"):
                days[str(row["day"])].append(tuple(row.values()))
            found[table] = {day: tuple(sorted(rows, key=repr)) for day, rows in days.items()}
    return found


def costs(settings: Settings) -> dict[str, int]:
    """The ledger's cost by day."""
    rows = open_ledger(settings).scan().collect()
    return {str(day): cost for day, cost in rows.group_by("day").agg(pl.sum("cost_microcents")).rows()}


@pytest.mark.parametrize("fault", MET, ids=str)
def test_at_the_newest_reports_nothing_is_lost_and_the_next_sync_heals(
    open_company: Callable[[Kind], Company],
    yesterday: Settings,
    undisturbed: Settings,
    seen: Record,
    fault: Fault,
) -> None:
    said = {
        kind: met(open_company(kind), (yesterday, undisturbed), fault, kind)
        for kind in (COST, USAGE)
        if fits(fault, kind)
    }
    where = "both" if len(set(said.values())) == 1 and len(said) == 2 else ""
    told = {where: next(iter(said.values()))} if where else {kind.label: text for kind, text in said.items()}
    cells = [f"{name}: {text or _NO_FAILURE}" for name, text in told.items()]
    seen.tell(NEWEST, fault.title, "; ".join(cells).replace("|", "\\|").replace("<", "&lt;"))


_NO_FAILURE = "no failure"


def met(company: Company, states: tuple[Settings, Settings], fault: Fault, kind: Kind) -> str:
    """One sync with the fault, and one without. Returns what the first says of the report."""
    sound = today_server()
    broken = Struck(sound.answer, fault, Place(kind, FIRST))
    code, said = company.sync(lambda _: broken)
    assert broken.strikes and broken.requests <= MOST_REQUESTS
    assert company.time.slept <= _ASKERS * max(fault.waits, 15.0)
    message = _require_said(company, fault, kind, code, said)
    _require_whole(company.settings, states, fault, kind)
    assert company.sync(lambda _: today_server().transport) == (0, "")
    assert facts(company.settings) == facts(states[1])
    assert costs(company.settings) == costs(states[1])
    return message


def _require_said(company: Company, fault: Fault, kind: Kind, code: int, said: str) -> str:
    with database(company.settings) as db:
        state = next((state for state in list_states(db, 1) if state.stream == kind.name), None)
    if state is None or state.state != FAILED:
        assert fault.stops == NOTHING or fault.large or fault.title in _LED_BACK
        assert (code, said) == (0, "")
        return ""
    assert code == 1 and fault.says in state.message and state.message in said
    assert state.message.endswith(".") and "Traceback" not in said
    return state.message


_LED_BACK = ("404",)
"""An organization that is not served these reports is told so; the legacy ones stand."""


def _require_whole(settings: Settings, states: tuple[Settings, Settings], fault: Fault, kind: Kind) -> None:
    """Each day is as it was or as it is now, and its cost is of one bill; the other reports went on."""
    before, now = map(facts, states)
    found = facts(settings)
    if fault.stops != NOTHING:
        for day in before[kind.name].keys() | now[kind.name].keys():
            either = (before[kind.name].get(day), now[kind.name].get(day))
            assert found[kind.name].get(day) in either, day
        cost_before, cost_now, cost = (costs(each) for each in (*states, settings))
        assert all(cost.get(day) in (cost_before.get(day), cost_now.get(day)) for day in cost_now)
    if fault.stops != CONNECTION:
        assert all(found[table] == now[table] for table in LEGACY)
