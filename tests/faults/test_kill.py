"""A sync killed at any moment, a hundred times: nothing is half done, and the next ends as if undisturbed."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.settings import Settings
from core.store.database import database
from tests.faults.conftest import Lab
from tests.faults.places import USAGE
from tests.faults.record import KILL, KILLED, Record
from tests.faults.world import REPORTS, Content, connect_all, content, copied

KILLS = 100
MOST_IN_A_ROW = 4
PROJECT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Death:
    """How a child ended, after how many seconds and steps."""

    killed: bool
    seconds: float
    steps: int


class Executioner:
    """The process that forks syncs and ends them."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def sync(self, settings: Settings, how: str = "whole", much: float = 0) -> Death:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{settings.data_dir}\t{how}\t{much}\n")
        self._process.stdin.flush()
        word, seconds, steps = self._process.stdout.readline().split()
        return Death(word == "killed", float(seconds), int(steps))


@contextmanager
def executioner() -> Iterator[Executioner]:
    command = [sys.executable, "-m", "tests.faults.victim"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=PROJECT, stdin=pipe, stdout=pipe, text=True) as process:
        yield Executioner(process)
        assert process.stdin
        process.stdin.close()


def test_killed_a_hundred_times(lab: Lab, seen: Record, tmp_path: Path) -> None:
    first = connect_all(tmp_path / "first")
    starts = {"first": (first, content(first)), "later": (lab.yesterday(USAGE), lab.held(USAGE))}
    with executioner() as deadly:
        spree = Spree(deadly, random.Random(20261031))
        while spree.kills < KILLS:
            for name, (start, before) in starts.items():
                spree.hunt(start, before, tmp_path / name)
    # Else the moments would not have mattered.
    assert min(spree.midway, spree.unbuilt) > KILLS / 20
    seen.tell(KILL, f"killed {spree.kills} times (`kill -9`)", *KILLED)


@dataclass(frozen=True)
class Whole:
    """A sync that nobody kills: how many steps it has, how many seconds it takes, and what it leaves."""

    steps: int
    seconds: float
    after: Content


class Spree:
    """Kills, and what they left: ``midway`` between windows, ``unbuilt`` all windows and an old ledger."""

    def __init__(self, deadly: Executioner, chance: random.Random) -> None:
        self.kills = self.midway = self.unbuilt = 0
        self._deadly, self._chance = deadly, chance
        self._whole: dict[Path, Whole] = {}

    def hunt(self, start: Settings, before: Content, folder: Path) -> None:
        """Kill syncs of one folder a few times in a row, then let one through."""
        whole = self._undisturbed(start, folder)
        after, settings = whole.after, copied(start, folder / "data")
        for _ in range(min(self._chance.randint(1, MOST_IN_A_ROW), KILLS - self.kills)):
            self.kills += _kill(self._deadly, settings, self._chance, whole)
            found = content(settings)
            _require_whole(found, before, after)
            _require_sound(settings)
            self.midway += found.facts not in (before.facts, after.facts)
            self.unbuilt += found.facts == after.facts and found.ledger != after.ledger
        assert not self._deadly.sync(settings).killed
        assert content(settings) == after
        shutil.rmtree(settings.data_dir)

    def _undisturbed(self, start: Settings, folder: Path) -> Whole:
        if folder not in self._whole:
            counted = self._deadly.sync(copied(start, folder / "counted"), "steps")
            settings = copied(start, folder / "undisturbed")
            timed = self._deadly.sync(settings)
            self._whole[folder] = Whole(counted.steps, timed.seconds, content(settings))
        return self._whole[folder]


def _kill(deadly: Executioner, settings: Settings, chance: random.Random, whole: Whole) -> bool:
    """At a step or a moment of the run's length; whether it was still running."""
    if chance.random() < 0.5:
        return deadly.sync(settings, "steps", chance.randint(1, whole.steps)).killed
    return deadly.sync(settings, "seconds", chance.uniform(0.01, whole.seconds)).killed


def _require_whole(found: Content, before: Content, after: Content) -> None:
    for name in REPORTS:
        for older in (False, True):
            states = [content.report(name, older=older) for content in (found, before, after)]
            assert states[0] in states[1:], name


def _require_sound(settings: Settings) -> None:
    """SQLite finds no damage, and what is covered is what is there."""
    with database(settings) as db:
        assert db.conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.conn.execute("PRAGMA foreign_key_check").fetchall() == []
        for name in REPORTS:
            there = db.conn.execute(
                f"SELECT connection_id, day, count(*) FROM {name} GROUP BY 1, 2"
            ).fetchall()
            covered = db.conn.execute(
                "SELECT connection_id, day, rows FROM coverage WHERE stream = ? AND rows > 0", [name]
            ).fetchall()
            assert sorted(there) == sorted(covered)
