"""A day recorded from the strict simulator, played back, and searched for everybody in it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from core import operations
from core.cli import codes, main
from core.demo.behaviour import Behaviour
from core.demo.company import Organization, Person, Workspace
from core.demo.playback import PlaybackTransport, Recording, read_recording
from core.demo.service import Simulator
from core.dimensions import Origin
from core.errors import AuthenticationError, InputError
from core.ledger.build import refresh_ledger
from core.probe.recording import record
from core.settings import Settings
from core.store.connections import add_connection
from core.store.database import database
from core.store.runs import RunStatus
from core.store.secrets import Vault
from core.sync.connect import NewConnection, connect
from core.sync.runner import SyncOptions, run_sync
from tests.support.custom import claude_ai_organization, platform_organization
from tests.support.organizations import NOW, clock
from tests.support.server import Fault, serve

BILL, SPLIT = "/v1/organizations/cost_report", ("workspace_id", "description")
USAGE = "/v1/organizations/usage_report/messages"
PLAIN = {"starting_at", "ending_at", "bucket_width", "limit", "page", "group_by[]"}
DAY = date(2026, 11, 21)
AFTER = datetime(2026, 11, 22, 9, tzinfo=UTC)
EMAIL = "aurelia.quint@secret.example"
PLANTED = ("Aurelia", "Quint", "secret.example", "Nightjar", "Zephyr", "FAKE", "sk-ant", "night team")
TOKENS = ("uncached_input_tokens", "cache_read_input_tokens", "output_tokens")


def renamed(person: Person) -> Person:
    return replace(person, name=f"Aurelia Quint {person.id[-3:]}", email=f"{person.id[-3:]}.{EMAIL}")


def platform() -> Organization:
    made = platform_organization("Zephyr Holding", users=2, api_keys=5, workspaces=3)
    people = tuple(
        replace(p, name=f"Aurelia Quint {n}", email=f"{n}.{EMAIL}") for n, p in enumerate(made.people)
    )
    places = tuple(
        Workspace(place.id, "Project Nightjar", tags={"night team": "Nightjar"}) for place in made.workspaces
    )
    keys = tuple(replace(key, name="Nightjar key") for key in made.api_keys)
    return replace(made, people=people, workspaces=places, api_keys=keys)


def claude_ai() -> Organization:
    made = claude_ai_organization("Zephyr Staff", users=6)
    people = tuple(
        replace(p, name=f"Aurelia Quint {n}", email=f"{n}.{EMAIL}") for n, p in enumerate(made.people)
    )
    return replace(made, people=people)


@dataclass(frozen=True)
class Made:
    """A recording, the organization it is of, and what the service really said."""

    folder: Path
    recording: Recording
    organization: Organization
    originals: list[Any]

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*.json"))

    def answers(self, path: str, **params: Any) -> list[Any]:
        """Bodies of recorded answers of a path, with just these group_by[] values."""
        found = []
        for file in self.files[:-1]:
            told = json.loads(file.read_text())
            groups = [value for name, value in told["params"] if name == "group_by[]"]
            if told["path"] == path and groups == list(params.get("groups", ())) and told["status"] == 200:
                filters = [n for n, _ in told["params"] if n.endswith("s[]") or n == "context_window[]"]
                if bool(filters) == params.get("filtered", False):
                    found.append(told["body"])
        return found


def recorded(
    folder: Path,
    organization: Organization,
    behaviour: Behaviour | None = None,
    faults: tuple[Fault, ...] = (),
) -> Made:
    simulator = Simulator([organization], clock, behaviour=behaviour or Behaviour())
    heard: list[Any] = []
    with serve(simulator) as server:
        settings = Settings(folder / "data", base_url=server.url)
        operations.connect(settings, name="Zephyr", key=organization.key, since=DAY, clock=clock)
        heard_by = Fault(times=None, change=lambda body: heard.append(json.loads(json.dumps(body))) or body)
        server.faults.extend([*faults, heard_by])
        (connection,) = operations.connections(settings)
        into = folder / "recorded"
        record(
            settings, connection, into, day=DAY, clock=clock, sleep=lambda _: None, chance=random.Random(7)
        )
    return Made(into, read_recording(into), organization, heard)


@pytest.fixture(scope="module", params=["platform", "claude.ai"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    organization = platform() if request.param == "platform" else claude_ai()
    return recorded(tmp_path_factory.mktemp("made"), organization)


@pytest.fixture(scope="module")
def of_platform(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return recorded(tmp_path_factory.mktemp("platform"), platform())


def played(tmp_path: Path, recording: Recording) -> tuple[Settings, RunStatus, PlaybackTransport]:
    """A sync of the recorded day, a day later, with no other server than the recording."""
    settings, transport = (
        Settings(tmp_path, base_url="https://api.anthropic.test"),
        PlaybackTransport(recording),
    )
    prefix = "admin01" if recording.origin is Origin.PLATFORM else "api01"
    with database(settings) as db:
        add_connection(
            db,
            Vault(settings),
            name="Played",
            origin=recording.origin,
            organization_id=recording.organization_id or "",
            organization_name=None,
            key=f"sk-ant-{prefix}-played-back-anything",
            since=recording.day,
            now=AFTER,
        )
    options = SyncOptions(
        build=lambda chosen: refresh_ledger(chosen, lambda: AFTER),
        clock=lambda: AFTER,
        transport_for=lambda _: transport,
        rate_limit_for=lambda *_: None,
        sleep=lambda _: None,
    )
    return settings, run_sync(settings, options), transport


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield str(value)


def rows_in(bodies: list[Any]) -> list[Any]:
    return [row for body in bodies for item in body["data"] for row in item.get("results", [item])]


def amount(bodies: list[Any]) -> Decimal:
    return sum((Decimal(row["amount"]) for row in rows_in(bodies)), Decimal(0))


def tokens(bodies: list[Any]) -> dict[str, int]:
    rows = rows_in(bodies)
    nested = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
    counted = {name: sum(row[name] for row in rows) for name in TOKENS}
    return counted | {name: sum(row["cache_creation"][name] for row in rows) for name in nested}


# Nobody is in it


def test_nothing_that_was_planted_is_in_it(made: Made) -> None:
    everything = "\n".join(file.read_text() for file in made.files).lower()
    assert [word for word in PLANTED if word.lower() in everything] == []
    people = {person.id for person in made.organization.people} | {made.organization.id}
    ids = (
        people | {key.id for key in made.organization.api_keys} | {w.id for w in made.organization.workspaces}
    )
    assert len(ids) > 5 and [found for found in ids if found in everything] == []
    assert "x-api-key" not in everything and made.organization.key.lower() not in everything


def test_no_true_amount_or_large_count_is_in_it(made: Made) -> None:
    true = {text for body in made.originals for text in texts(body) if text.replace(".", "").isdecimal()}
    true = {text for text in true if len(text.lstrip("0.")) > 4}
    said = {text for file in made.files for text in texts(json.loads(file.read_text()))}
    assert len(true) > 50
    # Drawn anew, a number may by chance be another's: hardly one in a hundred.
    assert len(true & said) <= len(true) // 100


def test_the_same_is_replaced_by_the_same(of_platform: Made) -> None:
    keys = {row["id"] for row in rows_in(of_platform.answers("/v1/organizations/api_keys"))}
    places = {row["id"] for row in rows_in(of_platform.answers("/v1/organizations/workspaces"))}
    listed = rows_in(of_platform.answers("/v1/organizations/api_keys"))
    bill = rows_in(of_platform.answers(BILL, groups=SPLIT))
    assert len(keys) == 5 and len(places) == 4  # three, and the default one
    assert {row["workspace_id"] for row in bill} - {None} <= places
    assert {row["workspace_id"] for row in listed} - {None} <= places
    assert len({row["name"] for row in listed}) == 1  # five keys of one name stay five keys of one name


def test_words_of_the_api_stay(of_platform: Made) -> None:
    bill = rows_in(of_platform.answers(BILL, groups=SPLIT))
    assert {row["service_tier"] for row in bill} >= {"standard", "batch"}
    assert all(row["model"] is None or row["model"].startswith("claude-") for row in bill)
    assert any(row["description"].endswith(" Usage - Output Tokens") for row in bill)
    refusals = [json.loads(file.read_text()) for file in of_platform.files[:-1]]
    said = [told["body"]["error"]["message"] for told in refusals if told["status"] == 400]
    assert "Cannot specify more than 5 group_by[] dimensions." in said


def test_unknown_fields_are_there_and_empty_of_what_they_held(tmp_path: Path) -> None:
    def more(body: Any) -> Any:
        secret = {"Zephyr Holding": {"owner": "Aurelia Quint", "seats": 4711}, "note": "Nightjar"}
        return {**body, "internal_notes": secret}

    fault = Fault(path="/v1/organizations/users", times=None, change=more)
    made = recorded(tmp_path, platform(), Behaviour(unknown_fields=True), (fault,))
    everything = "\n".join(file.read_text() for file in made.files)
    assert "internal_notes" in everything and "field_of_tomorrow" in everything
    assert [word for word in (*PLANTED, "4711", "owner") if word.lower() in everything.lower()] == []


# It adds up


def parts_of(made: Made) -> list[list[Any]]:
    """The answers about usage, those that filters made parts of one another put together."""
    found: dict[bool, list[Any]] = {}
    answers: list[list[Any]] = []
    for file in made.files[:-1]:
        told = json.loads(file.read_text())
        if told["path"] == USAGE and told["status"] == 200:
            filtered = any(name not in PLAIN for name, _ in told["params"])
            if filtered and True in found:
                found[True].append(told["body"])
            else:
                answers.append(found.setdefault(filtered, [told["body"]]) if filtered else [told["body"]])
    return answers


@pytest.mark.slow
@pytest.mark.parametrize("cap", [None, 5, 4, 3, 2])
def test_parts_add_up_to_the_total_and_play_whatever_may_be_asked(tmp_path: Path, cap: int | None) -> None:
    # More prices in use than a question has room for.
    organization = platform_organization("busy", users=3, api_keys=12, workspaces=3, loads_per_key=4)
    made = recorded(tmp_path, organization, Behaviour(most_groups=cap))
    total = tokens(made.answers(USAGE))
    answers = parts_of(made)
    assert all(total.values()) and len(answers) >= (2 if cap is None else 3)
    assert all(tokens(bodies) == total for bodies in answers)
    assert any(len(bodies) > 1 for bodies in answers) is (cap in (5, 4))  # with fewer, it is asked for less
    settings, run, transport = played(tmp_path / "played", made.recording)
    assert (run.outcome, transport.missed) == ("ok", [])
    with database(settings) as db:
        columns = ", ".join(f"sum({name})" for name in total)
        (counts,) = db.conn.execute(f"SELECT {columns} FROM platform_usage WHERE day = ?", [DAY.isoformat()])
    assert counts == tuple(total.values())


def test_the_bill_adds_up_to_its_total_as_it_did(of_platform: Made) -> None:
    assert amount(of_platform.answers(BILL, groups=SPLIT)) == amount(of_platform.answers(BILL)) > 0


def test_a_difference_stays_one(tmp_path: Path) -> None:
    def short(body: Any) -> Any:
        row = body["data"][0]["results"][0]
        return row.update(amount=f"{Decimal(row['amount']) - 5:.6f}") or body

    only_total = Fault(
        path="/v1/organizations/cost_report",
        when=lambda request: "group_by[]" not in dict(request.params),
        times=None,
        change=short,
    )
    made = recorded(tmp_path, platform(), faults=(only_total,))
    assert 0 < amount(made.answers(BILL, groups=SPLIT)) - amount(made.answers(BILL)) < 100


# It plays


def test_a_sync_of_the_recording_comes_to_its_sums(made: Made, tmp_path: Path) -> None:
    settings, run, transport = played(tmp_path, made.recording)
    assert (run.outcome, transport.missed) == ("ok", []), run
    day, ledger = ("WHERE day = ?", [DAY.isoformat()]), operations.open_ledger(settings, lambda: AFTER)
    with database(settings) as db:
        if made.recording.origin is Origin.PLATFORM:
            bill, usage = "platform_cost", "platform_usage"
            cost = made.answers("/v1/organizations/cost_report")
            used = made.answers("/v1/organizations/usage_report/messages")
        else:
            bill, usage = "claude_ai_cost", "claude_ai_usage"
            cost = made.answers("/v1/organizations/analytics/cost_report")
            used = made.answers("/v1/organizations/analytics/usage_report")
        ((stored,),) = db.conn.execute(f"SELECT sum(amount_microcents) FROM {bill} {day[0]}", day[1])
        columns = ", ".join(f"sum({name})" for name in tokens(used))
        (counts,) = db.conn.execute(f"SELECT {columns} FROM {usage} {day[0]}", day[1])
    assert stored == int(amount(cost) * 10**6) > 0
    assert counts == tuple(tokens(used).values())
    assert ledger.files


def test_it_can_be_connected(of_platform: Made, tmp_path: Path) -> None:
    transport = PlaybackTransport(of_platform.recording)
    new = NewConnection("Again", "sk-ant-admin01-any-key-at-all", DAY)
    connection = connect(Settings(tmp_path), new, clock=lambda: AFTER, transport=transport)
    assert connection.organization_id == of_platform.recording.organization_id
    assert transport.missed == []


# What cannot be recorded


def test_a_refused_key_and_a_folder_in_use(tmp_path: Path) -> None:
    organization = platform()
    with serve(Simulator([organization], clock)) as server:
        settings = Settings(tmp_path / "data", base_url=server.url)
        operations.connect(settings, name="Main", key=organization.key, since=DAY, clock=clock)
        (connection,) = operations.connections(settings)
        for folder in (tmp_path, tmp_path / "data" / "secret.key"):
            with pytest.raises(InputError, match="holds something"):
                operations.record_service(settings, connection, folder, clock=clock)
        with pytest.raises(InputError, match="finished day"):
            operations.record_service(settings, connection, tmp_path / "new", day=NOW.date(), clock=clock)
        server.faults.append(Fault(status=401, times=None))
        with pytest.raises(AuthenticationError):
            operations.record_service(settings, connection, tmp_path / "new", clock=clock)
    assert not (tmp_path / "new").exists()


@pytest.mark.slow
def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    organizations = {"Main": platform(), "Staff": claude_ai()}
    with serve(Simulator(organizations.values(), clock)) as server:
        settings = Settings(tmp_path / "data", base_url=server.url)
        for name, organization in organizations.items():
            operations.connect(settings, name=name, key=organization.key, since=DAY, clock=clock)
        monkeypatch.setenv("TOKEN_LEDGER_DATA", str(settings.data_dir))
        monkeypatch.setenv("ANTHROPIC_BASE_URL", server.url)
        monkeypatch.setattr("core.cli.commands.utc_now", clock)
        assert main(["record", str(tmp_path / "one")]) == codes.WRONG
        assert "--connection" in capsys.readouterr().err
        assert main(["record", str(tmp_path / "one"), "--connection", "main"]) == codes.DONE
        said = capsys.readouterr().out
        assert "Look through them" in said and "worked out" not in said
        server.simulator.behaviour = Behaviour(most_groups=2)
        assert main(["record", str(tmp_path / "two"), "--connection", "main"]) == codes.DONE
        assert "can be worked out" in capsys.readouterr().out
    assert read_recording(tmp_path / "one").day == date(2026, 11, 21)  # the one before yesterday
