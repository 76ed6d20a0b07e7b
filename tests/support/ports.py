"""Ports of 127.0.0.1 that nobody else gets while they are held, however many tests run beside."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_port() -> Iterator[int]:
    """A port that refuses connections, for nobody listens: the system gives it to no other.

    A program that is told its number and allows addresses to be used again, as servers do, can listen there.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield int(holder.getsockname()[1])
