"""A fault of the program itself: a sentence at the terminal, the whole of it in a background sync's log."""

from __future__ import annotations

import io
import sys

import pytest

from core.cli import commands, main
from core.cli.worker_words import CarefulWords


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("sk-ant-admin01-secret")

    monkeypatch.setattr(commands, "status_of", fail)


@pytest.mark.usefixtures("faulty")
def test_a_fault_is_a_sentence_that_tells_its_place_and_nothing_of_the_data(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["status"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("The fault is in this program (KeyError in test_faults.py, line ")
    assert "Traceback" not in said and "secret" not in said and said.count("\n") == 1


@pytest.mark.usefixtures("faulty")
def test_the_log_of_a_background_sync_keeps_the_whole_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", CarefulWords(io.StringIO()))
    with pytest.raises(KeyError):
        main(["status"])
