"""A data folder, and what is asked of it on the command line and on the page."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest
from streamlit.testing.v1 import AppTest

from core import operations
from core.cli import main
from core.clock import Clock
from core.settings import Settings
from core.store.connections import Connection
from core.store.database import database
from core.store.states import StreamState, list_states
from tests.faults.catalog import Fault, Struck
from tests.faults.places import Place
from tests.faults.world import (
    CONNECTION_IDS,
    NOW,
    PLATFORM,
    STAFF,
    FakeTime,
    Transport,
    answering,
    options,
    servers,
)
from tests.support.patience import PATIENCE

PROJECT = Path(__file__).resolve().parent.parent.parent


@dataclass
class Company:
    """One data folder; ``time`` is what its syncs slept."""

    settings: Settings
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    time: FakeTime = field(default_factory=FakeTime)

    def __post_init__(self) -> None:
        self.monkeypatch.setenv("TOKEN_LEDGER_DATA", str(self.settings.data_dir))
        self.monkeypatch.setenv("ANTHROPIC_BASE_URL", self.settings.base_url)
        self.monkeypatch.delenv("TOKEN_LEDGER_SECRET_KEY", raising=False)

    def sync(
        self, transport_for: Transport, *words: str, build: bool = True, clock: Clock = lambda: NOW
    ) -> tuple[int, str]:
        """Today's sync from the command line: its exit code and all it said.

        Unless it is to ``build`` the ledger, nobody looks through the ledger and copies the database either.
        """
        given = options(transport_for, time=self.time, clock=clock)
        chosen = given if build else replace(given, build=_not_now, afterwards=_not_now)
        self.monkeypatch.setattr(operations, "sync_options", lambda *_: chosen)
        return self.command("sync", "--quiet", *words)

    def command(self, *words: str) -> tuple[int, str]:
        code = main(list(words))
        said = self.capsys.readouterr()
        return code, said.out + said.err

    def page(self) -> str:
        """What every page says of the last sync."""
        app = AppTest.from_function(_sync_problems, default_timeout=PATIENCE).run()
        assert not app.exception
        self.capsys.readouterr()  # Streamlit remarks that there is no browser
        return "\n".join(warning.value for warning in app.warning)

    def open_page(self) -> str:
        """Every failure that the first page shows; nothing is synced in the background."""
        self.monkeypatch.setattr(operations, "start_sync", lambda *_, **__: None)
        app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=PATIENCE).run()
        assert not app.exception
        self.capsys.readouterr()
        return "\n".join(shown.value for shown in (*app.error, *app.warning))

    def state(self, place: Place) -> StreamState:
        with database(self.settings) as db:
            connection_id = CONNECTION_IDS[connection_name(place)]
            return next(s for s in list_states(db, connection_id) if s.stream == place.kind.name)


def _not_now(_: Settings) -> None:
    """Instead of a step that takes longer than the sync."""


def connection_name(place: Place) -> str:
    return STAFF if place.kind.of_claude_ai else PLATFORM


def _sync_problems() -> None:
    from core.ui.app import blocks

    blocks.sync_problems()


def struck(fault: Fault, place: Place, times: int | None = None) -> tuple[Transport, Struck]:
    """Today's servers; the one asked for the place has the fault."""
    world = servers()
    name = connection_name(place)
    broken = Struck(world[name].answer, fault, place, times)
    sound = answering(world)

    def transport_for(connection: Connection) -> httpx.BaseTransport:
        return broken if connection.name == name else sound(connection)

    return transport_for, broken
