"""A file of settings as text: written so that two can be compared, read whole or refused with a line."""

from __future__ import annotations

import json
from dataclasses import dataclass

import msgspec

from core.errors import InputError
from core.settings_file.entries import FORMAT, VERSION, SettingsFile
from core.settings_file.lines import Lines, lines_of

MOST_BYTES = 20_000_000
UNCHANGED = "Nothing was changed."


@dataclass(frozen=True)
class ReadFile:
    """What a file says, and in which line."""

    content: SettingsFile
    lines: Lines

    def fault(self, path: str, error: InputError) -> InputError:
        """What is wrong with the value at a path."""
        return refused(self.lines.of(path), error.happened, error.remedy)


def encoded(content: SettingsFile) -> bytes:
    """UTF-8, indented; the same settings are always the same bytes."""
    return msgspec.json.format(msgspec.json.encode(content, order="deterministic"), indent=2) + b"\n"


def decoded(data: bytes) -> ReadFile:
    """Read a file.

    Raises:
        InputError: too large, not JSON, not ours, of a later version, or of a wrong shape.
    """
    if len(data) > MOST_BYTES:
        raise refused(
            1, f"The file is larger than {MOST_BYTES // 10**6} MB.", "A file of settings is far smaller."
        )
    text, raw = _json(data)
    lines = lines_of(text)
    _require_ours(raw, lines)
    try:
        return ReadFile(msgspec.convert(raw, SettingsFile), lines)
    except msgspec.ValidationError as error:
        raise refused(lines.of_fault(str(error)), f"{str(error)[:300]}.") from None


def _json(data: bytes) -> tuple[str, object]:
    try:
        text = data.decode("utf-8-sig")
        return text, json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except UnicodeDecodeError as error:
        raise refused(data[: error.start].count(b"\n") + 1, "This is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise refused(error.lineno, f"This is not JSON: {error.msg}.") from None
    except RecursionError:
        raise refused(1, "This is nested too deeply.") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose fields are each there once: of two, one would be lost without a word."""
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise refused(None, f"The field {twice[:60]!r} stands twice in one object.")
    return dict(pairs)


def _no_number(word: str) -> object:
    raise refused(None, f"{word} is no number.")


def _require_ours(raw: object, lines: Lines) -> None:
    if not isinstance(raw, dict) or raw.get("format") != FORMAT:
        raise refused(
            lines.of("$.format"), "This is not a file of Token Ledger's settings.",
            "Choose one that “export-settings” wrote.",
        )  # fmt: skip
    version = raw.get("version")
    if type(version) is int and version > VERSION:
        raise refused(
            lines.of("$.version"),
            f"The file has version {str(version)[:20]} of the format; this program reads up to {VERSION}.",
            "Update Token Ledger, then apply it again.",
        )
    if type(version) is not int or version != VERSION:
        raise refused(lines.of("$.version"), "The file does not say which version of the format it has.")


def refused(line: int | None, happened: str, remedy: str = "") -> InputError:
    """``line`` None: not known."""
    at = "" if line is None else f"Line {line}: "
    return InputError(f"{at}{happened}", field="file", means=UNCHANGED, remedy=remedy)
