"""What was found to be unusual, and what people said of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlite_utils import Database

from core.clock import rfc3339
from core.errors import InputError
from core.periods import Period
from core.store.annotations import add_annotation
from core.store.columns import stored_instant
from core.store.database import insert, writing
from core.store.saved_views import Params

_NEAR = timedelta(days=7)
"""A finding whose days moved by no more than this is the same one."""


class FindingState(StrEnum):
    """``withdrawn``: its days were revised, and are not unusual any more."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    EXPECTED = "expected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class SeriesKey:
    """A value of a dimension, or why there is none (``empty``); no dimension: all there is."""

    dimension: str
    value: str | None
    empty: str | None = None


@dataclass(frozen=True)
class Part:
    """A value of another dimension: the part of the difference that it moved, None where nobody asked."""

    key: SeriesKey
    label: str
    share: float | None = None


@dataclass(frozen=True)
class FoundNow:
    """A finding as the ledger tells it now.

    ``expected`` and ``actual``: over all its days, in micro-cents or tokens as ``unit`` says; of a ratio
    (the cache hit rate) a usual day's, in millionths.
    """

    key: SeriesKey
    label: str
    kind: str
    unit: str
    sign: int
    first: date
    last: date
    found_on: date
    expected: int
    actual: int
    carriers: tuple[Part, ...] = ()
    along: tuple[Part, ...] = ()

    @property
    def difference(self) -> int:
        return self.actual - self.expected


@dataclass(frozen=True)
class Finding:
    """A finding that is kept. ``found_at``: when it was first told."""

    id: int
    now: FoundNow
    state: FindingState
    note: str
    muted: bool
    found_at: datetime

    @property
    def is_open(self) -> bool:
        """Nobody has answered it yet, and its series is not muted."""
        return self.state is FindingState.OPEN and not self.muted


def keep_findings(db: Database, current: Iterable[FoundNow], since: date, at: datetime) -> None:
    """Bring what is kept in line with what is found now in the days from ``since`` on.

    One that is there already keeps what people said of it; one that is gone is withdrawn.
    """
    with writing(db):
        kept = [finding for finding in list_findings(db) if finding.now.last >= since]
        for now in current:
            same = next((finding for finding in kept if _is_same(finding.now, now)), None)
            if same is None:
                insert(db, "findings", {**_columns(now), "state": FindingState.OPEN, "found_at": rfc3339(at)})
            else:
                kept.remove(same)
                back = same.state is FindingState.WITHDRAWN
                state = FindingState.OPEN if back else same.state
                db.table("findings").update(same.id, {**_columns(now), "state": state})
        for gone in kept:
            if gone.state is not FindingState.EXPECTED:
                db.table("findings").update(gone.id, {"state": FindingState.WITHDRAWN})


def _is_same(kept: FoundNow, now: FoundNow) -> bool:
    if (kept.unit, kept.sign) != (now.unit, now.sign):
        return False
    if kept.first > now.last + _NEAR or now.first > kept.last + _NEAR:
        return False
    return kept.key == now.key or any(part.key == kept.key for part in now.along)


def forget_findings(db: Database) -> None:
    """All, and what was muted: a connection goes whose names and days they hold.

    What remains unusual is found again at the next look.
    """
    db.execute("DELETE FROM findings")
    db.execute("DELETE FROM muted_series")


def list_findings(db: Database) -> list[Finding]:
    """All of them, the latest first."""
    muted = muted_series(db)
    rows = db.query("SELECT * FROM findings ORDER BY first_day DESC, id DESC")
    return [_finding(row, muted) for row in rows]


def open_findings(db: Database) -> list[Finding]:
    """Those that nobody has answered yet, of series that are not muted."""
    return [finding for finding in list_findings(db) if finding.is_open]


def told_findings(db: Database, days: Period) -> list[Finding]:
    """Those that have any of ``days`` and are open or expected, the latest first.

    What is acknowledged, muted or withdrawn is left in peace.
    """
    muted = muted_series(db)
    rows = db.query(
        "SELECT * FROM findings WHERE state IN (:open, :expected) "
        "AND first_day < :end AND last_day >= :start ORDER BY first_day DESC, id DESC",
        {
            "open": FindingState.OPEN,
            "expected": FindingState.EXPECTED,
            "start": days.start.isoformat(),
            "end": days.end.isoformat(),
        },
    )
    findings = (_finding(row, muted) for row in rows)
    return [finding for finding in findings if finding.is_open or finding.state is FindingState.EXPECTED]


