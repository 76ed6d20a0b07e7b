"""What is found after a sync, kept, and told at the command line."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from core.cli import main
from core.explore.query import Empty, Filter
from core.settings import Settings
from core.store.annotations import Annotation
from core.store.database import database
from core.store.findings import FoundNow, Part, SeriesKey, keep_findings, list_findings
from core.watch import words
from core.watch.evaluate import evaluate, filters_of, params_of
from core.watch.note_file import notes_csv
from tests.explore.ledgers import Row, ledger_of
from tests.watch.test_findings import END, SPIKE_DAY, WHO, spent, usual

DAY = date(2026, 10, 14)
DOLLAR = 10**8
FOUND = FoundNow(
    SeriesKey("api_key", "nightly"), "nightly", "spike", "cost", 1, DAY, DAY, DAY, 95 * DOLLAR, 1465 * DOLLAR,
    (
        Part(SeriesKey("model", "opus"), "opus", 1.04),
        Part(SeriesKey("workspace", "w1"), "Simulation", 0.98),
        Part(SeriesKey("workspace", "w2"), "Search", 0.1),
    ),
)  # fmt: skip


def test_a_finding_reads_as_a_sentence() -> None:
    assert words.sentence(FOUND) == (
        "API key nightly spent more than expected, Oct 14, 2026: $1,465.00 that day instead of $95.00 "
        "(+$1,370.00). Carried by workspace Simulation 98%, model opus 100%."
    )


def test_what_has_no_dollars_says_none() -> None:
    fall = FoundNow(SeriesKey("", None), "All", "cache", "cache", -1, DAY, DAY, DAY, 812_000, 406_000)
    assert words.sentence(fall) == (
        "Everything reads less from the cache than expected, Oct 14, 2026: 40.6% on average instead of 81.2% "
        "(−40.6 pts)."
    )
    assert words.difference_usd(fall) is None


def test_a_series_is_a_filter_of_a_view() -> None:
    assert filters_of(SeriesKey("", None)) == ()
    assert filters_of(SeriesKey("workspace", None, "none")) == (Filter("workspace", (Empty.NONE,)),)
    assert params_of(SeriesKey("api_key", "~odd")) == {"in.api_key": ["~~odd"]}


def test_annotations_as_a_file_are_safe_and_say_where_they_hold() -> None:
    notes = [Annotation(1, DAY, DAY, "=1+1", {"in.workspace": ["~none"], "starts.model": ["claude"]})]
    rows = list(csv.DictReader(io.StringIO(notes_csv(notes).decode("utf-8-sig"))))
    assert rows == [
        {
            "first_day": "2026-10-14",
            "last_day": "2026-10-14",
            "text": "'=1+1",
            "scope": "Workspace is Default workspace · Model starts with “claude”",
        }
    ]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(tmp_path))
    return Settings(tmp_path)


def test_an_empty_folder_is_looked_through_without_a_word(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["anomalies"]) == 0
    assert capsys.readouterr().out == "Nothing is unusual.\n"


def test_findings_are_listed_and_answered(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    main(["anomalies"])  # looks through what there is: nothing; no later look withdraws what is put in here
    with database(settings) as db:
        keep_findings(db, [FOUND], DAY, datetime.combine(DAY, time(), UTC))
    capsys.readouterr()
    assert main(["anomalies", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["id"], told["difference_usd"], told["label"]) == (1, "1370.00000000", "nightly")
    assert main(["anomalies", "--expected", "1"]) == 2
    assert "--note" in capsys.readouterr().err
    assert main(["anomalies", "--expected", "1", "--note", "Load test"]) == 0
    assert capsys.readouterr().out == "Nothing is unusual.\n"
    assert main(["annotations", "--json"]) == 0
    (note,) = json.loads(capsys.readouterr().out)
    assert (note["text"], note["first_day"], note["scope"]) == (
        "Load test",
        "2026-10-14",
        {"in.api_key": ["nightly"]},
    )


def test_an_anomaly_that_is_not_there_is_said(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["anomalies", "--acknowledge", "4"]) == 2
    assert "no anomaly of the number 4" in capsys.readouterr().err


def test_annotations_are_added_and_deleted(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["annotations", "--add", "Launch"]) == 2
    given = ["--from", "2026-10-01", "--last", "2026-10-03", "--where", "model=opus"]
    assert main(["annotations", "--add", "Launch", *given]) == 0
    assert "2026-10-01 to 2026-10-03  Launch" in capsys.readouterr().out
    assert main(["annotations", "--delete", "1"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.slow
def test_a_finding_goes_when_its_day_is_revised_and_comes_back(settings: Settings, tmp_path: Path) -> None:
    quiet = list(usual())
    loud = [*quiet, spent(WHO[0][0], SPIKE_DAY, 900, **WHO[0][1])]
    now = datetime.combine(END, time(8), UTC)

    def states(rows: list[Row], revision: int) -> list[tuple[str, str]]:
        ledger = ledger_of(new_folder(tmp_path, revision), rows)
        with database(settings) as db:
            evaluate(replace(ledger, revision=revision), db, now)
            return [(finding.now.label, finding.state) for finding in list_findings(db)]

    assert states(loud, 1) == [("nightly", "open")]
    assert states(quiet, 1) == [("nightly", "open")], "nothing has changed, so nobody looks"
    assert states(quiet, 2) == [("nightly", "withdrawn")]
    assert states(loud, 3) == [("nightly", "open")]


def new_folder(within: Path, number: int) -> Path:
    folder = within / f"{number}-{len(list(within.iterdir()))}"
    folder.mkdir()
    return folder
