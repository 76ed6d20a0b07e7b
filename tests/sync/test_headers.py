"""Headers whose dates move, as the settings choose them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from core.settings import Settings
from core.sync.connect import NewConnection, connect
from tests.sync.anthropic import ADMIN_KEY, NOW, Anthropic, sync


def test_what_is_set_reaches_every_request_of_connect_and_sync(tmp_path: Path) -> None:
    server = Anthropic()
    settings = Settings(tmp_path, anthropic_version="2026-10-21", anthropic_betas=("fast-mode-2027-01-15",))
    new = NewConnection("Research", ADMIN_KEY, date(2026, 3, 8))
    connect(settings, new, clock=lambda: NOW, transport=server.transport)
    connecting = len(server.asked)
    assert sync(settings, server).outcome == "ok"
    assert connecting and len(server.asked) > connecting
    assert {request.headers["anthropic-version"] for request in server.asked} == {"2026-10-21"}
    betas = {request.headers.get("anthropic-beta") for request in server.asked}
    assert betas == {None, "fast-mode-2027-01-15"}
