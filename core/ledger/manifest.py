"""The ledger's manifest: which files make up the ledger as of one revision, and whose they are.

``manifest.json`` is all that a reader needs beside the files it names. It names them relative to its own
folder, so the folder can be moved, copied or served. It is renamed into place once all of them are whole;
whoever read it finds them for ten minutes after another took its place.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from core.dimensions import Origin
from core.ledger.layout import MANIFEST

FORMAT_VERSION = 1
"""Raised when a reader of the format before would read something wrong."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A Parquet file. ``checksum`` is None where an earlier version kept none."""

    uri: str
    rows: int
    bytes: int
    checksum: str | None


class MonthEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A connection's month, ``2026-10``, from its first day with rows to its last.

    ``rollups``: the same rows added up, by the name of the rollup; none where there are few rows. ``lacks``:
    columns of the ledger that the file, written by an earlier version, does not have: they are unknown.
    """

    connection_id: int
    month: str
    first_day: str
    last_day: str
    schema_version: int
    rows: Part
    rollups: dict[str, Part]
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConnectionInfo:
    """A connection as readers of the ledger need it: without key or dates."""

    id: int
    cost_center: str
    organization_id: str
    organization_name: str | None
    origin: Origin
    demo: bool

    @property
    def organization(self) -> str:
        """The name, or the id where the API tells none."""
        return self.organization_name or self.organization_id


class NamesakeEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A name in the rows that reads otherwise, with the label that only its bearer has."""

    dimension: str
    connection_id: int
    id: str | None
    name: str | None
    label: str


class ListEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace, API key or user as its list has it: ``dimension`` is that of its id.

    ``values``: dimension -> value; what the list does not say is missing. ``id`` is None for the default
    workspace, which rows have no id of; it is there under its own id too.
    """

    dimension: str
    connection_id: int
    id: str | None
    name: str
    values: dict[str, str]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """``persons``: user id -> the e-mail of a person who has several ids."""

    format_version: int
    revision: int
    schema_version: int
    connections: tuple[ConnectionInfo, ...]
    files: tuple[MonthEntry, ...]
    namesakes: tuple[NamesakeEntry, ...]
    persons: dict[str, str]
    lists: tuple[ListEntry, ...]


_MANIFEST = msgspec.json.Decoder(Manifest)
_ROLLUPS = msgspec.json.Decoder(dict[str, Part])
"""Made at once: two threads that prepare a type at the same moment crash the process."""


def rollups_of(content: str) -> dict[str, Part]:
    """A month's rollups by name, as the books keep them."""
    return _ROLLUPS.decode(content)


def uris(manifest: Manifest) -> frozenset[str]:
    """All files that a manifest names."""
    return frozenset(part.uri for entry in manifest.files for part in (entry.rows, *entry.rollups.values()))


def encoded(manifest: Manifest) -> bytes:
    """As the file's content: JSON that people can read too."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def decoded(content: bytes) -> Manifest | None:
    """None where it is not a manifest, or one of another format."""
    try:
        manifest = _MANIFEST.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return manifest if manifest.format_version == FORMAT_VERSION else None


def read_content(ledger_dir: Path) -> bytes | None:
    """The manifest's file as it stands; None where there is none or it cannot be read."""
    try:
        return (ledger_dir / MANIFEST).read_bytes()
    except OSError:
        return None


def replace_manifest(ledger_dir: Path, content: bytes) -> None:
    """Put a new manifest in place of the one before, in one step.

    Raises:
        OSError: the disk or the folder refuses.
    """
    beside = ledger_dir / f"{MANIFEST}.{os.getpid()}.tmp"
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(ledger_dir / MANIFEST)
