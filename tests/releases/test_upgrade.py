"""A data folder of every version that was released opens at once, and shows the numbers it showed then."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from core import operations
from core.cli import main
from core.ledger.build import refresh_ledger
from core.ui.app import times
from tests.releases.conftest import ARCHIVES, Release
from tests.releases.make_folder import QUESTIONS, SINCE, UNTIL
from tests.support.patience import PATIENCE

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parent.parent.parent
NOW = datetime(2026, 11, 23, 9, 40, tzinfo=UTC)
PAGES = sorted(path.stem for path in (PROJECT / "pages").glob("*.py"))

Said = pytest.CaptureFixture[bytes]


def ask(question: str, said: Said) -> tuple[int, bytes, str]:
    """Exit code, answer and what was said beside it."""
    code = main(["query", *QUESTIONS[question].split(), "--from", f"{SINCE}", "--to", f"{UNTIL}"])
    out, err = said.readouterr()
    return code, out, err.decode()


def sums(answer: bytes) -> dict[tuple[str, ...], Decimal]:
    """A file's numbers. What they rest on is left out: a later version may split a bill better."""
    found: dict[tuple[str, ...], Decimal] = {}
    header, *lines = csv.reader(answer.decode("utf-8-sig").splitlines())
    basis = header.index("cost_basis") if "cost_basis" in header else None
    for *names, number in lines:
        key = tuple(name for place, name in enumerate(names) if place != basis)
        found[key] = found.get(key, Decimal()) + Decimal(number or 0)
    return found


def as_read_now(answer: bytes) -> bytes:
    """The Platform has products since 0.3.0; reports that tell none do not say that there are none."""
    header, *lines = csv.reader(answer.decode("utf-8-sig").splitlines())
    if "product" in header:
        place = header.index("product")
        for line in lines:
            line[place] = "Not told apart" if line[place] == "Not applicable" else line[place]
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([header, *lines])
    return text.getvalue().encode("utf-8-sig")


def open_page(page: str, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr(times, "utc_now", lambda: NOW)
    monkeypatch.setattr(operations, "start_sync", lambda *_, **__: None)
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=PATIENCE)
    app.run()
    app.switch_page(str(PROJECT / "pages" / f"{page}.py"))
    return app.run()


def text_of(app: AppTest) -> str:
    found = [element.value for kind in (app.markdown, app.caption) for element in kind]
    return "\n".join([*map(str, found), *(element.proto.body for element in app.get("html"))])


def drop_column(release: Release, name: str) -> None:
    """As if the version had not known the column."""
    for path in release.settings.ledger_dir.glob("*.parquet"):
        rows = pl.read_parquet(path)
        rows.select(column for column in rows.columns if column != name).write_parquet(path)


def test_there_is_a_folder_of_every_release() -> None:
    released = re.findall(r"^## (\d\S*)", (PROJECT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert {path.name.removesuffix(".tar.xz") for path in ARCHIVES} >= set(released)


def test_it_opens_and_answers_as_it_did(release: Release, capfdbinary: Said) -> None:
    assert set(release.answers) == set(QUESTIONS)
    for name, answer in release.answers.items():
        assert ask(name, capfdbinary) == (0, as_read_now(answer), "")


def test_built_anew_it_answers_the_same(release: Release, capfdbinary: Said) -> None:
    before = operations.open_ledger(release.settings)
    assert refresh_ledger(release.settings, lambda: NOW) == len(before.files) > 0
    assert not any(file.is_earlier for file in operations.open_ledger(release.settings).files)
    for name, answer in release.answers.items():
        code, now, said = ask(name, capfdbinary)
        assert (code, sums(now), said) == (0, sums(as_read_now(answer)), "")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens(release: Release, page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(page, monkeypatch)
    assert not app.exception and not app.error
    assert "earlier version" not in text_of(app)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_where_a_column_is_new(
    release: Release, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop_column(release, "inference_geo")
    app = open_page(page, monkeypatch)
    assert not app.exception and not app.error
    if page in ("cost", "usage"):
        text = text_of(app)
        assert "2 months built by an earlier version" in text
        assert "without Inference geo" in text and "unknown there until the next sync" in text


def test_a_new_column_is_unknown_until_it_is_built(release: Release, capfdbinary: Said) -> None:
    drop_column(release, "inference_geo")
    code, answer, said = ask("kinds", capfdbinary)
    assert code == 0 and answer != release.answers["kinds"]
    assert "earlier version, without Inference geo: unknown there until the next sync" in said
    assert ask("models", capfdbinary)[:2] == (0, release.answers["models"])
    refresh_ledger(release.settings, lambda: NOW)
    code, answer, said = ask("kinds", capfdbinary)
    assert (code, sums(answer), said) == (0, sums(release.answers["kinds"]), "")


def test_a_damaged_file_of_an_earlier_version_is_built_anew(release: Release, capfdbinary: Said) -> None:
    for path in release.settings.ledger_dir.glob("*.parquet"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert ask("cost", capfdbinary) == (0, release.answers["cost"], "")


def test_a_file_that_reads_wrong_is_a_sentence(release: Release, capfdbinary: Said) -> None:
    for path in release.settings.ledger_dir.glob("*.parquet"):
        whole = path.read_bytes()
        path.write_bytes(whole[:4] + b"\xff" * (len(whole) // 3) + whole[4 + len(whole) // 3 :])
    code, answer, said = ask("cost", capfdbinary)
    assert (code, answer) == (2, b"")
    assert said.startswith("The ledger could not be read.") and "Traceback" not in said
