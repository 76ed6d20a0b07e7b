"""The server answers before what pages need is loaded, and a page waits for that."""

from __future__ import annotations

import subprocess
import sys
from threading import Event, Thread
from types import SimpleNamespace

import pytest
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

from core.ui.app import ahead, presses
from tests.support.patience import PATIENCE
from tests.ui.conftest import PROJECT

HEAVY = ("altair", "numpy", "pandas", "polars", "pyarrow", "sqlite_utils")


def printed(program: str) -> str:
    """By a program of its own, in which nothing is loaded yet."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.strip()


def test_the_server_starts_without_what_only_pages_need() -> None:
    program = "import sys; from core.ui.app import serving; "
    assert printed(f"{program}print([name for name in {HEAVY} if name in sys.modules])") == "[]"


def test_pages_are_loaded_and_left_out_of_the_search_for_garbage() -> None:
    begun = "import gc, sys; from core.ui.app import ahead; ahead.load(); ahead.wait(); "
    told = "'core.ui.app.navigation' in sys.modules, gc.isenabled(), gc.get_freeze_count() > 100_000"
    assert printed(f"{begun}print({told})") == "True True True"


def test_garbage_is_looked_for_though_a_page_cannot_be_loaded() -> None:
    begun = "import gc; from core.ui.app import ahead; ahead._PAGES = 'none'; ahead.load(); ahead.wait(); "
    assert printed(f"{begun}print(gc.isenabled())") == "True"


def test_a_page_waits_until_all_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded, ran = Event(), Event()
    loading = Thread(target=loaded.wait, args=(PATIENCE,))
    monkeypatch.setattr(ahead, "_loading", loading)
    monkeypatch.setattr(presses, "_run", lambda *_: ran.set())
    ahead.load()
    runner = SimpleNamespace(_pages_manager=SimpleNamespace(current_page_script_hash=""))
    page = Thread(target=presses._of_this_page, args=(runner, RerunData()))
    page.start()
    assert not ran.wait(0.2)

    loaded.set()
    assert ran.wait(PATIENCE)
    page.join()


def test_where_nothing_is_loaded_ahead_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "_loading", Thread())
    ahead.wait()
