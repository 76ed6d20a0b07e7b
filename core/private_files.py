"""Files that only their owner reads."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def keep_private() -> None:
    """What this process and its children write from now on is their owner's only, whatever the umask was.

    A crash leaves no image of their memory, which holds keys in the clear.
    """
    os.umask(0o077)
    with suppress(ImportError, OSError, ValueError):  # where a system knows no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def make_folder(path: Path) -> None:
    """A folder that only its owner enters. One in other use keeps its mode."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if all(entry.name.startswith(".") for entry in path.iterdir()):
        path.chmod(0o700)


def make_once(path: Path, content: Callable[[], bytes]) -> None:
    """Write a new file of mode 0600, unless it is there; raises OSError where that is impossible."""
    make_folder(path.parent)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(content())
        file.flush()
        os.fsync(file.fileno())


def write_whole(path: Path, content: bytes) -> None:
    """Put a file of mode 0600 in the place of what is there, all of it or nothing."""
    part = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    part.unlink(missing_ok=True)
    make_once(part, lambda: content)
    part.replace(path)


def replace_readable(path: Path, content: bytes) -> None:
    """As :func:`write_whole`, for a file that other programs of this machine are to read: mode 0644."""
    part = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o644)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read_made(path: Path) -> bytes:
    """The content of a file that :func:`make_once` made, in this process or in another this instant."""
    for _ in range(20):  # it may be there and not yet filled
        content = path.read_bytes()
        if content:
            return content
        time.sleep(0.05)
    return b""
