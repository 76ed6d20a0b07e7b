"""A small world to sync: two Platform organizations with equal ids, one claude.ai organization."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from core import operations
from core.demo.behaviour import Behaviour
from core.demo.company import Organization
from core.demo.service import Simulator
from core.periods import ONE_DAY, Period
from core.settings import Settings
from core.store.runs import RunStatus
from tests.support.custom import claude_ai_organization, platform_organization
from tests.support.server import AnthropicServer, serve

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SINCE = date(2026, 10, 10)
PERIOD = Period(SINCE, NOW.date() + ONE_DAY)


def clock() -> datetime:
    return NOW


def organizations() -> dict[str, Organization]:
    """By cost center. "Twin" has the ids of "Main" and other use."""
    return {
        "Main": platform_organization("main", ids="same", users=2, api_keys=4),
        "Twin": platform_organization("twin", ids="same", users=2, api_keys=3),
        "Staff": claude_ai_organization("staff", users=4),
    }


World = tuple[Settings, Simulator, AnthropicServer]


@contextmanager
def served(folder: Path, behaviour: Behaviour | None = None) -> Iterator[World]:
    """A data folder as it is, on a server that answers until the end of the block."""
    simulator = Simulator(organizations().values(), clock, behaviour=behaviour or Behaviour())
    with serve(simulator) as server:
        yield Settings(data_dir=folder, base_url=server.url), simulator, server


@contextmanager
def connected(folder: Path, behaviour: Behaviour | None = None) -> Iterator[World]:
    """All of them connected, not yet synced."""
    with served(folder, behaviour) as (settings, simulator, server):
        for name, organization in organizations().items():
            operations.connect(settings, name=name, key=organization.key, since=SINCE, clock=clock)
        yield settings, simulator, server


@contextmanager
def copied(made: Path, folder: Path) -> Iterator[World]:
    """A copy of a data folder that was made once, its files as young as if they were made now."""
    shutil.copytree(made, folder, copy_function=shutil.copy)
    with served(folder) as world:
        yield world


def sync(settings: Settings, **options: bool) -> RunStatus:
    return operations.sync(settings, clock=clock, **options)
