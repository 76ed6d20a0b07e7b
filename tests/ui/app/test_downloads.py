"""A file made on a click is there when the browser asks for it, however many pages are open."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit import runtime
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from core.ui.app import late_files
from core.ui.app.downloads import file_button

MANY = 200
"""Ends of scripts between click and request."""


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> MediaFileManager:
    """Streamlit's own, as a server has it."""
    found = MediaFileManager(MemoryMediaFileStorage("/media"))
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", lambda: SimpleNamespace(media_file_mgr=found))
    return found


pytestmark = pytest.mark.usefixtures("settings")  # a download is remembered, there


@pytest.fixture
def button(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], Callable[[], bytes]]:
    """What a button of such a file hands to Streamlit."""

    def drawn(content: bytes) -> Callable[[], bytes]:
        made: list[Callable[[], bytes]] = []
        monkeypatch.setattr(st, "download_button", lambda _, make, **__: made.append(make))
        file_button("Download CSV", lambda: content, "costs.csv")
        return made[0]

    return drawn


def clicked(files: MediaFileManager, make: Callable[[], bytes], place: str) -> str:
    """The id of the file that a click makes."""
    url = files.execute_deferred(files.add_deferred(make, "text/csv", place, file_name="costs.csv"))
    return url.rpartition("/")[2].partition(".")[0]


def test_a_file_outlives_the_scripts_of_all_other_pages(
    files: MediaFileManager, button: Callable[[bytes], Callable[[], bytes]]
) -> None:
    forgotten, kept = clicked(files, lambda: b"plain", "1"), clicked(files, button(b"a,b\n1,2\n"), "2")
    for _ in range(MANY):
        files.remove_orphaned_files()
    assert files.read_file(forgotten) is None, "Streamlit keeps such files now: ours is no longer needed"
    found = files.read_file(kept)
    assert found is not None and (found.content, found.filename) == (b"a,b\n1,2\n", "costs.csv")


def test_old_files_do_not_pile_up(
    files: MediaFileManager, button: Callable[[bytes], Callable[[], bytes]]
) -> None:
    made = [clicked(files, button(b"%d" % n), str(n)) for n in range(40)]
    for _ in range(MANY):
        files.remove_orphaned_files()
    there = [file for file in made if files.read_file(file)]
    assert there == made[-len(there) :] and 2 <= len(there) <= 10


def test_a_file_is_made_where_streamlit_has_changed_or_does_not_run(
    button: Callable[[bytes], Callable[[], bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert button(b"x")() == b"x"
    monkeypatch.setattr(runtime, "exists", lambda: True)
    monkeypatch.setattr(runtime, "get_instance", SimpleNamespace)
    assert button(b"x")() == b"x"


@pytest.mark.parametrize(("seconds", "is_there"), [(0.0, True), (9.9, True), (10.1, False)])
def test_the_file_of_a_table_still_in_sight_can_be_had_though_the_page_was_drawn_anew(
    seconds: float, is_there: bool, files: MediaFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which the browser has not heard of yet; and whose page has told no file at all since."""
    shown = files.add_deferred(lambda: b"shown", "text/csv", "1", file_name="costs.csv")
    now = time.monotonic()
    files.remove_deferred("1")
    newer = files.add_deferred(lambda: b"newer", "text/csv", "1", file_name="costs.csv")
    monkeypatch.setattr(late_files.time, "monotonic", lambda: now + seconds)
    read = [content(files, file) for file in (shown, newer, shown)]
    assert read == [b"shown" if is_there else None, b"newer", b"shown" if is_there else None]


def test_what_is_no_longer_in_sight_is_not_kept(
    files: MediaFileManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = time.monotonic()
    for turn in range(100):
        monkeypatch.setattr(late_files.time, "monotonic", lambda turn=turn: start + turn)
        files.add_deferred(lambda: b"x", "text/csv", "1", file_name="costs.csv")
        files.remove_deferred("1")
    assert len(late_files._forgotten) == 11


def content(files: MediaFileManager, file: str) -> bytes | None:
    """Of a file asked for by a button's id; None where Streamlit has forgotten it."""
    try:
        url = files.execute_deferred(file)
    except MediaFileStorageError:
        return None
    made = files.read_file(url.rpartition("/")[2].partition(".")[0])
    assert made
    return made.content
