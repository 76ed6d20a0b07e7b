"""The house rules that a machine can check."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

FOUNDATION = {
    "bidi",
    "clock",
    "cost_basis",
    "dimensions",
    "errors",
    "figures",
    "formats",
    "long_names",
    "markup",
    "money",
    "periods",
    "private_files",
    "reach",
    "secrecy",
    "settings",
    "stream",
    "streams",
    "typed_ranges",
    "visible",
}
ALLOWED: dict[str, set[str]] = {
    **dict.fromkeys(FOUNDATION, FOUNDATION),
    "access": FOUNDATION,
    "api": FOUNDATION,
    "store": FOUNDATION,
    "forecast": FOUNDATION,
    "demo": FOUNDATION,
    "sync": FOUNDATION | {"api", "store"},
    "probe": FOUNDATION | {"api", "store", "sync"},
    "ledger": FOUNDATION | {"store"},
    "explore": FOUNDATION | {"store", "ledger", "forecast"},
    "charts": FOUNDATION | {"explore", "forecast"},
    "watch": FOUNDATION | {"store", "ledger", "explore"},
    "alerts": FOUNDATION | {"store", "ledger", "explore", "watch"},
    "digests": FOUNDATION | {"store", "ledger", "explore", "charts", "watch", "alerts"},
    "people": FOUNDATION | {"store", "ledger"},
    "settings_file": FOUNDATION | {"store", "explore", "alerts", "digests"},
    "upkeep": FOUNDATION | {"store", "sync", "ledger"},
    "follow_up": FOUNDATION | {"store", "ledger", "explore", "watch", "alerts", "digests", "upkeep"},
    "operations": FOUNDATION | {"store", "sync", "ledger", "demo", "probe", "upkeep", "follow_up"},
    "cli": FOUNDATION
    | {
        "store",
        "sync",
        "ledger",
        "explore",
        "forecast",
        "probe",
        "watch",
        "alerts",
        "digests",
        "settings_file",
        "people",
        "operations",
        "follow_up",
        "upkeep",
    },
    "ui": FOUNDATION
    | {"access", "store", "sync", "ledger", "explore", "forecast", "charts", "watch", "alerts", "digests"}
    | {"people"}
    | {"operations", "follow_up"},
    "__main__": {"cli", "private_files"},
}
"""Part of core -> the parts it may import."""


MOST_LINES = {"module": 300, "function": 60, "page": 80}


@dataclass
class Module:
    """One file, read and parsed once, when a test asks: other tests only collect this module."""

    path: Path

    @property
    def part(self) -> str:
        return self.path.parts[-1 if self.path.parent.name == "core" else 1].removesuffix(".py")

    @cached_property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8")

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    @cached_property
    def tree(self) -> list[ast.AST]:
        return list(ast.walk(ast.parse(self.text)))

    @cached_property
    def imported(self) -> list[str]:
        names: list[str] = []
        for node in self.tree:
            if isinstance(node, ast.Import):
                names += (name.name for name in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                names += (f"{node.module}.{name.name}" for name in node.names)
        return names

    def nodes(self, *kinds: type[ast.AST]) -> list[ast.AST]:
        return [node for node in self.tree if isinstance(node, kinds)]


CORE = [Module(path.relative_to(ROOT)) for path in sorted((ROOT / "core").rglob("*.py"))]
PAGES = [Module(path.relative_to(ROOT)) for path in sorted((ROOT / "pages").glob("*.py"))]


def test_the_rules_look_at_all_of_it() -> None:
    assert {module.part for module in CORE} - {"__init__"} == ALLOWED.keys() and PAGES


def test_imports_point_one_way() -> None:
    assert not [
        f"{module.path} imports {name}"
        for module in CORE
        for name in module.imported
        if name.startswith("core.") and module.part != "__init__" and name != "core.__version__"
        if name.split(".")[1] not in {module.part, *ALLOWED[module.part]}
    ]


def arrows() -> dict[str, set[str]]:
    """Module -> the modules of core it imports. A package stands for its ``__init__``."""
    names = {dotted(module.path): module for module in CORE}
    return {
        name: {found for text in module.imported if (found := within(text, names)) and found != name}
        for name, module in names.items()
    }


def dotted(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def within(name: str, modules: Collection[str]) -> str | None:
    """The module that a dotted name is, or is in."""
    while name and name not in modules:
        name = name.rpartition(".")[0]
    return name or None


def test_no_module_is_imported_by_what_it_imports() -> None:
    TopologicalSorter(arrows()).prepare()


def test_only_ui_imports_streamlit() -> None:
    users = {m.part for m in CORE for name in m.imported if name.split(".")[0] == "streamlit"}
    assert users == {"ui"}


def test_a_family_of_pages_imports_no_other() -> None:
    """What two share is in ``core/ui/app``; and that imports none."""
    assert not [
        f"{module.path} imports {name}"
        for module in CORE
        if module.part == "ui" and len(module.path.parts) > 2
        for name in module.imported
        if name.startswith("core.ui.") and name.split(".")[2] not in {family(module), "app"}
    ]


def family(module: Module) -> str:
    return module.path.parts[2].removesuffix(".py")


def test_pages_are_made_of_the_fronts_of_families() -> None:
    """A page calls what the family's ``__init__`` names, and nothing behind it."""
    for page in PAGES:
        assert {name.count(".") for name in page.imported if name != "core.ui.app.navigation.page"} == {2}, (
            page.path
        )


