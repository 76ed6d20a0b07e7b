"""What is found after a sync, kept, and told at the command line."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from core.cli import main
from core.clock import utc_now
from core.explore.query import Empty, Filter
from core.settings import Settings
from core.store.annotations import Annotation
from core.store.database import database
from core.store.findings import FoundNow, Part, SeriesKey, keep_findings, list_findings, mute
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
    assert main(["anomalies", "expect", "1"]) == 2
    assert "--note" in capsys.readouterr().err
    assert main(["anomalies", "expect", "1", "--note", "Load test"]) == 0
    assert capsys.readouterr().out == "Nothing is unusual.\n"
    assert main(["annotations", "--json"]) == 0
    (note,) = json.loads(capsys.readouterr().out)
    assert (note["text"], note["first_day"], note["scope"]) == (
        "Load test",
        "2026-10-14",
        {"in.api_key": ["nightly"]},
    )


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Run:
    """What a command ends with and says, where one anomaly is known."""

    def told(*arguments: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main(list(arguments))
        return code, "".join(capsys.readouterr())

    told("anomalies")
    with database(settings) as db:
        keep_findings(db, [FOUND], DAY, datetime.combine(DAY, time(), UTC))
    return told


@pytest.mark.parametrize("by", ["nightly", "API key nightly", "1"])
def test_a_series_is_muted_and_unmuted(run: Run, by: str) -> None:
    assert run("anomalies", "mute", "1") == (0, "Nothing is unusual.\n")
    code, listed = run("anomalies", "--all")
    assert (code, listed.splitlines()[1]) == (0, "Muted: API key nightly")
    assert run("anomalies", "mute", "1")[0] == 0, "twice is once"
    code, listed = run("anomalies", "unmute", by)
    assert (code, "nightly spent more" in listed) == (0, True)
    assert "Muted" not in run("anomalies", "--all")[1]


def test_what_is_called_alike_is_unmuted_by_its_dimension(run: Run, settings: Settings) -> None:
    with database(settings) as db:
        for dimension in ("user", "api_key", ""):
            mute(db, SeriesKey(dimension, "nightly" if dimension else None), "nightly", utc_now())
    code, said = run("anomalies", "unmute", "nightly")
    assert code == 2
    for name in ("“User nightly”", "“API key nightly”", "“Everything”"):
        assert name in said
    assert run("anomalies", "unmute", "User nightly")[0] == 0
    assert run("anomalies", "unmute", "Everything")[0] == 0
    assert run("anomalies", "--all")[1].splitlines()[1:] == ["Muted: API key nightly"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("acknowledge", "4"), "no anomaly of the number 4"),
        (("mute", "nightly"), "“nightly” is no number of an anomaly"),
        (("acknowledge",), "“anomalies acknowledge” needs a number"),
        (("unmute", "1"), "No muted series is “1”"),
        (("unmute", "weekly"), "No muted series is “weekly”"),
        (("unmute", "4"), "no anomaly of the number 4"),
    ],
)
def test_what_cannot_be_answered_is_said(run: Run, arguments: tuple[str, ...], says: str) -> None:
    code, said = run("anomalies", *arguments)
    assert (code, says in said) == (2, True)
    assert "nightly spent more" in run("anomalies")[1]


def test_annotations_are_added_and_deleted(run: Run) -> None:
    assert run("annotations", "add", "Launch")[0] == 2
    assert run("annotations", "add", "--from", "2026-10-01")[0] == 2
    given = ["--from", "2026-10-01", "--last", "2026-10-03", "--where", "model=opus"]
    assert run("annotations", "add", "Launch", *given) == (0, "   1  2026-10-01 to 2026-10-03  Launch\n")
    assert run("annotations", "delete", "2")[0] == 2
    assert "Launch" in run("annotations")[1]
    assert run("annotations", "delete", "1") == (0, "")
    code, said = run("annotations", "delete")
    assert (code, "no number of an annotation" in said) == (2, True)


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
