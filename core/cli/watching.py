"""The commands that tell what is unusual and what people noted."""

from __future__ import annotations

import sys
from argparse import Namespace
from datetime import date

from sqlite_utils import Database

from core import follow_up
from core.cli import codes
from core.cli.printing import print_json
from core.clock import rfc3339, utc_now
from core.errors import InputError, StoreError
from core.explore.labels import filter_param, parse_filters
from core.money import usd_decimal
from core.settings import Settings, from_environment
from core.store import findings
from core.store.annotations import Annotation, add_annotation, delete_annotation, list_annotations
from core.store.database import database
from core.store.findings import Finding
from core.watch import words
from core.watch.evaluate import params_of


def anomalies(given: Namespace) -> int:
    """Look through the ledger, answer what was asked to be answered, and list."""
    if given.action != "list" and not given.which:
        raise InputError(f"“anomalies {given.action}” needs a number.", remedy="List them to see which.")
    settings = from_environment()
    code = _looked(settings)
    with database(settings) as db:
        if given.action != "list":
            _ANSWERS[given.action](db, given)
        listed = findings.list_findings(db) if given.all else findings.open_findings(db)
        muted = findings.muted_series(db) if given.all else {}
    if given.json:
        print_json([_finding(finding) for finding in listed])
        return code
    sys.stdout.writelines(f"{_line(finding)}\n" for finding in listed)
    sys.stdout.writelines(f"Muted: {words.series_name(key, label)}\n" for key, label in muted.items())
    if not listed:
        sys.stdout.write("Nothing is unusual.\n" if code == codes.DONE else "Nothing is stored.\n")
    return code


def _looked(settings: Settings) -> int:
    """Where nothing can be stored, what was found before is listed all the same."""
    try:
        follow_up.look_for_anomalies(settings)
    except StoreError as error:
        sys.stderr.write(f"{error}\n")
        return codes.PARTLY
    return codes.DONE


def _acknowledge(db: Database, given: Namespace) -> None:
    findings.acknowledge(db, _number(given.which, "anomaly"))


def _expect(db: Database, given: Namespace) -> None:
    if not given.note:
        raise InputError("“anomalies expect” needs --note.", remedy="Say in a few words why it had to be so.")
    finding = findings.get_finding(db, _number(given.which, "anomaly"))
    findings.mark_expected(db, finding.id, given.note, params_of(finding.now.key), utc_now())


def _mute(db: Database, given: Namespace) -> None:
    now = findings.get_finding(db, _number(given.which, "anomaly")).now
    findings.mute(db, now.key, now.label, utc_now())


def _unmute(db: Database, given: Namespace) -> None:
    """A series by its name, as it is listed or alone, or by the number of an anomaly of it."""
    muted = findings.muted_series(db)
    called = [key for key, label in muted.items() if given.which in (label, words.series_name(key, label))]
    if len(called) > 1:
        names = ", ".join(f"“{words.series_name(key, muted[key])}”" for key in called)
        raise InputError(f"Several muted series are called “{given.which}”.", remedy=f"Name one of {names}.")
    if not called and given.which.isdecimal():
        called = [findings.get_finding(db, _number(given.which, "anomaly")).now.key]
    if not any(key in muted for key in called):
        raise InputError(f"No muted series is “{given.which}”.", remedy="“anomalies --all” lists them.")
    findings.unmute(db, called[0])


_ANSWERS = {"acknowledge": _acknowledge, "expect": _expect, "mute": _mute, "unmute": _unmute}
ANSWERS = ("list", *_ANSWERS)


def _number(text: str, what: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise InputError(f"“{text}” is no number of an {what}.", remedy="List them to see which are.")
    return int(text)


def _line(finding: Finding) -> str:
    state = "muted" if finding.muted else finding.state.value
    return f"{finding.id:>4}  {state:<12}  {words.sentence(finding.now)}"


def _finding(finding: Finding) -> dict[str, object]:
    now, difference = finding.now, words.difference_usd(finding.now)
    return {
        "id": finding.id,
        "state": finding.state.value,
        "muted": finding.muted,
        "kind": now.kind,
        "dimension": now.key.dimension or None,
        "value": now.key.value,
        "label": now.label,
        "first_day": now.first.isoformat(),
        "last_day": now.last.isoformat(),
        "found_day": now.found_on.isoformat(),
        "found_at": rfc3339(finding.found_at),
        "unit": {"cache": "millionths", "tokens": "tokens"}.get(now.unit, "microcents"),
        "expected": now.expected,
        "actual": now.actual,
        "difference_usd": None if difference is None else usd_decimal(difference),
        "carriers": [
            {
                "dimension": part.key.dimension,
                "value": part.key.value,
                "label": part.label,
                "share": part.share,
            }
            for part in now.carriers
        ],
        "note": finding.note,
        "says": words.sentence(now),
    }


def notes(given: Namespace) -> int:
    """Add a note or delete one, and list."""
    with database(from_environment()) as db:
        if given.action != "list":
            _NOTED[given.action](db, given)
        kept = list_annotations(db)
    if given.json:
        print_json([_note(note) for note in kept])
    else:
        sys.stdout.writelines(f"{note.id:>4}  {note.first} to {note.last}  {note.text}\n" for note in kept)
    return codes.DONE


def _add(db: Database, given: Namespace) -> None:
    if given.start is None or not given.which:
        says = "“annotations add” needs a text and --from."
        raise InputError(says, remedy="Name the day, and with --last a later one.")
    last: date = given.last or given.start
    scope = dict(map(filter_param, parse_filters(given.where)))
    add_annotation(db, given.start, last, given.which, scope, utc_now())


def _delete(db: Database, given: Namespace) -> None:
    number = _number(given.which or "", "annotation")
    if number not in [note.id for note in list_annotations(db)]:
        raise InputError(f"There is no annotation of the number {number}.", remedy="List them to see which.")
    delete_annotation(db, number)


_NOTED = {"add": _add, "delete": _delete}
NOTES = ("list", *_NOTED)


def _note(note: Annotation) -> dict[str, object]:
    return {
        "id": note.id,
        "first_day": note.first.isoformat(),
        "last_day": note.last.isoformat(),
        "text": note.text,
        "scope": note.scope,
    }
