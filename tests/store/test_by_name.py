"""No row of SQLite is read by position, and none is written by position: the rule, and that it catches."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

CORE = Path(__file__).resolve().parents[2] / "core"
PARTS = ("store", "sync", "ledger", "explore", "cli")

RELEASED = {"migrations.py", "first_tables.py"}
"""What a released migration did is never edited."""
EXCEPTIONS = {
    ("windows.py", "add"),
    ("database.py", "named_rows"),
    ("facts.py", "read_frame"),
    ("everything.py", "_batches"),
}
"""Rows by the million, in the order declared or under the names of the answer; and the one place that gives
rows their names."""

READS = {"query", "named_rows", "rows_where"}


def faults(source: str, module: str = "") -> list[str]:
    """What in a module's functions goes by position."""
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    return [
        f"{module}:{line}: {what}"
        for function in functions
        if (module, function.name) not in EXCEPTIONS
        for line, what in (*_cursors(function), *_unpacked(function), *_statements(function))
    ]


def _cursors(function: ast.FunctionDef) -> Iterator[tuple[int, str]]:
    """A cursor gives tuples: nothing but how many rows it touched may be asked of it."""
    unread = {id(node.value) for node in ast.walk(function) if isinstance(node, ast.Expr)}
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute):
            if node.attr in {"fetchone", "fetchall", "fetchmany"}:
                yield node.lineno, f"{node.attr} gives tuples"
            if node.attr == "rowcount":
                unread.add(id(node.value))
    for node in ast.walk(function):
        if _calls(node, {"execute", "executemany"}) and id(node) not in unread:
            yield node.lineno, "a cursor is read"  # type: ignore[attr-defined]


def _unpacked(function: ast.FunctionDef) -> Iterator[tuple[int, str]]:
    """A row by name is neither unpacked nor indexed with a number."""
    rows = _names_of_rows(function)
    for node in ast.walk(function):
        taken = isinstance(node, ast.Starred) and _is_read(node.value, rows)
        if taken or any(not isinstance(target, ast.Name) for target in _targets(node, rows)):
            yield getattr(node, "lineno", function.lineno), "a row is unpacked"
        if isinstance(node, ast.Subscript) and _is_read(node.value, rows) and _is_whole(node.slice):
            yield node.lineno, "a row is read by position"


def _names_of_rows(function: ast.FunctionDef) -> set[str]:
    """Names that rows go by: ``row`` as it is handed on, and what the function calls them itself."""
    names = {arg.arg for arg in function.args.args if arg.arg == "row"}
    for _ in range(2):  # rows have to be known before those who loop over them
        for node in ast.walk(function):
            names |= {target.id for target in _targets(node, names) if isinstance(target, ast.Name)}
    return names


def _targets(node: ast.AST, rows: set[str]) -> list[ast.expr]:
    """What a node puts rows of a query in, or a row."""
    if isinstance(node, ast.For | ast.comprehension) and _is_read(node.iter, rows):
        return [node.target]
    return node.targets if isinstance(node, ast.Assign) and _is_read(node.value, rows) else []


def _is_whole(index: ast.expr) -> bool:
    index = index.operand if isinstance(index, ast.UnaryOp) else index
    return isinstance(index, ast.Constant) and isinstance(index.value, int)


def _statements(function: ast.FunctionDef) -> Iterator[tuple[int, str]]:
    for node in ast.walk(function):
        if not isinstance(node, ast.Constant | ast.JoinedStr) or not (text := _text(node)):
            continue
        if re.search(r"(VALUES|SELECT|SET)\s*\(?\s*\?", text):
            yield node.lineno, "values by position"
        if re.search(r"\bINTO\s+[\w.{}]+\s+(VALUES|SELECT|DEFAULT)\b", text):
            yield node.lineno, "columns without names"


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    """A string; what an f-string fills in is ``{}``."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return "".join(map(str, parts))


def _calls(node: ast.AST, names: set[str]) -> bool:
    function = node.func if isinstance(node, ast.Call) else None
    name = getattr(function, "attr", getattr(function, "id", None))
    return name in names


def _is_read(node: ast.AST, rows: set[str]) -> bool:
    """Whether it is a row, or rows, of a query: called here, or kept under a name; through next and list."""
    if isinstance(node, ast.Call) and _calls(node, {"next", "list", "iter", "sorted"}):
        return bool(node.args) and _is_read(node.args[0], rows)
    return _calls(node, READS) or (isinstance(node, ast.Name) and node.id in rows)


@pytest.mark.parametrize("part", PARTS)
def test_no_row_goes_by_position(part: str) -> None:
    modules = [path for path in sorted((CORE / part).rglob("*.py")) if path.name not in RELEASED]
    sources = {path.name: path.read_text(encoding="utf-8") for path in modules}
    asking = {name: source for name, source in sources.items() if "db." in source}
    assert asking
    assert [fault for name, source in asking.items() for fault in faults(source, name)] == []


@pytest.mark.parametrize(
    "line",
    [
        "(name,) = db.conn.execute('SELECT name FROM runs').fetchone()",
        "return [name for name, in db.conn.execute('SELECT name FROM runs')]",
        "cursor = db.execute('SELECT 1')",
        "for name, age in named_rows(db, sql, {}): pass",
        "return [use(*row) for row in db.query(sql)]",
        "return [use(a, b) for a, b in db.query(sql)]",
        "rows = db.query(sql)\n    return {a: b for a, b in rows}",
        "(first,) = next(named_rows(db, sql, {}))",
        "return next(db.query(sql))[0]",
        "for row in named_rows(db, sql, {}): row[1]",
        "db.conn.execute('INSERT INTO meta (name) VALUES (?)', [name])",
        "db.conn.execute('INSERT INTO meta VALUES (:name)', values)",
        "db.conn.execute(f'INSERT OR REPLACE INTO {table} SELECT :a, :b', values)",
        "db.conn.executemany('INSERT INTO meta (a) SELECT ?1', rows)",
    ],
)
def test_the_rule_catches(line: str) -> None:
    assert faults(f"def read(db, name):\n    {line}\n")


def test_a_row_handed_on_is_read_by_name_too() -> None:
    assert faults("def _run(row):\n    return Run(row[0], row[1])\n")
    assert faults("def _run(row):\n    a, b = row\n    return Run(a, b)\n")


@pytest.mark.parametrize(
    "line",
    [
        "return [Run(row['id']) for row in db.query('SELECT * FROM runs WHERE id = :id', {'id': name})]",
        "for row in named_rows(db, sql, {}): use(row.stream)",
        "return db.conn.execute('UPDATE runs SET a = :a', {'a': 1}).rowcount > 0",
        "db.conn.execute(f'INSERT INTO {table} ({names}) SELECT {names} FROM {other}')",
        "return names[0]",
    ],
)
def test_the_rule_lets_names_pass(line: str) -> None:
    assert faults(f"def read(db, name):\n    {line}\n") == []
