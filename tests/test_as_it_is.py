"""Answers and refusals read from the live service, as they were written, and what they did to the product.

What is expected is counted here or by the simulated Anthropic's own books, never by the code under test.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from core import operations
from core.cli import main
from core.demo.behaviour import Behaviour
from core.demo.company import Organization
from core.demo.service import Request, Simulator
from core.dimensions import Origin
from core.explore.engine import rows
from core.explore.query import Query
from core.ledger.build import refresh_ledger
from core.ledger.snapshot import open_ledger
from core.periods import ONE_DAY, Period
from core.settings import Settings
from core.store.connections import list_connections
from core.store.coverage import covered_days
from core.store.database import database
from core.store.days import DayKind, stream_days
from tests.api.fakes import ACTOR, CODE_EXECUTION, COST, USAGE, USER_COST, ok, refused
from tests.support.custom import claude_ai_organization, platform_organization
from tests.support.server import AnthropicServer, Fault, serve
from tests.sync.anthropic import ANALYTICS, CONTROL_COST, COST_PATH, USAGE_PATH, Anthropic, add, sync

pytestmark = pytest.mark.slow

MICROCENTS = 10**6
"""Of a cent."""

# The machine's clock and the command line


@dataclass
class Shell:
    """The command line on a data folder of its own; ``server`` answers as of ``now``."""

    server: AnthropicServer
    simulator: Simulator
    organization: Organization
    since: date
    now: datetime
    capture: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    def run(self, *words: str, typed: str = "") -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        self.monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main(words)
        out, err = self.capture.readouterr()
        return code, out, err

    def connect(self) -> tuple[int, str, str]:
        since = self.since.isoformat()
        return self.run("connect", "--name", "Research", "--since", since, typed=f"{self.organization.key}\n")

    def sums(self, measure: str, dimension: str) -> dict[str, Decimal]:
        """What ``query`` prints."""
        days = ("--from", self.since.isoformat(), "--to", (self.now.date() + ONE_DAY).isoformat())
        code, out, err = self.run("query", "--measure", measure, "--group-by", dimension, *days)
        assert (code, err) == (0, "")
        column = {"cost": "cost_usd"}.get(measure, measure)
        lines = csv.DictReader(io.StringIO(out.lstrip("\ufeff")))
        return {line[dimension]: Decimal(line[column] or 0) for line in lines}

    def days(self) -> Iterator[date]:
        return iter(Period(self.since, self.now.date() + ONE_DAY))

    def dollars(self) -> dict[str, Decimal]:
        """By day, from the simulated Anthropic's books."""
        found = {day: self.simulator.totals(self.organization.id, day).cost_microcents for day in self.days()}
        return {day.isoformat(): Decimal(cost) / (100 * MICROCENTS) for day, cost in found.items()}

    def tokens(self) -> dict[str, Decimal]:
        found = {day: self.simulator.totals(self.organization.id, day).all_tokens for day in self.days()}
        return {day.isoformat(): Decimal(tokens) for day, tokens in found.items()}

    def agrees(self) -> None:
        """What ``query`` prints by day and by key is what Anthropic has."""
        for measure, truth in (("cost", self.dollars()), ("tokens", self.tokens())):
            found = self.sums(measure, "day")
            assert {day: found.get(day, Decimal()) for day in truth} == truth
            assert sum(self.sums(measure, "api_key_id").values()) == sum(truth.values()) > 0


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    """The simulated Anthropic takes any number of dimensions, until a fault refuses some."""
    now = datetime.now(UTC)
    organization = platform_organization("main", users=1, api_keys=3)
    simulator = Simulator([organization], lambda: now, behaviour=Behaviour(most_groups=None))
    with serve(simulator) as server:
        monkeypatch.setenv("TOKEN_LEDGER_DATA", str(tmp_path / "data"))
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        since = now.date() - timedelta(days=34)
        yield Shell(server, simulator, organization, since, now, capsys, monkeypatch)


def grouped(request: Request) -> int:
    return sum(name == "group_by[]" for name, _ in request.params)


def limit(request: Request) -> int:
    return int(dict(request.params).get("limit", 7))


FIVE = {
    "type": "error",
    "error": {
        "type": "invalid_request_error",
        "message": "Cannot specify more than 5 group_by[] dimensions.",
    },
}
EMPTY_RANGE = {
    "type": "error",
    "error": {
        "type": "invalid_request_error",
        "message": "Invalid date range: ending date must be after starting date",
    },
}


