"""What the tests of faults saw, and the page in ``docs/`` that is written from it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.catalog import CASES, GROUPS, NOTHING, Fault
from tests.faults.mishaps import MISHAPS
from tests.faults.newest import MET
from tests.faults.places import KINDS, PAGES, Place

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "faults.md"

INTRODUCTION = """\
# What can go wrong, and what happens then

This page is written by the tests (`UPDATE_DOCS=1 .venv/bin/python -m pytest tests/faults`); they fail when it
no longer tells what they see. Each fault strikes the first, a middle and the last page of every list, report
and control total it can strike: {cases} cases. Each time

- the run ends: at most 40 requests of the connection, each given up after 300 seconds, and between them no
  more seconds of waiting than told below;
- each window of days is wholly as it was or wholly as Anthropic says now, and nothing is lost or doubled;
- other windows and reports go on, but for what the last column names; so do other connections, one of which
  is synced beside the struck one once for each fault and each report;
- `sync` says the sentences below, with Anthropic's request id where there was one; `status` and the page say
  the same, looked at once for each fault;
- the next sync without the fault leaves what an undisturbed one leaves: in the database, and in the ledger
  made of it, which is compared once for each fault and each report.
"""


@dataclass
class Record:
    """What was seen. ``said``: of each fault and place the sentences; ``told``: others, by section."""

    said: dict[tuple[str, Place], str] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)
    told: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)

    def note(self, fault: Fault, place: Place, sentences: str) -> None:
        self.said[fault.title, place] = sentences

    def tell(self, section: str, fault: str, *cells: str) -> None:
        """A row of a section of its own."""
        self.told.setdefault(section, {})[fault] = cells

    @property
    def is_complete(self) -> bool:
        return (
            len(self.said) == len(CASES)
            and self.told.keys() == SECTIONS.keys()
            and all(len(self.told[name]) == section.faults for name, section in SECTIONS.items())
        )

    def document(self) -> str:
        parts = [INTRODUCTION.format(cases=len(CASES))]
        for group, faults in GROUPS.items():
            parts.append(f"## {group}\n")
            parts += [self._fault(fault) for fault in faults]
        parts += [section.text(name, self.told[name]) for name, section in SECTIONS.items()]
        return "\n".join(parts)

    def _fault(self, fault: Fault) -> str:
        head = f"### {fault.title[0].upper()}{fault.title[1:]}\n\n"
        if fault.stops == NOTHING:
            return f"{head}No failure: kept as it came, and shown.\n"
        tried = f"Tried again for at most {fault.waits:.0f} seconds."
        waits = tried if fault.waits else "Not tried again: it would bring the same."
        passing = " Met once, the next try succeeds and nothing fails." if fault.title in self.passed else ""
        rows = "".join(f"| {where} | {said} | {left} |\n" for where, said, left in self._rows(fault))
        return f"{head}{waits}{passing}\n\n{_HEADER}{rows}"

    def _rows(self, fault: Fault) -> Iterator[tuple[str, str, str]]:
        found: dict[tuple[str, str], list[Place]] = {}
        for (title, place), said in self.said.items():
            if title == fault.title:
                found.setdefault((said, fault.stops_at(place)), []).append(place)
        for (said, left), places in sorted(found.items(), key=lambda item: KINDS.index(item[1][0].kind)):
            yield _where(places), said.replace("|", "\\|").replace("<", "&lt;"), left


_HEADER = "| where | what is said | left for the next sync |\n|---|---|---|\n"


def _where(places: list[Place]) -> str:
    """Kinds with their pages, as short as can be."""
    pages = {kind: tuple(p.page for p in places if p.kind is kind) for kind in KINDS}
    if all(found == PAGES for found in pages.values()):
        return "everywhere"
    return "; ".join(
        kind.label if found == PAGES else f"{kind.label}: {', '.join(found)}"
        for kind, found in pages.items()
        if found
    )


@dataclass(frozen=True)
class Section:
    """A section of other faults: its words, its columns, and how many rows it has."""

    words: str
    columns: tuple[str, ...]
    faults: int

    def text(self, name: str, rows: dict[str, tuple[str, ...]]) -> str:
        head = f"## {name}\n\n{self.words}\n\n| {' | '.join(self.columns)} |\n|{'---|' * len(self.columns)}\n"
        return head + "".join(f"| {fault} | {' | '.join(rows[fault])} |\n" for fault in sorted(rows))


NEWEST = "The newest reports"
SOCKETS = "On real sockets"
CLOCK = "The clock of this machine"
DISK = "Disk, database and secret"
KILL = "Killed at any moment"
KILLED = (
    "the database opens, SQLite finds it sound, and every window is wholly as before or wholly new",
    "the next sync: database and ledger are row for row those of an undisturbed one",
)

SECTIONS: dict[str, Section] = {
    NEWEST: Section(
        "Each fault at the first page of every question for `analytics/cost`, then for `analytics/usage`, of "
        "an organization that is served both. Each day stays as it was or is as Anthropic says now, the "
        "legacy reports go on, and the next sync leaves what an undisturbed one leaves. A refusal that says "
        "these reports are not served is no failure: the legacy ones are the bill.",
        ("fault", "what is said"),
        len(MET),
    ),
    SOCKETS: Section(
        "The same through a real connection, with time-outs made short: for a connection, for each piece of "
        "an answer, and for a whole request with all its tries.",
        ("fault", "what is said"),
        6,
    ),
    CLOCK: Section(
        "Days are UTC days by this machine's clock. One that is wrong must not have a day taken for another, "
        "nor for final. Where no answer tells its date (a proxy may take it away), what was pulled at an "
        "instant to come is not believed: the next sync with a right clock pulls it again.",
        ("clock", "what is said"),
        4,
    ),
    DISK: Section(
        "Each time nothing stored is lost, the page and the command line say it in sentences, and the next "
        "sync after what the last column names leaves what an undisturbed one leaves.",
        ("mishap", "what a sync says", "healed by"),
        len(MISHAPS),
    ),
    KILL: Section(
        "Before or after a random step into SQLite or the file system, or at a random moment of a sync's "
        "length; of a first sync and of a later one, up to four times in a row.",
        ("a sync", "after each", "healed by"),
        1,
    ),
}
