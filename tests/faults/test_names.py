"""A first sync without one of its lists: rows get their names once the list can be read."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from core.sync.runner import run_sync
from tests.api.fakes import refused
from tests.faults.world import PLATFORM, Transport, answering, connect_all, content, copied, options, servers
from tests.sync.anthropic import LISTS, USAGE_PATH

IDS = {"workspace_id": "workspace_1", "api_key_id": "apikey_1", "account_id": "user_1"}
"""Every usage row has one of each list, so that every name matters."""


def _transport(failing: str | None = None) -> Transport:
    world = servers()
    rows = world[PLATFORM]._results
    world[PLATFORM]._results = lambda path, day: [  # type: ignore[method-assign]
        {**row, **(IDS if path == USAGE_PATH else {})} for row in rows(path, day)
    ]
    if failing:
        world[PLATFORM].rules.append(lambda request: _refuse(request, failing))
    return answering(world)


def _refuse(request: httpx.Request, path: str) -> httpx.Response | None:
    return refused(404) if request.url.path == path else None


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.rsplit("/", 1)[-1])
def test_names_that_were_missing_arrive_with_the_list(tmp_path: Path, path: str) -> None:
    first = connect_all(tmp_path / "first")
    undisturbed, disturbed = copied(first, tmp_path / "whole"), copied(first, tmp_path / "data")
    run_sync(undisturbed, options(_transport()))
    assert run_sync(disturbed, options(_transport(path))).outcome == "partial"
    assert content(disturbed).facts != content(undisturbed).facts
    assert run_sync(disturbed, options(_transport())).outcome == "ok"
    assert content(disturbed) == content(undisturbed)
