"""What a page's run reads again and again, read once: who asks, the settings, and the opened database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import cached_property

from sqlite_utils import Database

from core.errors import StoreError
from core.people.roles import Access
from core.settings import Settings, from_environment
from core.store.database import database, store_errors


class _Run:
    """Belongs to the thread that runs the page."""

    def __init__(self, stack: ExitStack, access: Access | None) -> None:
        self._stack = stack
        self._store: Database | None = None
        self.access = access

    @cached_property
    def settings(self) -> Settings:
        return from_environment()

    def store(self) -> Database | None:
        """None while a transaction is under way, which is not the reader's."""
        if self._store is None:
            self._store = self._stack.enter_context(database(self.settings))
        return None if self._store.conn.in_transaction else self._store

    def forget_store(self) -> None:
        """The next read opens it anew; who still reads has it up to the end of the run."""
        self._store = None


_RUN = ContextVar[_Run | None]("run", default=None)


@contextmanager
def during_the_run(access: Access | None = None) -> Iterator[None]:
    """Within this :func:`settings` and :func:`store` give what they gave first; all is closed at the end.

    ``access``: of who asks, looked up at the head of the page.
    """
    with ExitStack() as stack:
        before = _RUN.set(_Run(stack, access))
        try:
            yield
        finally:
            _RUN.reset(before)


def access() -> Access | None:
    """Who asks; None where it is to be looked up."""
    run = _RUN.get()
    return run.access if run else None


def forget_access() -> None:
    """After what may have changed what who asks may do."""
    if run := _RUN.get():
        run.access = None


def settings() -> Settings:
    """The settings."""
    run = _RUN.get()
    return run.settings if run else from_environment()


@contextmanager
def store() -> Iterator[Database]:
    """The database, for a short read.

    Raises:
        StoreError: it cannot be opened, read or written.
    """
    run = _RUN.get()
    db = run.store() if run else None
    if run is None or db is None:
        with database(settings()) as own:
            yield own
        return
    try:
        with store_errors(run.settings):
            yield db
    except StoreError:
        run.forget_store()
        raise
