"""Reading from a socket until a point in time, however slowly the other side answers."""

from __future__ import annotations

import io
import socket
import time
from typing import Any


class Deadline:
    """``seconds`` from now; who reads or writes later gets a TimeoutError."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds; raises TimeoutError when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the other side took too long")
        return left


class _Reader(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv_into(buffer)


def reader(sock: socket.socket, deadline: Deadline) -> io.BufferedReader:
    """A file of what comes in. Closing it leaves the socket open."""
    return io.BufferedReader(_Reader(sock, deadline))


class TimedSocket:
    """What :mod:`http.client` needs of a socket, each part of it within the deadline."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def sendall(self, data: bytes) -> None:
        self._sock.settimeout(self._deadline.left())
        self._sock.sendall(data)

    def makefile(self, *_: object) -> io.BufferedReader:
        return reader(self._sock, self._deadline)

    def close(self) -> None:
        self._sock.close()
