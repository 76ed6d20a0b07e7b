"""A small world to sync: two Platform organizations with equal ids, one claude.ai organization."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from core import operations
from core.demo.behaviour import Behaviour
from core.demo.company import Organization
from core.demo.custom import claude_ai_organization, platform_organization
from core.demo.service import Simulator
from core.periods import ONE_DAY, Period
from core.settings import Settings
from core.store.runs import RunStatus
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


@contextmanager
def connected(
    folder: Path, behaviour: Behaviour | None = None
) -> Iterator[tuple[Settings, Simulator, AnthropicServer]]:
    """All of them connected, not yet synced, on a server that answers until the end of the block."""
    world = organizations()
    simulator = Simulator(world.values(), clock, behaviour=behaviour or Behaviour())
    with serve(simulator) as server:
        settings = Settings(data_dir=folder, base_url=server.url)
        for name, organization in world.items():
            operations.connect(settings, name=name, key=organization.key, since=SINCE, clock=clock)
        yield settings, simulator, server


def sync(settings: Settings, **options: bool) -> RunStatus:
    return operations.sync(settings, clock=clock, **options)
