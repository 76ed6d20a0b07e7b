"""Findings that are kept, what people say of them, and annotations."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlite_utils import Database

from core.errors import InputError
from core.store.annotations import add_annotation, delete_annotation, list_annotations
from core.store.findings import (
    FindingState,
    FoundNow,
    Part,
    SeriesKey,
    acknowledge,
    get_finding,
    keep_findings,
    list_findings,
    mark_expected,
    mute,
    muted_series,
    open_findings,
    unmute,
)

NOW = datetime(2026, 11, 1, 6, tzinfo=UTC)
DAY = date(2026, 10, 14)
SINCE = date(2026, 8, 1)
KEY = SeriesKey("api_key", "nightly")
FOUND = FoundNow(
    KEY, "nightly", "spike", "cost", 1, DAY, DAY, DAY, 100, 1400,
    (Part(SeriesKey("model", "opus"), "opus", 0.84),),
    (Part(SeriesKey("workspace", None, "none"), "Default"),),
)  # fmt: skip


def keep(db: Database, *found: FoundNow, at: datetime = NOW) -> None:
    keep_findings(db, found, SINCE, at)


def only(db: Database) -> tuple[FoundNow, FindingState]:
    (finding,) = list_findings(db)
    return finding.now, finding.state


def test_a_finding_comes_back_as_it_was_told(db: Database) -> None:
    keep(db, FOUND)
    assert only(db) == (FOUND, FindingState.OPEN)
    assert list_findings(db)[0].found_at == NOW


def test_one_that_is_found_again_stays_the_same_with_newer_amounts(db: Database) -> None:
    keep(db, FOUND)
    acknowledge(db, list_findings(db)[0].id)
    longer = replace(FOUND, last=DAY + timedelta(days=2), actual=4000)
    keep(db, longer, at=NOW + timedelta(days=1))
    assert only(db) == (longer, FindingState.ACKNOWLEDGED)
    assert list_findings(db)[0].found_at == NOW


def test_one_that_is_told_at_another_level_now_is_the_same(db: Database) -> None:
    keep(db, FOUND)
    wider = replace(FOUND, key=SeriesKey("workspace", "w1"), label="w1", along=(Part(KEY, "nightly"),))
    keep(db, wider)
    assert only(db) == (wider, FindingState.OPEN)


@pytest.mark.parametrize(
    "other",
    [
        replace(FOUND, key=SeriesKey("api_key", "web")),
        replace(FOUND, sign=-1),
        replace(FOUND, unit="tokens"),
        replace(FOUND, first=DAY + timedelta(days=8), last=DAY + timedelta(days=8)),
    ],
)
def test_another_series_direction_measure_or_time_is_another_finding(db: Database, other: FoundNow) -> None:
    keep(db, FOUND, other)
    assert len(list_findings(db)) == 2


def test_one_whose_days_were_revised_is_withdrawn_and_comes_back(db: Database) -> None:
    keep(db, FOUND)
    keep(db)
    assert only(db) == (FOUND, FindingState.WITHDRAWN)
    assert open_findings(db) == []
    keep(db, FOUND)
    assert only(db) == (FOUND, FindingState.OPEN)


def test_what_is_older_than_what_was_judged_stays(db: Database) -> None:
    keep(db, FOUND)
    keep_findings(db, [], DAY + timedelta(days=1), NOW)
    assert only(db)[1] is FindingState.OPEN


def test_marking_as_expected_needs_a_note_and_makes_an_annotation(db: Database) -> None:
    keep(db, FOUND)
    (finding,) = list_findings(db)
    with pytest.raises(InputError):
        mark_expected(db, finding.id, "  ", {}, NOW)
    assert only(db)[1] is FindingState.OPEN
    mark_expected(db, finding.id, "Load test", {"in.api_key": ["nightly"]}, NOW)
    assert only(db)[1] is FindingState.EXPECTED
    (note,) = list_annotations(db)
    assert (note.first, note.last, note.text, note.scope) == (
        DAY,
        DAY,
        "Load test",
        {"in.api_key": ["nightly"]},
    )
    keep(db)
    assert only(db)[1] is FindingState.EXPECTED


def test_a_muted_series_is_not_open_until_it_is_unmuted(db: Database) -> None:
    keep(db, FOUND)
    for _ in range(2):
        mute(db, KEY, "nightly", NOW)
    assert muted_series(db) == {KEY: "nightly"}
    assert open_findings(db) == []
    mute(db, SeriesKey("workspace", None, "none"), "Default workspace", NOW)
    unmute(db, SeriesKey("workspace", None, "none"))
    unmute(db, KEY)
    assert muted_series(db) == {}
    assert len(open_findings(db)) == 1


def test_there_is_no_finding_of_another_number(db: Database) -> None:
    with pytest.raises(InputError, match="number 9"):
        get_finding(db, 9)


def test_annotations_are_kept_latest_first(db: Database) -> None:
    add_annotation(db, DAY, DAY, "  a\nlaunch ", {}, NOW)
    newer = add_annotation(
        db, DAY + timedelta(days=1), DAY + timedelta(days=3), "price", {"in.model": ["x"]}, NOW
    )
    assert [note.text for note in list_annotations(db)] == ["price", "a launch"]
    delete_annotation(db, newer)
    delete_annotation(db, newer)
    assert [note.text for note in list_annotations(db)] == ["a launch"]


@pytest.mark.parametrize(("text", "days"), [("", 0), ("x" * 501, 0), ("a\x07b", 0), ("launch", -1)])
def test_what_is_no_note_is_refused(db: Database, text: str, days: int) -> None:
    with pytest.raises(InputError):
        add_annotation(db, DAY, DAY + timedelta(days=days), text, {}, NOW)
    assert list_annotations(db) == []
