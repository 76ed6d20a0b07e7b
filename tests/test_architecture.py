"""The house rules that a machine can check."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FOUNDATION = {"clock", "dimensions", "errors", "money", "periods", "reach", "secrecy", "settings", "streams"}
ALLOWED: dict[str, set[str]] = {
    **dict.fromkeys(FOUNDATION, FOUNDATION),
    "api": FOUNDATION,
    "store": FOUNDATION,
    "demo": FOUNDATION,
    "sync": FOUNDATION | {"api", "store"},
    "probe": FOUNDATION | {"api", "store", "sync"},
    "ledger": FOUNDATION | {"store"},
    "explore": FOUNDATION | {"store", "ledger"},
    "charts": FOUNDATION | {"explore"},
    "operations": FOUNDATION | {"store", "sync", "ledger", "demo", "probe"},
    "cli": FOUNDATION | {"store", "sync", "ledger", "explore", "probe", "operations"},
    "ui": FOUNDATION | {"store", "sync", "ledger", "explore", "charts", "operations"},
    "__main__": {"cli"},
}
"""Part of core -> the parts it may import."""


def modules() -> list[Path]:
    return sorted((ROOT / "core").rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(ROOT / "core").parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{name.name}" for name in node.names)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    part = part_of(path)
    if part == "__init__":
        return
    for name in imported(path):
        if name.startswith("core.") and name != "core.__version__":
            other = name.split(".")[1]
            assert other == part or other in ALLOWED[part], f"{part} must not import {other}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_only_ui_imports_streamlit(path: Path) -> None:
    uses = any(name.split(".")[0] == "streamlit" for name in imported(path))
    assert not uses or part_of(path) == "ui"


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=lambda path: path.name)
def test_pages_are_thin(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert {name.split(".")[0] for name in imported(path)} <= {"core"}
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 80


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno <= 60, node.name
