"""What README, CONTRIBUTING and ``docs/`` tell of the program is what the program has.

``UPDATE_DOCS=1 .venv/bin/python -m pytest tests/test_docs.py`` writes the tables of dimensions and measures.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import pytest
from packaging.requirements import Requirement

from core import reach
from core.cli import codes
from core.cli.parser import arguments
from core.cost_basis import CostBasis
from core.dimensions import DIMENSIONS, MEASURES, NOT_LISTED, Dimension, Source, Unit
from core.ledger.schema import LEDGER_SCHEMA
from core.settings_file.entries import SettingsFile
from core.settings_file.form import decoded
from core.store.dashboards import TILE_HEIGHTS, TILE_KINDS, TILE_RANGES, TILE_WIDTHS

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
README = ROOT / "README.md"
PAGES = [README, *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md")), *sorted(DOCS.rglob("*.md"))]
SCREEN = 50
"""Lines."""


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def table(page: Path, *headers: str) -> list[list[str]]:
    """The rows below these headers, cell by cell."""
    _, _, rest = text_of(page).partition(f"| {' | '.join(headers)} |\n")
    assert rest, f"{page.name} has no table of {headers}"
    lines = rest.split("\n\n")[0].strip().split("\n")[1:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def code(names: Sequence[str]) -> list[str]:
    return [f"`{name}`" for name in names]


# Tables


def dimension_rows() -> list[list[str]]:
    return [[f"`{d.name}`", d.label, _of(d.origins), _empty(d)] for d in DIMENSIONS.values()]


def _empty(dimension: Dimension) -> str:
    if dimension.source is Source.LIST:
        return "; ".join(filter(None, (dimension.empty, dimension.no_value, NOT_LISTED)))
    return dimension.empty if dimension.source is Source.LEDGER else "–"


def _of(origins: Sequence[str]) -> str:
    return origins[0] if len(origins) == 1 else "both"


def measure_rows() -> list[list[str]]:
    units = {Unit.USD: "US dollars", Unit.COUNT: "count", Unit.RATIO: "ratio"}
    per_million = "US dollars a million tokens"
    return [
        [f"`{m.name}`", m.label, units.get(m.unit, per_million), f"`{m.column}`", m.help]
        for m in MEASURES.values()
    ]


def column_rows() -> list[list[str]]:
    kinds = {pl.Date: "date", pl.Int32: "int32", pl.Int64: "int64", pl.String: "text", pl.Categorical: "text"}
    return [[f"`{name}`", kinds[type(kind)], *_column_words(name)] for name, kind in LEDGER_SCHEMA.items()]


def _column_words(name: str) -> tuple[str, str]:
    """Unit and meaning of a column of the ledger."""
    if name == "connection_id":
        return "–", "Whose row it is: see `connections` in the manifest"
    if name in DIMENSIONS:
        return ("UTC day" if name == "day" else "–"), DIMENSIONS[name].label
    help_ = MEASURES[name.removesuffix("_microcents")].help
    return ("micro-cents" if name.endswith("_microcents") else "count"), help_


DICTIONARY, READING = DOCS / "dimensions-and-measures.md", DOCS / "reading-the-ledger.md"
TABLES = {
    ("dimension", "label", "of", "empty reads"): (DICTIONARY, dimension_rows),
    ("measure", "label", "unit", "column", "how it is computed"): (DICTIONARY, measure_rows),
    ("column", "type", "unit", "what it is"): (READING, column_rows),
}


@pytest.mark.parametrize("headers", TABLES, ids=lambda headers: headers[0])
def test_dimensions_and_measures_are_as_declared(headers: tuple[str, ...]) -> None:
    page, declared = TABLES[headers]
    rows = declared()
    if os.environ.get("UPDATE_DOCS"):
        _write_table(page, headers, rows)
    assert table(page, *headers) == rows


def _write_table(page: Path, headers: tuple[str, ...], rows: list[list[str]]) -> None:
    before, _, after = text_of(page).partition(f"| {' | '.join(headers)} |\n")
    lines = [f"| {' | '.join(cells)} |" for cells in (headers, *rows)]
    lines.insert(1, "|" + "---|" * len(headers))
    rest = after.partition("\n\n")[2]
    page.write_text(before + "\n".join(lines) + "\n" + (f"\n{rest}" if rest else ""), encoding="utf-8")


def test_exit_codes() -> None:
    told = table(DOCS / "command-line.md", "exit code", "meaning")
    assert told == [[str(number), meaning] for number, meaning in codes.MEANINGS]


def test_every_exit_code_is_told_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        arguments(["sync", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert all(f"{number} {meaning}" in told for number, meaning in codes.MEANINGS)


def test_settings_are_the_variables_that_the_program_reads() -> None:
    named = re.compile(r"(TOKEN_LEDGER|ANTHROPIC)_[A-Z_]+")
    read = {word for path in (ROOT / "core").rglob("*.py") for word in _texts(path) if named.fullmatch(word)}
    assert sorted(row[0] for row in table(DOCS / "settings.md", "variable", "meaning")) == sorted(code(read))


def _texts(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(text_of(path))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_cost_bases() -> None:
    told = table(DOCS / "how-it-stays-right.md", "cost basis", "meaning")
    assert [row[0] for row in told] == [basis.value for basis in CostBasis]


def test_a_dashboards_file() -> None:
    told = dict(table(DOCS / "dashboard-files.md", "field", "meaning"))
    for field, words in (
        ("kind", TILE_KINDS),
        ("width", TILE_WIDTHS),
        ("height", TILE_HEIGHTS),
        ("range", TILE_RANGES),
    ):
        meaning = told[f"`tiles[].{field}`"].split(". ")[0]
        assert set(re.findall(r"`\w+`", meaning)) == set(code(words)), field


def test_a_file_of_settings() -> None:
    page = DOCS / "settings-file.md"
    (example,) = re.findall(r"```json\n(.+?)```", text_of(page), re.DOTALL)
    content = decoded(example.encode()).content
    assert [row[0] for row in table(page, "part", "what an entry says")] == code(
        SettingsFile.__struct_fields__[2:]
    )
    assert content.plans and content.channels and content.dashboards


# Commands


def commands() -> list[str]:
    """Every line of ``docs/command-line.md`` that starts the program."""
    return re.findall(r"^python -m core (.+)$", text_of(DOCS / "command-line.md"), re.MULTILINE)


@pytest.mark.parametrize("line", commands())
def test_a_command_that_is_told_can_be_typed(line: str) -> None:
    assert arguments(shlex.split(line, comments=True)).run


def test_every_command_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        arguments(["--help"])
    known = set(re.findall(r"^    ([\w-]+)(?: |$)", capsys.readouterr().out, re.MULTILINE))
    assert known and {line.split()[0] for line in commands()} == known


def test_every_make_command_that_is_told_is_there_and_says_what_it_does() -> None:
    targets = set(re.findall(r"^([a-z]+):.*## \w", text_of(ROOT / "Makefile"), re.MULTILINE))
    told = {name for page in PAGES for name in re.findall(r"(?:`|^)make ([a-z]+)\b", text_of(page), re.M)}
    assert {"run", "test", "fast", "setup"} <= told <= targets


# Pages


def test_the_readme_fits_two_screens() -> None:
    assert len(text_of(README).splitlines()) <= 2 * SCREEN


def links(page: Path) -> set[Path]:
    """The files of this repository that a page links to."""
    found = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text_of(page))
    return {(page.parent / target).resolve() for target in found}


def test_no_link_is_broken() -> None:
    broken = {page.name: [t for t in links(page) if not t.exists()] for page in PAGES}
    assert not {page: targets for page, targets in broken.items() if targets}


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, ahead = set(), [README]
    while ahead:
        page = ahead.pop()
        reached.add(page)
        ahead += [found for found in links(page) if found.suffix == ".md" and found not in reached]
    assert set(PAGES) <= reached


def test_files_that_are_named_are_there() -> None:
    pages = [page for page in PAGES if page.name != "CHANGELOG.md"]  # it tells of files that went
    named = re.compile(r"`((?:core|tests|docs|pages)/[\w/.-]+)`")
    missing = {name for page in pages for name in named.findall(text_of(page)) if not (ROOT / name).exists()}
    assert missing <= {"pages/name.py"}


def test_contributing_names_every_part() -> None:
    told = " ".join(row[0] for row in table(ROOT / "CONTRIBUTING.md", "part", "what it does", "may import"))
    packages = [path.parent.name for path in (ROOT / "core").glob("*/__init__.py")]
    assert not [name for name in packages if f"`core/{name}`" not in told]


# Reach


def said(page: str) -> str:
    """The whole of a page, its lines joined."""
    return " ".join(text_of(DOCS / page).split())


def test_docs_tell_what_anthropics_reports_reach() -> None:
    final = (
        f"pulled {reach.REVISION_DAYS} days after it or later, and {reach.MONTH_END_DAYS} days after its "
        "calendar month ended or later"
    )
    right = said("how-it-stays-right.md")
    assert final in right and final in said("adr/0003-revisions-and-final-days.md")
    first = reach.CLAUDE_AI_FIRST_DAY.isoformat()
    assert f"reports {reach.CLAUDE_AI_REACH_DAYS} days, and nothing before {first}" in right
    assert f"A window is up to {reach.MAX_DAYS} days" in right
    assert f"windows of {reach.MAX_DAYS} days" in said("speed.md")


# Versions


def requirements(file: str) -> dict[str, Requirement]:
    """What a requirements file or a lock file names itself."""
    lines = [line.partition(" #")[0].strip(" \\") for line in text_of(ROOT / file).splitlines()]
    found = [Requirement(line) for line in lines if re.match(r"[a-z]", line)]
    return {one.name: one for one in found}


def pinned(file: str) -> dict[str, str]:
    return {name: next(iter(one.specifier)).version for name, one in requirements(file).items()}


@pytest.mark.parametrize("file", ["requirements", "requirements-dev"])
def test_the_lock_file_holds_to_what_is_required(file: str) -> None:
    locked = pinned(f"{file}.lock")
    for name, one in requirements(f"{file}.txt").items():
        assert locked[name] in one.specifier, f"{name}: make lock"


def test_users_and_developers_run_the_same_versions() -> None:
    assert pinned("requirements.lock").items() <= pinned("requirements-dev.lock").items()


def test_streamlit_stays_at_the_minor_version_that_the_style_sheet_was_written_for() -> None:
    specifier = requirements("requirements.txt")["streamlit"].specifier
    minor, patch = pinned("requirements.lock")["streamlit"].rsplit(".", 1)
    major, number = minor.split(".")
    assert f"{minor}.{int(patch) + 1}" in specifier and f"{major}.{int(number) + 1}.0" not in specifier
