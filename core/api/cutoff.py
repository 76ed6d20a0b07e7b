"""Ends a connection from another thread, whatever it waits for: at its time limit, or at a stop."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any


class Cutoff:
    """Knows the one connection there is, by httpx's trace extension.

    A read time-out begins anew with every byte, so it never ends a server that drips its headers.
    ``tried`` is the host and port of the last connection that was tried: a proxy's where there is one.
    """

    def __init__(self) -> None:
        self.tried: tuple[str, int] | None = None
        self._connection: socket.socket | None = None
        self._over = False
        self._stopped = False

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """What httpx calls at every step of a request."""
        if event.endswith("connect_tcp.started"):
            self.tried = (info["host"], info["port"])
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._keep(info["return_value"])

    def _keep(self, stream: Any) -> None:
        connection = stream.get_extra_info("socket") if stream else None
        self._connection = connection if isinstance(connection, socket.socket) else None
        if self._over:
            self._cut()

    @contextmanager
    def after(self, seconds: float) -> Iterator[None]:
        """Cut what is under way in the block when so many seconds are over."""
        self._over = False
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            if self._stopped:  # it may have come before the line that says that nothing is over
                self._cut()
            yield
        finally:
            timer.cancel()

    def stop(self) -> None:
        """Cut what is under way, and all that comes after it."""
        self._stopped = True
        self._cut()

    def _cut(self) -> None:
        self._over = True
        if self._connection is not None:
            with suppress(OSError):
                # The plain socket's own: a TLS socket's would change it under the reading thread.
                socket.socket.shutdown(self._connection, socket.SHUT_RDWR)
