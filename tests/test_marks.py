"""What the marks promise: only a marked test starts a program."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = [sys.executable, "-m", "timeit", "-n", "1"]


def test_a_test_without_a_mark_starts_no_program() -> None:
    with pytest.raises(pytest.fail.Exception, match="Mark this test slow"):
        subprocess.run(PROGRAM, check=True)


def test_but_a_piece_of_code() -> None:
    assert subprocess.run([sys.executable, "-S", "-c", "raise SystemExit(3)"], check=False).returncode == 3


@pytest.mark.slow
def test_a_slow_test_does() -> None:
    assert b"1 loop" in subprocess.run(PROGRAM, check=True, capture_output=True).stdout


def test_names_stay_short_enough_to_be_told_to_other_processes(request: pytest.FixtureRequest) -> None:
    assert max(len(item.nodeid) for item in request.session.items) < 500
