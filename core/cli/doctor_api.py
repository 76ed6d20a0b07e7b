"""What was assumed of a service and what was seen of it, as a table, as JSON and as a report to share."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from core import __version__
from core.cli import codes
from core.errors import ApiError, AuthenticationError, ClockError, NetworkError
from core.probe.bodies import Row
from core.probe.harmless import masked, private_texts
from core.probe.walk import Walk
from core.settings import Settings

_WIDTHS = (13, 28, 23, 33)
_HEADS = ("", "what", "assumed", "seen")
_ENDED: dict[type[ApiError], str] = {
    AuthenticationError: "the key was refused",
    ClockError: "this machine's clock is wrong",
    NetworkError: "no answer came",
    ApiError: "nothing more could be asked",
}
_PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "–": "-", "—": "-"})


def exit_code(walks: Sequence[Walk]) -> int:
    """0 where all that matters is as assumed, 1 where not, 2 where a key was refused."""
    if any(isinstance(walk.stopped, AuthenticationError) for walk in walks):
        return codes.WRONG
    return codes.PARTLY if any(walk.off or walk.stopped for walk in walks) else codes.DONE


def table(walk: Walk) -> str:
    """For the eyes of whoever runs this: what was said stands as it came, keys apart."""
    head = f"{walk.connection.name}, {walk.connection.origin.value}: {walk.requests} requests"
    lines = [*_lines(head, walk, _quoted), *([str(walk.stopped)] if walk.stopped else [])]
    return "\n".join(_plain(line) for line in lines) + "\n"


def json_lines(walk: Walk) -> Iterator[str]:
    """A line for each assumption, and one for a walk that ended early."""
    for row in walk.rows:
        yield json.dumps(
            {
                "connection": walk.connection.name,
                "what": row.name,
                "assumed": row.assumed,
                "seen": row.seen.words,
                "said": row.seen.quote,
                "verdict": row.seen.verdict.value,
                "matters": row.matters,
            },
            ensure_ascii=False,
        )
    if walk.stopped:
        yield json.dumps(
            {"connection": walk.connection.name, "stopped": str(walk.stopped)}, ensure_ascii=False
        )


@dataclass(frozen=True)
class Report:
    """What can be pasted into a bug report: no name, id, e-mail, key, amount or count of anything used."""

    walks: Sequence[Walk]
    settings: Settings
    today: date

    def text(self) -> str:
        lines = [
            f"Token Ledger {__version__}, {self.today}: the service beside what is assumed of it",
            f"anthropic-version {self.settings.anthropic_version}; GET only; no names, ids or amounts",
        ]
        private = {text for walk in self.walks for text in _private(walk)}
        for number, walk in enumerate(self.walks, 1):
            head = f"Connection {number}, {walk.connection.origin.value}: {walk.requests} requests"
            lines += ["", *_lines(head, walk, lambda row: _masked(row, private))]
        return "\n".join(_plain(line) for line in lines) + "\n"


def _private(walk: Walk) -> Iterator[str]:
    known = walk.connection
    yield from (known.name, known.organization_id, known.organization_name or "", known.key_hint)
    for body in walk.bodies:
        yield from private_texts(body)


def _lines(head: str, walk: Walk, seen: Callable[[Row], str]) -> Iterator[str]:
    yield head
    yield from _wrapped(_HEADS)
    yield "-" * (sum(_WIDTHS) + len(_WIDTHS) - 1)
    for row in walk.rows:
        mark = f"{row.seen.verdict.value} !" if row.matters else row.seen.verdict.value
        yield from _wrapped((mark, row.name, row.assumed, seen(row)))
    yield _conclusion(walk)


def _conclusion(walk: Walk) -> str:
    if walk.stopped:
        # What an error says may name an organization: here stands its kind alone.
        kinds = (kind for kind in _ENDED if isinstance(walk.stopped, kind))
        return f"Ended early: {_ENDED[next(kinds)]}."
    if not walk.off:
        return "All that matters is as assumed."
    return f"! marks what matters and is not as assumed ({len(walk.off)}): numbers may be missing or wrong."


def _wrapped(cells: Sequence[str]) -> Iterator[str]:
    """One row over as many lines as its longest cell needs."""
    columns = [
        textwrap.wrap(_plain(cell), width, break_on_hyphens=False)
        for cell, width in zip(cells, _WIDTHS, strict=True)
    ]
    for parts in zip_longest(*columns, fillvalue=""):
        yield " ".join(part.ljust(width) for part, width in zip(parts, _WIDTHS, strict=True)).rstrip()


def _plain(text: str) -> str:
    """ASCII, for terminals and forms that know no more."""
    return text.translate(_PLAIN).encode("ascii", "replace").decode()


def _quoted(row: Row) -> str:
    return f'{row.seen.words}: "{row.seen.quote}"' if row.seen.quote else row.seen.words


def _masked(row: Row, private: set[str]) -> str:
    return f'{row.seen.words}: "{masked(row.seen.quote, private)}"' if row.seen.quote else row.seen.words
