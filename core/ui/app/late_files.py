"""Lets a press on a file's button be answered though its page was drawn anew just before.

Streamlit forgets the file of a button once the server has drawn the button again. A browser that has not
heard of that yet shows the one before, and a press on it would fail without a word of why. Here the file of
what somebody sees can be had for a while longer. Importing this module mends that for the whole server.
"""

from __future__ import annotations

import time

from streamlit.runtime.media_file_manager import DeferredCallableEntry, MediaFileManager

HEARD_WITHIN = 10.0
"""Seconds. Longer would keep the tables of pages that are long gone."""

_forgotten: dict[str, tuple[float, DeferredCallableEntry]] = {}
"""By the file's id, the oldest first: when it was forgotten."""

_drop = MediaFileManager._drop_deferred_id
_execute = MediaFileManager.execute_deferred


def _dropped(files: MediaFileManager, file_id: str) -> None:
    now = time.monotonic()
    if entry := files._deferred_callables.get(file_id):
        _forgotten[file_id] = now, entry
    for old in [name for name, (since, _) in _forgotten.items() if now - since > HEARD_WITHIN]:
        del _forgotten[old]
    _drop(files, file_id)


def _executed(files: MediaFileManager, file_id: str) -> str:
    """The address of the file. Streamlit forgets it again when the page is drawn the next time."""
    with files._lock:
        since, entry = _forgotten.pop(file_id, (0.0, None))
        if entry and time.monotonic() - since <= HEARD_WITHIN:
            files._deferred_callables[file_id] = entry
            files._deferred_ids_by_session[entry["session_id"]].add(file_id)
    return _execute(files, file_id)


MediaFileManager._drop_deferred_id = _dropped  # type: ignore[assignment, method-assign]
MediaFileManager.execute_deferred = _executed  # type: ignore[assignment, method-assign]