REACH = Path("core/reach.py")
OF_REACH = {"31", "365", "date(2026, 1, 1)"}


def test_one_module_knows_what_anthropics_reports_reach() -> None:
    """But for the simulated Anthropic: what it refuses must not follow from what is asked."""
    asking = [module for module in CORE if module.part != "demo"]
    found = {
        (m.path, ast.unparse(node))
        for m in asking
        for node in m.nodes(ast.Constant, ast.Call)
        if _short(node)
    }
    assert {path for path, text in found if text in OF_REACH} == {REACH}


def _short(node: ast.AST) -> bool:
    """Whether it may be one: a number, or a call with nothing but numbers. To spell all out takes long."""
    if isinstance(node, ast.Call):
        return len(node.args) == 3 and all(isinstance(one, ast.Constant) for one in node.args)
    return isinstance(node, ast.Constant) and isinstance(node.value, int)


HTML = {Path("core/ui/app/html.py"), Path("core/markup.py")}
TAG = re.compile(r"(?<!\?)</?[a-zA-Z!]")  # (?<! begins a part of a regular expression


def test_one_module_spells_html() -> None:
    """And one its elements for pages: all is escaped by type. A tag elsewhere stands beside raw text."""
    pages = [module for module in CORE if module.part in ("ui", "digests", "alerts", "markup")]
    others = [module for module in pages if module.path not in HTML]
    assert {m.path for m in pages for text in strings(m) if TAG.search(text)} == HTML
    assert not [m.path for m in others for name in m.imported if name.startswith(("markupsafe", "html"))]
    assert not [m.path for m in others for node in m.nodes(ast.Attribute) if ast.unparse(node) == "st.html"]


def strings(module: Module) -> Iterator[str]:
    """All that are written in it, but for docstrings."""
    statements = [node.value for node in module.nodes(ast.Expr) if isinstance(node, ast.Expr)]
    for node in module.nodes(ast.Constant):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in statements:
            yield node.value


def test_modules_and_functions_stay_small() -> None:
    assert not [str(module.path) for module in CORE if module.lines > MOST_LINES["module"]]
    assert not [
        f"{module.path}: {node.name}"
        for module in CORE
        for node in module.nodes(ast.FunctionDef)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > MOST_LINES["function"]
    ]


SAYS_NOTHING = {"found", "one"}


def test_names_say_what_a_thing_is() -> None:
    """Not that it was found, and not that there are more of it: a row, a connection, a plan."""
    assert not [
        f"{module.path}:{line}: {name}"
        for module in [*CORE, *PAGES]
        for name, line in given_names(module)
        if name in SAYS_NOTHING
    ]


def given_names(module: Module) -> Iterator[tuple[str, int]]:
    """Of all that is assigned, looped over or taken as an argument, and where."""
    for node in module.nodes(ast.Name, ast.arg):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno


def test_pages_are_thin() -> None:
    for page in PAGES:
        assert not page.nodes(ast.FunctionDef, ast.ClassDef), page.path
        assert {name.split(".")[0] for name in page.imported} <= {"core"}, page.path
        assert page.lines <= MOST_LINES["page"], page.path


if __name__ == "__main__":
    packages = {module.path.parent for module in CORE}
    print(f"{len(packages)} packages, {len(CORE)} modules, {sum(map(len, arrows().values()))} arrows")  # noqa: T201
