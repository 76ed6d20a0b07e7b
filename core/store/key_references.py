"""API keys that are kept elsewhere: a variable of the environment or a file, read at each use, never stored.

A reference is ``env:NAME`` or ``file:/path``. It is shown; what it leads to is not, nor any part of it.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from core.errors import InputError, SecretKeyError

_PREFIXES = ("env:", "file:")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
_SENDABLE_KEY = re.compile(r"sk-ant-[\x21-\x7e]+")
_LONGEST = 4096
"""Bytes that are read of a file: more than any key has."""


def is_reference(text: str) -> bool:
    """Whether a text says where a key is, rather than being one."""
    return text.startswith(_PREFIXES)


def key_behind(reference: str, environ: Mapping[str, str] = os.environ) -> str:
    """The key that a reference leads to now.

    Raises:
        InputError: the reference is none.
        SecretKeyError: there is no key where it leads to.
    """
    kind, _, place = reference.partition(":")
    key = _of_variable(place, environ) if kind == "env" else _of_file(place)
    if not _SENDABLE_KEY.fullmatch(key):
        raise SecretKeyError(
            f"What {reference} leads to is not an API key.",
            means="Nothing of it was sent, and nothing is shown.",
            remedy="Put the key there, alone and whole: it begins with sk-ant-.",
        )
    return key


def _of_variable(name: str, environ: Mapping[str, str]) -> str:
    if not _NAME.fullmatch(name):
        raise _malformed("env:", "the name of a variable", "env:ANTHROPIC_ADMIN_KEY")
    if not environ.get(name, "").strip():
        raise SecretKeyError(
            f"The variable {name}, which should hold the API key, is not set.",
            means="The key is read from it at each use.",
            remedy=f"Set {name} where the app and where syncs are started, and start the app again.",
        )
    return environ[name].strip()


def _of_file(place: str) -> str:
    if not place.startswith("/") or "\0" in place:
        raise _malformed("file:", "a whole path", "file:/run/secrets/admin_key")
    try:
        return _content(Path(place)).decode("ascii").strip()
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
    except UnicodeDecodeError:
        return ""
    raise SecretKeyError(
        f"The file {place}, which should hold the API key, cannot be read: {reason}.",
        means="The key is read from it at each use.",
        remedy="Put the file there, readable by the account that runs the app and syncs.",
    )


def _content(path: Path) -> bytes:
    """Of a plain file: a device or a pipe might never end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "It is not a file")
        return file.read(_LONGEST)


def _malformed(prefix: str, what: str, like: str) -> InputError:
    return InputError(f"After {prefix} comes {what}.", field="api_key", remedy=f"Write it like {like}.")
