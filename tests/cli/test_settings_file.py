"""``export-settings`` and ``apply``: what they print, and how they end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from core.cli import main
from core.settings import Settings
from core.store.alert_rules import find_rule
from core.store.channels import list_channels
from core.store.database import database
from core.store.plans import list_plans
from tests.settings_file.content import WHOLE, only

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    folder = tmp_path / "data"
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(folder))
    monkeypatch.delenv("TOKEN_LEDGER_SECRET_KEY", raising=False)
    return Settings(data_dir=folder)


@pytest.fixture
def run(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*words: str) -> tuple[int, str, str]:
        code = main(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return ran


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(WHOLE, indent=2), encoding="utf-8")
    return path


def test_a_dry_run_says_what_would_change_and_applying_does_it(
    run: Run, settings: Settings, file: Path
) -> None:
    code, would, _ = run("apply", str(file), "--dry-run")
    assert code == 0 and "+ plan “All”\n" in would and "12 to add, 1 to change. Nothing was changed" in would
    assert "+ channel “Ops” (switched off until" in would and "~ rule “Anomaly”: on, terms" in would
    with database(settings) as db:
        assert list_plans(db) == []
    code, done, _ = run("apply", str(file))
    assert code == 0 and done.splitlines()[:-1] == would.splitlines()[:-1]
    with database(settings) as db:
        assert [plan.name for plan in list_plans(db)] == ["All"]
        assert find_rule(db, "Anomaly").terms.threshold == 250 * 10**8
    assert run("apply", str(file))[1].endswith("Nothing to change.\n")


def test_what_is_exported_can_be_applied_and_is_the_same_each_time(
    run: Run, tmp_path: Path, file: Path
) -> None:
    run("apply", str(file))
    (_, first, _), (_, second, _) = run("export-settings"), run("export-settings")
    assert first == second and json.loads(first)["plans"][0]["amounts"]["2026-11"] == "50000.00"
    kept = tmp_path / "kept.json"
    assert run("export-settings", str(kept))[1] == f"Wrote {kept}, without secrets.\n"
    assert kept.read_text(encoding="utf-8") == first
    assert json.loads(run("apply", str(kept), "--json")[1]) == {"applied": True, "changes": []}


def test_pruning_is_only_done_when_it_is_asked_for(run: Run, settings: Settings, file: Path) -> None:
    run("apply", str(file))
    file.write_text(json.dumps(only(channels=[])), encoding="utf-8")
    assert (
        "= channel “Ops” is not in the file, and stays (--prune deletes it)\n" in run("apply", str(file))[1]
    )
    assert run("apply", str(file), "--prune")[1].endswith("2 deleted.\n")
    with database(settings) as db:
        assert list_channels(db) == []


@pytest.mark.parametrize(
    ("text", "says"), [('{\n"format": 1}', "Line 2: "), (None, "cannot be read"), ("{", "Line 1: ")]
)
def test_a_file_that_cannot_be_applied_ends_with_two_and_a_sentence(
    run: Run, file: Path, text: str | None, says: str
) -> None:
    file.write_text(text, encoding="utf-8") if text is not None else file.unlink()
    code, out, err = run("apply", str(file))
    assert (code, out) == (2, "") and says in err and "Nothing was changed." in err


def test_a_channel_that_is_switched_off_is_listed_so(run: Run, file: Path) -> None:
    run("apply", str(file))
    assert "Ops: address to be given (switched off: add it again with its secret)" in run("channels")[1]
    assert [channel["on"] for channel in json.loads(run("channels", "--json")[1])] == [False, False]
