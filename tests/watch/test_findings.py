"""Findings out of a ledger: told once, explained, and only of what is known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest

from core.dimensions import NOT_TOLD
from core.explore.insights import KnownDays
from core.ledger.manifest import ConnectionInfo
from core.watch.explain import Told
from core.watch.findings import Floors, find
from core.watch.runs import Kind
from tests.explore.ledgers import CLAUDE_AI, CONNECTIONS, PLATFORM, PLATFORM_2, Row, ledger_of, tokens

END = date(2026, 10, 31)
FIRST = END - timedelta(days=200)
DOLLAR = 10**8
SPIKE_DAY = date(2026, 10, 14)
WHO = (
    (PLATFORM, {"workspace": "Simulation", "workspace_id": "w1", "api_key": "nightly", "api_key_id": "k1"}),
    (PLATFORM, {"workspace": "Search", "workspace_id": "w2", "api_key": "web", "api_key_id": "k2"}),
    (PLATFORM_2, {"workspace": "Search", "workspace_id": "w3", "api_key": "shop", "api_key_id": "k3"}),
    (CLAUDE_AI, {"user": "ann@acme.com", "user_id": "u1", "product": "chat"}),
    (CLAUDE_AI, {"user": "bo@acme.com", "user_id": "u2", "product": "claude_code"}),
)


def usual() -> Iterator[Row]:
    """Five who spend about 100 dollars a day each; half at the weekend."""
    random = Random(3)
    for place in range(200):
        day = FIRST + timedelta(days=place)
        for connection, who in WHO:
            dollars = (50 if day.weekday() > 4 else 100) * random.uniform(0.9, 1.1)
            yield spent(connection, day, dollars, **who)


def spent(connection: ConnectionInfo, day: date, dollars: float, **who: str) -> Row:
    cost = int(dollars * DOLLAR)
    used = {"model": "opus", "cost": cost, "tokens": int(dollars * 1e5), "cost_basis": "billed"}
    return tokens(connection, day=day, **used, **who)


def told(
    folder: Path, rows: list[Row], until: date = END, unknown: dict[int, set[date]] | None = None
) -> list[Told]:
    known = [KnownDays(c.id, until, frozenset((unknown or {}).get(c.id, ()))) for c in CONNECTIONS]
    return find(ledger_of(folder, rows), until, known, Floors())


@pytest.mark.slow
def test_usual_days_tell_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, list(usual())) == []


@pytest.mark.slow
def test_a_spike_is_told_once_at_the_level_that_explains_most(tmp_path: Path) -> None:
    rows = [*usual(), spent(PLATFORM, SPIKE_DAY, 900, **WHO[0][1])]
    (found,) = told(tmp_path, rows)
    spike = found.candidate
    assert (spike.kind, spike.scope.dimension, spike.scope.label) == (Kind.SPIKE, "api_key", "nightly")
    assert (spike.first, spike.last, spike.found_on) == (SPIKE_DAY, SPIKE_DAY, SPIKE_DAY)
    assert spike.expected == pytest.approx(100 * DOLLAR, rel=0.1)
    nightly = [row for row in rows if row["day"] == SPIKE_DAY and row.get("api_key") == "nightly"]
    assert spike.actual == sum(row["cost_microcents"] for row in nightly)
    along = {candidate.scope.dimension for candidate in found.along}
    assert {"", "origin", "cost_center", "workspace"} <= along
    carried = {(carrier.scope.dimension, carrier.scope.label) for carrier in found.carriers}
    assert {("workspace", "Simulation"), ("cost_center", "Research"), ("model", "opus")} <= carried


@pytest.mark.slow
def test_what_several_carry_is_told_above_them(tmp_path: Path) -> None:
    day = SPIKE_DAY
    rows = [*usual(), *(spent(connection, day, 150, **who) for connection, who in WHO)]
    (found,) = told(tmp_path, rows)
    assert found.candidate.scope.dimension in ("", "model")
    shares = {c.scope.label: c.share for c in found.carriers if c.scope.dimension == "origin"}
    assert shares["Claude Platform"] == pytest.approx(0.6, abs=0.05)
    assert shares["claude.ai"] == pytest.approx(0.4, abs=0.05)


@pytest.mark.slow
def test_two_causes_on_one_day_are_told_apart(tmp_path: Path) -> None:
    rows = [
        *usual(),
        spent(PLATFORM, SPIKE_DAY, 900, **WHO[0][1]),
        spent(CLAUDE_AI, SPIKE_DAY, 700, **WHO[3][1]),
    ]
    labels = {found.candidate.scope.label for found in told(tmp_path, rows)}
    assert labels == {"nightly", "ann@acme.com"}


@pytest.mark.slow
def test_a_value_never_seen_before_is_told_when_it_spends(tmp_path: Path) -> None:
    new = {"workspace": "Search", "workspace_id": "w2", "api_key": "batch", "api_key_id": "k9"}
    rows = [*usual(), *(spent(PLATFORM, SPIKE_DAY + timedelta(days=n), 40, **new) for n in range(10))]
    found = [one.candidate for one in told(tmp_path, rows) if one.candidate.kind is Kind.NEW]
    (batch,) = found
    assert (batch.scope.label, batch.first, batch.expected) == ("batch", SPIKE_DAY, 0)
    assert batch.actual == 7 * 40 * DOLLAR
    assert batch.found_on == SPIKE_DAY  # 40 dollars are more than three times the floor


@pytest.mark.slow
def test_what_stops_is_told(tmp_path: Path) -> None:
    rows = [row for row in usual() if not (row.get("api_key") == "web" and row["day"] >= date(2026, 10, 20))]
    (found,) = told(tmp_path, rows)
    assert (found.candidate.kind, found.candidate.scope.label) == (Kind.STOPPED, "web")
    assert found.candidate.first == date(2026, 10, 20)


@pytest.mark.slow
def test_a_jump_of_the_rate_is_told_where_tokens_stay_as_they_are(tmp_path: Path) -> None:
    rows = list(usual())
    for row in rows:
        if row["day"] >= date(2026, 10, 20) and row.get("api_key") == "web":
            row["tokens"] //= 3
    found = [one for one in told(tmp_path, rows) if one.candidate.kind is Kind.RATE]
    assert [one.candidate.scope.label for one in found] == ["web"]
    assert found[0].candidate.actual == pytest.approx(3 * found[0].candidate.expected, rel=0.1)


@pytest.mark.slow
def test_days_that_are_not_known_wait(tmp_path: Path) -> None:
    rows = [*usual(), spent(PLATFORM, SPIKE_DAY, 900, **WHO[0][1])]
    assert told(tmp_path, rows, unknown={PLATFORM.id: {SPIKE_DAY}}) == []
    assert told(tmp_path, rows, until=SPIKE_DAY) == []


@pytest.mark.slow
def test_a_day_whose_keys_are_not_told_apart_yet_is_no_drop_and_nothing_new(tmp_path: Path) -> None:
    rows = list(usual())
    untold = {"api_key": NOT_TOLD, "api_key_id": NOT_TOLD, "user": NOT_TOLD, "user_id": NOT_TOLD}
    for row in rows:
        if row["day"] >= END - timedelta(days=2):
            row.update({name: value for name, value in untold.items() if row.get(name) is not None})
    assert told(tmp_path, rows) == []


@pytest.mark.slow
def test_a_spike_is_told_though_a_little_of_each_day_is_not_told_apart(tmp_path: Path) -> None:
    rows = [*usual(), spent(PLATFORM, SPIKE_DAY, 900, **WHO[0][1])]
    days = {row["day"] for row in rows}
    rows += [spent(PLATFORM, day, 5, api_key=NOT_TOLD, api_key_id=NOT_TOLD) for day in sorted(days)]
    (found,) = told(tmp_path, rows)
    assert found.candidate.scope.label == "nightly"


@pytest.mark.slow
def test_a_day_without_data_of_a_connection_is_no_drop(tmp_path: Path) -> None:
    gap = {date(2026, 10, 10) + timedelta(days=n) for n in range(4)}
    rows = [row for row in usual() if not (row["connection_id"] == PLATFORM.id and row["day"] in gap)]
    assert told(tmp_path, rows, unknown={PLATFORM.id: gap}) == []


@pytest.mark.slow
def test_a_new_connection_is_nothing_new(tmp_path: Path) -> None:
    rows = [row for row in usual() if row["connection_id"] != CLAUDE_AI.id or row["day"] >= date(2026, 10, 1)]
    before = {FIRST + timedelta(days=n) for n in range((date(2026, 10, 1) - FIRST).days)}
    assert told(tmp_path, rows, unknown={CLAUDE_AI.id: before}) == []


def test_an_empty_ledger_tells_nothing(tmp_path: Path) -> None:
    assert told(tmp_path, []) == []