def test_input_1_more_than_five_dimensions_are_refused_and_all_nine_are_told(shell: Shell) -> None:
    five = Fault(path=USAGE_PATH, when=lambda r: grouped(r) > 5, times=None, status=400, body=FIVE)
    shell.server.faults.append(five)
    assert shell.connect()[0] == 0
    assert shell.run("sync")[0] == 0
    assert five.seen > 0
    shell.agrees()
    by_key: Counter[str] = Counter()
    for day in shell.days():
        for key, one in shell.simulator.totals_by(shell.organization.id, day, "api_key_id").items():
            by_key[key or "No API key (Console)"] += one.all_tokens
    assert shell.sums("tokens", "api_key_id") == {key: Decimal(count) for key, count in by_key.items()}
    assert "Not told apart" not in shell.sums("tokens", "speed")


def test_input_2_todays_cost_is_refused_and_the_key_is_right(shell: Shell) -> None:
    today = shell.now.date().isoformat()

    def asks_for_today(request: Request) -> bool:
        return dict(request.params)["starting_at"][:10] >= today

    shell.server.faults.append(
        Fault(path=COST_PATH, when=asks_for_today, times=None, status=400, body=EMPTY_RANGE)
    )
    assert shell.connect()[0] == 0
    assert shell.run("sync")[0] == 0
    code, out, _ = shell.run("doctor")
    assert code == 0 and "WRONG" not in out
    shell.agrees()
    assert shell.sums("tokens", "day")[today] == shell.tokens()[today] > 0
    assert shell.dollars()[today] == 0


@pytest.mark.parametrize("status", [400, 413, 504])
@pytest.mark.parametrize("most", [7, 1])
@pytest.mark.parametrize("path", [USAGE_PATH, COST_PATH])
def test_input_5_a_limit_above_seven_or_one_is_refused_and_no_day_is_lost(
    shell: Shell, path: str, most: int, status: int
) -> None:
    shell.monkeypatch.setattr("core.api.retry._FIRST_BACK_OFF", 0.0)
    large = Fault(path=path, when=lambda r: limit(r) > most, times=None, status=status)
    shell.server.faults.append(large)
    assert shell.connect()[0] == 0
    code, _, err = shell.run("sync")
    assert (code, err) == (0, "")
    assert large.seen > 0
    shell.agrees()
    assert "with no gaps" in shell.run("status")[1]


# A clock of ours


@contextmanager
def book(settings: Settings) -> Iterator[Any]:
    with database(settings) as db:
        yield db, list_connections(db)[0]


def build(now: datetime) -> Callable[[Settings], int]:
    return lambda settings: refresh_ledger(settings, lambda: now)


def summed(settings: Settings, dimension: str, period: Period, measure: str = "cost") -> dict[str, int]:
    """Micro-cents or tokens by label, zeros left out."""
    answer = rows(open_ledger(settings), Query((measure,), period, (dimension,)))
    return {str(label): value for label, value in answer.select(dimension, measure).rows() if value}


