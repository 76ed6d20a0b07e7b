"""What happens to the data folder is said in sentences, loses nothing, and heals."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.ui.app.text import markdown_text
from tests.faults.company import Company
from tests.faults.conftest import Lab
from tests.faults.mishaps import MISHAPS, Mishap
from tests.faults.places import USAGE
from tests.faults.record import DISK, Record
from tests.faults.world import answering, content, copied, servers


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """A folder that other users reach: pytest's own are closed."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def company(
    lab: Lab, open_to_all: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Company:
    return Company(copied(lab.yesterday(USAGE), open_to_all / "data"), monkeypatch, capsys)


@pytest.mark.parametrize("mishap", MISHAPS, ids=str)
def test_a_mishap_is_a_sentence_loses_nothing_and_heals(
    company: Company, lab: Lab, seen: Record, monkeypatch: pytest.MonkeyPatch, mishap: Mishap
) -> None:
    with mishap.happens(company.settings, monkeypatch):
        code, said = company.sync(answering(servers()))
        page = company.open_page()
    assert code == mishap.code and mishap.says in said and bool(said) is bool(code)
    assert "Traceback" not in said and "could not be shown" not in page
    if mishap.says:
        assert (markdown_text(mishap.says) in page) is mishap.page
    seen.tell(DISK, mishap.title, _told(said, company), mishap.healed_by)
    mishap.mend(company.settings)
    assert company.sync(answering(servers())) == (0, "")
    assert content(company.settings) == lab.undisturbed(USAGE)


def _told(said: str, company: Company) -> str:
    """The sentences, without the folder of this test."""
    first = (said or "Nothing needs saying: the sync goes through.").splitlines()[0]
    return first.replace(str(company.settings.data_dir), "data").removeprefix("Research, Staff: ")


@pytest.mark.parametrize(
    "mishap",
    [m for m in MISHAPS if m.title.startswith(("a ledger", "the ledger folder is l", "one bit"))],
    ids=str,
)
def test_a_lost_or_damaged_ledger_is_rebuilt_when_it_is_opened(
    company: Company, lab: Lab, monkeypatch: pytest.MonkeyPatch, mishap: Mishap
) -> None:
    with mishap.happens(company.settings, monkeypatch):
        page = company.open_page()
    assert "could not be shown" not in page and "own sums differ" not in page
    assert content(company.settings) == lab.held(USAGE)


def test_a_damaged_ledger_shows_no_wrong_number(company: Company, lab: Lab) -> None:
    """Whichever bit it is."""
    for path in sorted(company.settings.ledger_dir.rglob("*.parquet"))[::5]:
        whole = path.read_bytes()
        for position in range(len(whole) // 8, len(whole), len(whole) // 3):
            path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
            assert content(company.settings).ledger == lab.held(USAGE).ledger