def get_finding(db: Database, finding_id: int) -> Finding:
    """Raises InputError when there is none."""
    for finding in list_findings(db):
        if finding.id == finding_id:
            return finding
    raise InputError(
        f"There is no anomaly of the number {finding_id}.",
        field="anomaly",
        remedy="List them to see which are.",
    )


def acknowledge(db: Database, finding_id: int) -> None:
    """Somebody has seen it. Raises InputError when there is none."""
    _answer(db, finding_id, FindingState.ACKNOWLEDGED, "")


def mark_expected(db: Database, finding_id: int, note: str, scope: Params, at: datetime) -> None:
    """Say that it had to be so, and why: the note becomes an annotation of its days, within ``scope``.

    Raises:
        InputError: there is no such finding, or the note is empty or too long.
    """
    with writing(db):
        now = get_finding(db, finding_id).now
        add_annotation(db, now.first, now.last, note, scope, at)
        _answer(db, finding_id, FindingState.EXPECTED, note.strip())


def _answer(db: Database, finding_id: int, state: FindingState, note: str) -> None:
    with writing(db):
        get_finding(db, finding_id)
        db.table("findings").update(finding_id, {"state": state, "note": note})


def mute(db: Database, key: SeriesKey, label: str, at: datetime) -> None:
    """Say nothing of a series any more, until :func:`unmute`."""
    if key not in muted_series(db):
        insert(db, "muted_series", {**_key_columns(key), "label": label, "muted_at": rfc3339(at)})


def unmute(db: Database, key: SeriesKey) -> None:
    """Nothing where it is not muted."""
    with writing(db):
        db.execute(
            "DELETE FROM muted_series WHERE dimension = :dimension AND value IS :value AND empty IS :empty",
            _key_columns(key),
        )


def muted_series(db: Database) -> dict[SeriesKey, str]:
    """Each with its label."""
    rows = db.query("SELECT * FROM muted_series ORDER BY label, id")
    return {_key(row): row["label"] for row in rows}


def _key_columns(key: SeriesKey) -> dict[str, str | None]:
    return {"dimension": key.dimension, "value": key.value, "empty": key.empty}


def _key(row: Mapping[str, Any]) -> SeriesKey:
    return SeriesKey(row["dimension"], row["value"], row["empty"])


def _columns(now: FoundNow) -> dict[str, object]:
    return {
        **_key_columns(now.key),
        "label": now.label,
        "kind": now.kind,
        "unit": now.unit,
        "sign": now.sign,
        "first_day": now.first.isoformat(),
        "last_day": now.last.isoformat(),
        "found_day": now.found_on.isoformat(),
        "expected": now.expected,
        "actual": now.actual,
        "carriers": _parts_text(now.carriers),
        "along": _parts_text(now.along),
    }


def _finding(row: Mapping[str, Any], muted: Mapping[SeriesKey, str]) -> Finding:
    first, last, found_on = (date.fromisoformat(row[name]) for name in ("first_day", "last_day", "found_day"))
    now = FoundNow(
        _key(row), row["label"], row["kind"], row["unit"], row["sign"], first, last, found_on,
        row["expected"], row["actual"], _parts(row["carriers"]), _parts(row["along"]),
    )  # fmt: skip
    state = FindingState(row["state"])
    return Finding(row["id"], now, state, row["note"], now.key in muted, stored_instant(row["found_at"]))


def _parts_text(parts: Sequence[Part]) -> str:
    columns = [{**_key_columns(part.key), "label": part.label, "share": part.share} for part in parts]
    return json.dumps(columns, ensure_ascii=False)


@lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[Part, ...]:
    return tuple(Part(_key(part), part["label"], part["share"]) for part in json.loads(text))


def days_of(finding: Finding) -> Period:
    """Its days, as a period."""
    return Period(finding.now.first, finding.now.last + timedelta(days=1))