def kinds(settings: Settings, stream: str, period: Period, today: date) -> list[DayKind]:
    with book(settings) as (db, connection):
        return [state.kind for state in stream_days(db, connection, [stream], period, today)[stream]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", base_url="https://api.anthropic.test")


THE_27TH = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
THE_28TH = THE_27TH + ONE_DAY


def connect(settings: Settings, since: date, now: datetime, **given: Any) -> None:
    with database(settings) as db:
        add(db, settings, since=since, now=now, **given)


def until(day: date) -> Anthropic:
    return Anthropic(until=day, rows={COST_PATH: lambda day: [{**COST, "amount": f"{day.day}00"}]})


def billed_until(day: date, today: date) -> Anthropic:
    """Usage up to today, cost up to an earlier day."""
    bill = until(day)
    return Anthropic(until=today, rules=[lambda r: bill.answer(r) if r.url.path == COST_PATH else None])


def test_input_3_the_26th_is_missing_on_the_27th_and_31_days_are_stored(settings: Settings) -> None:
    since, today = date(2026, 10, 28), THE_27TH.date()
    connect(settings, since, THE_27TH)
    run = sync(settings, billed_until(date(2026, 11, 25), today), THE_27TH, build=build(THE_27TH))
    assert run.outcome == "ok"
    expected = {day.isoformat(): day.day * 100 * MICROCENTS for day in Period(since, date(2026, 11, 26))}
    assert len(expected) == 29
    assert summed(settings, "day", Period(since, today + ONE_DAY)) == expected
    late = Period(date(2026, 11, 25), today + ONE_DAY)
    assert kinds(settings, "platform_cost", late, today) == [
        DayKind.PROVISIONAL,
        DayKind.NOT_REPORTED,
        DayKind.NOT_REPORTED,
    ]
    run = sync(settings, billed_until(date(2026, 11, 27), THE_28TH.date()), THE_28TH, build=build(THE_28TH))
    assert run.outcome == "ok"
    assert summed(settings, "day", late) == {
        "2026-11-25": 2500 * MICROCENTS,
        "2026-11-26": 2600 * MICROCENTS,
        "2026-11-27": 2700 * MICROCENTS,
    }


def test_input_3_an_empty_25th_and_no_26th_is_no_broken_answer(settings: Settings) -> None:
    body = {
        "data": [{"starting_at": "2026-11-25T00:00:00Z", "ending_at": "2026-11-26T00:00:00Z", "results": []}],
        "has_more": False,
        "next_page": None,
    }
    connect(settings, date(2026, 11, 25), THE_27TH)
    rule = [lambda request: ok(body) if request.url.path == COST_PATH else None]
    assert sync(settings, Anthropic(until=THE_27TH.date(), rules=rule), THE_27TH).outcome == "ok"
    with book(settings) as (db, connection):
        covered = covered_days(db, connection.id, "platform_cost")
    assert {day: one.rows for day, one in covered.items()} == {date(2026, 11, 25): 0}


NOTHING_COVERED = {
    "data": [],
    "has_more": False,
    "next_page": None,
    "data_refreshed_at": None,
    "organization_id": "org_x",
}


def test_input_4_null_watermarks_after_a_good_sync_erase_nobody(settings: Settings) -> None:
    since, period = date(2026, 11, 20), Period(date(2026, 11, 20), date(2026, 11, 29))
    connect(settings, since, THE_27TH, organization="org_x", origin=Origin.CLAUDE_AI)
    whole = {f"{ANALYTICS}/cost_report": lambda _: [{**CONTROL_COST, "amount": "50000"}]}
    good = Anthropic(organization="org_x", watermark=THE_27TH, until=THE_27TH.date(), rows=whole)
    assert sync(settings, good, THE_27TH, build=build(THE_27TH)).outcome == "ok"
    before = summed(settings, "user", period), summed(settings, "user", period, "tokens")
    assert set(before[0]) == {"ada@example.com", "Unattributed"}

    nothing = [lambda request: ok(NOTHING_COVERED) if request.url.path.startswith(ANALYTICS) else None]
    for full in (False, True):
        empty = Anthropic(organization="org_x", rules=nothing)
        assert sync(settings, empty, THE_28TH, build=build(THE_28TH), full=full).outcome == "ok"
        assert len(empty.asked) >= 4
        assert (summed(settings, "user", period), summed(settings, "user", period, "tokens")) == before


THE_26TH = Period(date(2026, 11, 26), date(2026, 11, 27))


def on_the_26th(*found: dict[str, Any]) -> Callable[[date], list[dict[str, Any]]]:
    return lambda day: list(found) if day == THE_26TH.start else []


def synced(settings: Settings, server: Anthropic, **given: Any) -> None:
    connect(settings, date(2026, 11, 20), THE_27TH, **given)
    server.until = THE_27TH.date()
    assert sync(settings, server, THE_27TH, build=build(THE_27TH)).outcome == "ok"


def test_input_6_mistake_a_workspace_that_no_list_names_shown_as_the_default_one(settings: Settings) -> None:
    bills = {COST_PATH: on_the_26th(CODE_EXECUTION), USAGE_PATH: on_the_26th()}
    synced(settings, Anthropic(rows=bills, lists={"workspaces": []}))
    assert summed(settings, "workspace", THE_26TH) == {"wrkspc_B": 890 * MICROCENTS}
    assert summed(settings, "workspace_id", THE_26TH) == {"wrkspc_B": 890 * MICROCENTS}
    assert summed(settings, "inference_geo", THE_26TH) == {"global": 890 * MICROCENTS}


def test_input_7_null_tags_lose_no_list_of_workspaces(settings: Settings) -> None:
    listed = [{"id": "wrkspc_B", "name": "Builds", "archived_at": None, "tags": None}]
    bills = {COST_PATH: on_the_26th(CODE_EXECUTION), USAGE_PATH: on_the_26th()}
    synced(settings, Anthropic(rows=bills, lists={"workspaces": listed}))
    assert summed(settings, "workspace", THE_26TH) == {"Builds": 890 * MICROCENTS}


def test_input_8_mistake_two_workspaces_or_keys_of_one_name_added_up_as_one(settings: Settings) -> None:
    builds = [
        {"id": "wrkspc_A", "name": "Builds", "archived_at": "2026-11-01T08:00:00Z", "tags": {}},
        {"id": "wrkspc_C", "name": "Builds", "archived_at": None, "tags": {}},
    ]
    keys = [
        {"id": "apikey_1", "name": "prod", "status": "archived", "workspace_id": "wrkspc_A"},
        {"id": "apikey_2", "name": "prod", "status": "active", "workspace_id": "wrkspc_C"},
    ]
    used = {**USAGE, "speed": "standard"}
    world = {
        COST_PATH: on_the_26th(
            {**COST, "workspace_id": "wrkspc_A", "amount": "1000"},
            {**COST, "workspace_id": "wrkspc_C", "amount": "3000"},
        ),
        USAGE_PATH: on_the_26th(
            {**used, "workspace_id": "wrkspc_A", "api_key_id": "apikey_1"},
            {**used, "workspace_id": "wrkspc_C", "api_key_id": "apikey_2"},
        ),
    }
    synced(settings, Anthropic(rows=world, lists={"workspaces": builds, "api_keys": keys}))
    for dimension, name in (("workspace", "Builds"), ("api_key", "prod")):
        found = summed(settings, dimension, THE_26TH)
        assert sorted(found.values()) == [1000 * MICROCENTS, 3000 * MICROCENTS]
        assert all(label.startswith(f"{name} ") for label in found)
        assert any("archived" in label for label, cost in found.items() if cost == 1000 * MICROCENTS)


def test_input_8_two_deleted_users_are_two(settings: Settings) -> None:
    gone = {**ACTOR, "email_address": None, "name": "Deleted User", "deleted": True}
    bills = [{**USER_COST, "actor": {**gone, "user_id": f"user_01{n}"}, "amount": f"{n}000"} for n in (1, 2)]
    paths = (f"{ANALYTICS}/user_usage_report", f"{ANALYTICS}/cost_report", f"{ANALYTICS}/usage_report")
    world = {f"{ANALYTICS}/user_cost_report": on_the_26th(*bills), **dict.fromkeys(paths, on_the_26th())}
    synced(settings, Anthropic(watermark=THE_27TH, rows=world), origin=Origin.CLAUDE_AI)
    deleted = {k: v for k, v in summed(settings, "user", THE_26TH).items() if "Deleted User" in k}
    assert sorted(deleted.values()) == [1000 * MICROCENTS, 2000 * MICROCENTS]


THE_FIRST = date(2026, 10, 1)


def november(day: int) -> datetime:
    return datetime(2026, 11, day, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize("make", [platform_organization, claude_ai_organization])
@pytest.mark.parametrize(("revised_on", "synced_on"), [(3, (3, 5, 7, 8)), (6, (2, 5, 6)), (6, (2, 7))])
def test_input_9_the_first_of_october_revised_in_november_arrives(
    settings: Settings, make: Callable[..., Organization], revised_on: int, synced_on: Sequence[int]
) -> None:
    organization = make("moving", start=date(2026, 9, 28), users=1)
    moment = [datetime(2026, 10, 20, 9, 30, tzinfo=UTC)]
    simulator = Simulator([organization], lambda: moment[0])

    def truth() -> int:
        return simulator.totals(organization.id, THE_FIRST).cost_microcents

    with serve(simulator) as server:
        there = Settings(data_dir=settings.data_dir, base_url=server.url)
        operations.connect(
            there, name="Moving", key=organization.key, since=date(2026, 9, 28), clock=lambda: moment[0]
        )
        assert operations.sync(there, clock=lambda: moment[0]).outcome == "ok"
        first = truth()
        revised_at = november(revised_on).replace(hour=12 if revised_on == 3 else 8)
        simulator.revise(organization.id, THE_FIRST, 40, at=revised_at)
        for day in synced_on:
            moment[0] = november(day)
            assert operations.sync(there, clock=lambda: moment[0]).outcome == "ok"
    assert 0 < truth() < first
    assert summed(there, "day", Period(THE_FIRST, THE_FIRST + ONE_DAY)) == {"2026-10-01": truth()}


def test_input_10_the_platforms_reach_is_asked_and_never_claimed_unread(settings: Settings) -> None:
    now, today = THE_27TH, THE_27TH.date()
    connect(settings, date(2026, 11, 20), now)
    assert sync(settings, until(today), now, build=build(now)).outcome == "ok"
    year_before = Period(date(2025, 10, 1), date(2026, 11, 20))
    for stream in ("platform_usage", "platform_cost"):
        assert set(kinds(settings, stream, year_before, today)) == {DayKind.BEFORE_HISTORY}


def test_input_10_cost_older_than_a_year_is_pulled_where_it_is_wanted(settings: Settings) -> None:
    now, today, since = THE_27TH, THE_27TH.date(), date(2025, 9, 1)
    connect(settings, since, now)
    assert sync(settings, until(today), now, build=build(now)).outcome == "ok"
    wanted = Period(since, today)
    expected = {day.isoformat(): day.day * 100 * MICROCENTS for day in wanted}
    assert summed(settings, "day", wanted) == expected
    assert DayKind.BEYOND_REACH not in kinds(settings, "platform_cost", wanted, today)


def test_input_10_where_the_service_ends_history_that_is_the_reach(settings: Settings) -> None:
    now, today, since = THE_27TH, THE_27TH.date(), date(2025, 9, 1)
    reach = date(2026, 9, 26)

    def too_old(request: httpx.Request) -> httpx.Response | None:
        start = request.url.params.get("starting_at", "9999")[:10]
        return refused(400, "starting_at: too long ago") if start < reach.isoformat() else None

    server = until(today)
    server.rules.append(too_old)
    connect(settings, since, now)
    assert sync(settings, server, now, build=build(now)).outcome == "ok"
    expected = {day.isoformat(): day.day * 100 * MICROCENTS for day in Period(reach, today)}
    assert summed(settings, "day", Period(since, today)) == expected
    states = kinds(settings, "platform_cost", Period(since, today), today)
    assert states.count(DayKind.BEYOND_REACH) == (reach - since).days


# Mistakes others made, that no other test is named after


def test_mistake_more_than_five_dimensions_asked_for(settings: Settings) -> None:
    """Once the refusal is known, no question is refused again."""
    connect(settings, date(2026, 11, 20), THE_27TH)
    server = Anthropic(until=THE_27TH.date())
    sync(settings, server, THE_27TH)
    learned = len(server.asked)
    assert sync(settings, server, THE_28TH).outcome == "ok"
    asked = [r.url.params.get_list("group_by[]") for r in server.asked[learned:] if r.url.path == USAGE_PATH]
    assert asked and max(map(len, asked)) == 5


@pytest.mark.parametrize(
    ("dimension", "column", "values"),
    [
        ("workspace_id", "workspace_id", ("wrkspc_1", "wrkspc_2")),
        ("api_key_id", "api_key_id", ("apikey_1", "apikey_2")),
        ("account_id", "user_id", ("user_1", "user_2")),
        ("service_account_id", "service_account_id", ("svac_1", "svac_2")),
        ("model", "model", ("claude-a", "claude-b")),
        ("service_tier", "service_tier", ("standard", "batch")),
        ("context_window", "context_window", ("0-200k", "200k-1M")),
        ("inference_geo", "inference_geo", ("global", "us")),
        ("speed", "speed", ("standard", "fast")),
    ],
)
def test_mistake_two_rows_merged_because_their_key_left_out_a_dimension(
    settings: Settings, dimension: str, column: str, values: tuple[str, str]
) -> None:
    plain = {**USAGE, "speed": "standard", "output_tokens": 7}
    used = [{**plain, dimension: values[0]}, {**plain, dimension: values[1], "output_tokens": 1007}]
    synced(settings, Anthropic(rows={USAGE_PATH: on_the_26th(*used), COST_PATH: on_the_26th()}))
    found = summed(settings, column, THE_26TH, "output_tokens")
    assert sorted(found.values()) == [7, 1007]
    answer = rows(open_ledger(settings), Query(("output_tokens",), THE_26TH, (column,)))
    told = dict(answer.select(f"{column}_value", "output_tokens").rows())
    assert told == {values[0]: 7, values[1]: 1007}
