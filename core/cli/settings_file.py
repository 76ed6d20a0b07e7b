"""The commands that write what people set up into a file, and apply such a file."""

from __future__ import annotations

import argparse
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from core.cli import codes
from core.cli.printing import print_json
from core.clock import utc_now
from core.errors import InputError, StoreError
from core.settings import from_environment
from core.settings_file.applying import Step, Verb, applied, counted, exported
from core.settings_file.form import UNCHANGED, decoded, encoded
from core.store.audit import COMMAND_LINE, Action, record
from core.store.database import database
from core.store.secrets import Vault

if TYPE_CHECKING:
    _Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]

_STANDARD = Path("-")
_DONE = {Verb.ADD: "added", Verb.CHANGE: "changed", Verb.DELETE: "deleted"}
_SIGNS = {Verb.ADD: "+", Verb.CHANGE: "~", Verb.DELETE: "-", Verb.LEAVE: "="}


def export_settings(given: Namespace) -> int:
    """Write all that people set up, without secrets."""
    with database(from_environment()) as db:
        content = encoded(exported(db))
    if given.file == _STANDARD:
        sys.stdout.write(content.decode())
        return codes.DONE
    try:
        given.file.write_bytes(content)
    except OSError as error:
        raise StoreError(f"{given.file} cannot be written: {error.strerror or error}.") from error
    sys.stdout.write(f"Wrote {given.file}, without secrets.\n")
    return codes.DONE


def apply(given: Namespace) -> int:
    """Bring what is stored up to a file, or only say what that would change."""
    file, settings = decoded(_read(given.file)), from_environment()
    with database(settings) as db:
        steps = applied(
            db, Vault(settings), file, utc_now(), prune=given.prune, only_try=given.dry_run
        )  # fmt: skip
        if not given.dry_run:
            record(db, COMMAND_LINE, Action.APPLIED, _sum(steps, only_tried=False).strip(), utc_now())
    if given.json:
        print_json({"applied": not given.dry_run, "changes": list(map(_step, steps))})
        return codes.DONE
    sys.stdout.writelines(f"{_line(step)}\n" for step in steps)
    sys.stdout.write(_sum(steps, only_tried=given.dry_run))
    return codes.DONE


def _read(file: Path) -> bytes:
    if file == _STANDARD:
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        says = f"{file} cannot be read: {error.strerror or error}."
        raise InputError(says, field="file", means=UNCHANGED) from error


def _line(step: Step) -> str:
    words = [f"{_SIGNS[step.verb]} {step.word} “{step.called}”"]
    if step.fields:
        words.append(f": {', '.join(step.fields)}")
    if step.verb is Verb.LEAVE:
        words.append(" is not in the file, and stays (--prune deletes it)")
    return "".join(words) + (f" ({step.note})" if step.note else "")


def _sum(steps: list[Step], *, only_tried: bool) -> str:
    number = counted(steps)
    parts = [
        f"{number[verb]} {'to ' + verb if only_tried else word}"
        for verb, word in _DONE.items()
        if number[verb]
    ]
    if not parts:
        return "Nothing to change.\n"
    return f"{', '.join(parts)}.{' Nothing was changed: a dry run.' * only_tried}\n"


def _step(step: Step) -> dict[str, object]:
    return {
        "verb": step.verb.value,
        "kind": step.word,
        "name": step.called,
        "fields": list(step.fields),
        "note": step.note or None,
    }


def add_settings_file(into: _Commands) -> None:
    """The words of both commands."""
    parser = into.add_parser(
        "export-settings",
        help="plans, rules, channels, quiet hours, views, dashboards and notes as a file, without secrets",
        description="Write what people set up as a JSON file that can be kept under version control, "
        "compared and applied: plans, rules, channels without their secrets, digests, quiet hours, views, "
        "filters, dashboards, annotations, muted series.",
    )
    parser.add_argument(
        "file", type=Path, metavar="FILE", nargs="?", default=_STANDARD, help="default: standard output"
    )
    parser.set_defaults(run=export_settings)
    parser = into.add_parser(
        "apply",
        help="bring what people set up to what such a file says",
        description="Bring plans, rules, channels, digests, quiet hours, views, filters, dashboards, "
        "annotations and muted series up to a file that “export-settings” wrote, or that was edited: all of "
        "it or nothing, in one transaction. "
        "What is not in the file stays, unless --prune is given.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the file; - is standard input")
    parser.add_argument("--dry-run", action="store_true", help="only say what would change")
    parser.add_argument("--prune", action="store_true", help="delete what is not in the parts the file has")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=apply)
