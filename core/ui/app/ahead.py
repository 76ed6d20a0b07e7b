"""Loads what pages need while the first browser still loads Streamlit's program.

It is most of a start: the server answers without it. A page waits until all is there.
"""

from __future__ import annotations

import gc
import inspect
from importlib import import_module
from threading import Thread

_PAGES = "core.ui.app.navigation"
_loading = Thread(target=lambda: _load(), name="ahead", daemon=True)


def load() -> None:
    """Begin; for the server, once."""
    _loading.start()


def wait() -> None:
    """Until all is loaded: of two threads that import at once one could see a module that is half made."""
    if _loading.ident is not None:
        _loading.join()


def _load() -> None:
    """Streamlit looks for garbage after every run: modules are none, and looking through them takes longer
    than most questions to the ledger. Its first element looks through them for the caller's, which takes
    as long as a page: what was found once is remembered."""
    gc.disable()
    try:
        import_module(_PAGES)
        inspect.stack()
    finally:
        gc.freeze()
        gc.enable()
