"""From JSON to records, safely from many threads, and without losing an answer to one bad name.

msgspec prepares a type when it is first decoded, and two threads that do so at once crash the process. So a
type's decoder is made once, by one thread at a time; decoding itself needs no lock.
"""

from __future__ import annotations

import re
import threading
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

FAILURES = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What :func:`decode` raises for what is not JSON, or not of the kind."""

_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
_making = threading.Lock()

_ESCAPE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair: one character
    rb"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|(?P<bare>\xed[\xa0-\xbf][\x80-\xbf])"
    rb"|\\.",  # any other escape, a backslash of its own among them
    re.DOTALL,
)
_STANDS_FOR_IT = {"lone": rb"\ufffd", "bare": b"\xef\xbf\xbd"}


def decoder_of(kind: type[T]) -> msgspec.json.Decoder[T]:
    """The one decoder of a msgspec type."""
    decoder = _decoders.get(kind)
    if decoder is None:
        with _making:
            decoder = _decoders.get(kind) or _decoders.setdefault(kind, msgspec.json.Decoder(kind))
    return decoder


def decode(content: bytes | bytearray | msgspec.Raw, kind: type[T]) -> T:
    """Read JSON as a msgspec type. Half a surrogate pair, which no text can hold, becomes U+FFFD.

    Raises:
        msgspec.ValidationError: JSON of another form than the type's.
        msgspec.DecodeError, UnicodeDecodeError, RecursionError: not JSON.
    """
    decoder = decoder_of(kind)
    try:
        return decoder.decode(content)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        mended = _ESCAPE.sub(_mended, bytes(content))
        if mended == bytes(content):
            raise
    return decoder.decode(mended)


def _mended(match: re.Match[bytes]) -> bytes:
    return _STANDS_FOR_IT.get(match.lastgroup or "", match[0])
