"""A dashboard as a JSON file: which views, how they are laid out. No data, no keys.

The format is written down in docs/dashboard-files.md. A file comes from a stranger: it is read whole or
refused whole, with the reason in a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec

from core.errors import InputError
from core.explore.links import from_params, to_params
from core.store.dashboards import MOST_TILES, TEXT, TileLook
from core.store.given_names import usable_name, usable_text
from core.store.saved_views import ViewContent, params_text

FORMAT = "token-ledger-dashboard"
VERSION = 1
MOST_BYTES = 1_000_000

Measures = Mapping[str, tuple[str, ...]]
"""The explorers' pages, each with the measures it offers."""

_UNCHANGED = "Nothing was imported."
_SOME_DAY = date(2020, 1, 1)
"""Stands for today where only the form of a view is looked at."""


class FileView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A saved view; tiles name it by ``name``."""

    name: str
    page: str
    parameters: dict[str, list[str]]

    @property
    def content(self) -> ViewContent:
        return ViewContent(self.page, dict(self.parameters))


class FileTile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A tile: the name of its view, or its text, and how it is shown."""

    view: str = ""
    kind: str
    width: str
    height: str
    range: str = "shared"
    title: str = ""
    text: str = ""

    @property
    def look(self) -> TileLook:
        """Raises InputError for an unknown kind, width, height or range."""
        return TileLook(self.kind, self.width, self.height, self.range, self.title)


class BoardFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A whole file."""

    format: str = FORMAT
    version: int = VERSION
    name: str
    views: tuple[FileView, ...]
    tiles: tuple[FileTile, ...]


# msgspec prepares a type when it first meets it, and two threads that do so at once crash: so here.
msgspec.json.Decoder(BoardFile)


def encoded(file: BoardFile) -> bytes:
    """The file's bytes: UTF-8, indented, so that two versions can be compared."""
    return msgspec.json.format(msgspec.json.encode(file), indent=2) + b"\n"


def decoded(content: bytes, measures: Measures) -> BoardFile:
    """Read a file and check everything it says.

    Raises:
        InputError: too large, not JSON, not a dashboard, from a newer version, of a wrong shape, or naming
            what there is not.
    """
    if len(content) > MOST_BYTES:
        raise _refused(
            f"The file is larger than {MOST_BYTES // 10**6} MB", "A dashboard's file is far smaller."
        )
    file = _shaped(_ours(_json(content)))
    try:
        _check_names(file)
    except InputError as error:
        raise InputError(error.happened, field="file", means=_UNCHANGED, remedy=error.remedy) from None
    for view in file.views:
        _check_view(view, measures)
    return file


def problems(content: ViewContent, measures: Measures) -> list[str]:
    """What of a view cannot be read today, in sentences; empty where all of it can."""
    if content.page not in measures:
        known = ", ".join(measures)
        return [f"There is no explorer called {content.page[:60]!r}; there are: {known}."]
    query, display, faults = from_params(content.params, today=_SOME_DAY, measures=measures[content.page][:1])
    if faults:
        return faults
    if len(query.measures) != 1 or query.measures[0] not in measures[content.page]:
        return [f"The {content.page} page shows one measure, of: {', '.join(measures[content.page])}."]
    given = {name for name, texts in content.params.items() if texts}
    unknown = sorted(given - set(to_params(query, display)))
    return [f"There is no parameter called {unknown[0][:60]!r}."] if unknown else []


def _json(content: bytes) -> object:
    try:
        return msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _refused(
            "This file is not JSON", "Choose a file that was made with Export on a dashboard."
        ) from None


def _ours(raw: object) -> dict[str, object]:
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise _refused(
            "This JSON file is not a dashboard of Token Ledger",
            "Choose a file that was made with Export on a dashboard.",
        )
    version = raw.get("version")
    if type(version) is int and version > VERSION:
        raise _refused(
            f"The file has version {str(version)[:20]} of the format, and this program reads up to {VERSION}",
            "Update Token Ledger, then import it again.",
        )
    if version is True or version != VERSION:
        raise _refused("The file does not say which version of the format it has", "Export it again.")
    return raw


def _shaped(raw: dict[str, object]) -> BoardFile:
    try:
        return msgspec.convert(raw, BoardFile)
    except msgspec.ValidationError as error:
        raise _refused(f"The file is not as it should be: {str(error)[:200]}", "") from None


def _check_names(file: BoardFile) -> None:
    """Names that can be given, each view once, each tile of a view that is there."""
    usable_name(file.name, "name of the dashboard in the file")
    if len(file.tiles) > MOST_TILES or len(file.views) > MOST_TILES:
        raise _refused(f"The file has more than {MOST_TILES} tiles or views", "")
    names: list[str] = []
    for view in file.views:
        names.append(usable_name(view.name, "name of a view in the file", names))
        params_text(view.parameters)  # before they are read: a long list of rubbish takes seconds
    for tile in file.tiles:
        check_tile(tile, {view.name for view in file.views})


def check_tile(tile: FileTile, names: Iterable[str]) -> None:
    """One of the views, or a text, and never both.

    Raises:
        InputError: the tile is otherwise, or its look or text is none.
    """
    _ = tile.look
    if tile.kind == TEXT:
        usable_text(tile.text)
    elif tile.view not in names:
        raise _refused(f"A tile shows a view “{tile.view[:60]}” that is not in the file", "")
    if bool(tile.view) is (tile.kind == TEXT) or bool(tile.text) is not (tile.kind == TEXT):
        raise _refused("A tile has a view, or is of the kind text and has a text", "")


def _check_view(view: FileView, measures: Measures) -> None:
    for problem in problems(view.content, measures):
        raise _refused(f"The view “{view.name[:60]}” cannot be read: {problem.rstrip('.')}", "")


def _refused(happened: str, remedy: str) -> InputError:
    return InputError(f"{happened}.", field="file", means=_UNCHANGED, remedy=remedy)


def quoted_words(words: Iterable[str]) -> str:
    """``“A”, “B” and “C”``; at least one."""
    *early, last = [f"“{word}”" for word in words]
    return f"{', '.join(early)} and {last}" if early else last
