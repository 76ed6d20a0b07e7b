"""Names, links and files of somebody who means harm, in a real browser: shown as text, run by nobody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from sqlite_utils import Database

from core.ledger.build import refresh_ledger
from core.settings import Settings
from core.store.dashboards import TEXT, TileLook, add_dashboard, add_text, add_tile
from core.store.database import database
from core.store.meta import set_refresh_hours
from core.store.saved_views import ViewContent, add_view
from tests.browser.program import Program, running
from tests.ui import books

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

NOBODY = "http://127.0.0.1:9"
OVERRIDE = "\u202e"
RUNS = "window.harmed=1"
NAMES = (
    f'<img src=x onerror="{RUNS}">',
    f"<script>{RUNS}</script>",
    f'"><svg onload={RUNS}>',
    f"</td><b onclick={RUNS}>",
    f"[go](javascript:{RUNS})",
    "![x](https://evil.example/x.png)",
    "<https://evil.example>",
    f"datum['x'] + {RUNS}",
    f"{{{{constructor.constructor('{RUNS}')()}}}}",
    "$\\href{javascript:alert(1)}{x}$",
    ":red[x] :material/home:",
    f"{OVERRIDE}evil",
    "\u2067\u2067\u2067isolated",
    "=1+1",
    "\u0000 nul",
    "a\nb\tc",
    "é" * 200,
    "\U0001f469\u200d\U0001f4bb",
    "<style>*{display:none}</style>",
    "<base href=https://evil.example>",
    f"' onfocus='{RUNS}' autofocus='",
)
GIVEN = tuple(name for name in NAMES if name.isprintable() and len(name) <= 100 and name.isascii())
"""Those that a view or dashboard can be given."""
PAGES = (
    "overview",
    "cost?by=workspace&by=user&range=last_90",
    "cost?by=workspace&show=pivot&range=last_90",
    "cost?by=workspace&show=change&range=last_90",
    "usage?by=user&range=last_90",
    *(
        "people?range=last_90",
        "keys",
        "efficiency",
        "anomalies",
        "dashboards",
        "saved_views",
        "sync",
        "settings",
    ),
)
LINKS = (
    {"in.workspace": NAMES, "by": ["workspace"]},
    {"by": NAMES, "range": NAMES, "measure": NAMES, "top": NAMES},
    {"has.user": ["(" * 5_000], "starts.model": [OVERRIDE * 2_000]},
    {"in.model": [f"m{n}" for n in range(2_000)]},
    {"from": ["0000-00-00"], "to": ["99999-12-31"], "vs.from": ["\x00"], "step": NAMES, "budget": NAMES},
    {"__proto__": ["x"], "constructor": ["y"], "view": ["-1", "9" * 40], "board": [f"<b>{RUNS}</b>"]},
)
HARMED = """() => [
  window.harmed,
  document.querySelector("[onerror], [onload], [onclick], [onfocus], base, img[src*='evil.example']"),
  [...document.links].find((link) => link.protocol === "javascript:"
    || (link.hostname === "evil.example" && !link.closest(".st-key-board"))),
].filter((part) => part).map(String)"""
"""A text on a dashboard may lead elsewhere, nothing else."""
TURNED = """() => {
  const amounts = ".tl-legend .amount, .tl-table td, .tl-list .number, .tl-share .number";
  const left = (text, place) => {
    const range = document.createRange();
    range.setStart(text, place);
    range.setEnd(text, place + 1);
    return range.getBoundingClientRect().left;
  };
  return [...document.querySelectorAll(amounts)].map((part) => part.firstChild)
    .filter((text) => text && text.nodeType === 3 && /^[$]?[0-9][0-9.,]+$/.test(text.data))
    .filter((text) => left(text, 0) > left(text, text.length - 1))
    .map((text) => text.data);
}"""
"""Amounts whose last character stands before the first one on their line."""


def named(settings: Settings) -> None:
    """Each name is somebody's, some are workspaces', and all are a view's, a dashboard's and a text's."""
    books.fill(settings)
    with database(settings) as db:
        set_refresh_hours(db, 8760)
        for place, name in enumerate(NAMES):
            given = {"name": f"{name} {place}", "id": f"user_{place + 1}"}
            for table in ("claude_ai_user_cost", "claude_ai_user_usage"):
                db.conn.execute(f"UPDATE {table} SET user_email = :name WHERE user_id = :id", given)
        for place, ending in enumerate(("= 'wrkspc_1'", "= 'wrkspc_2'", "= 'wrkspc_3'", "IS NULL")):
            given = {"name": f"{NAMES[place]} {OVERRIDE}{place}"}
            for table in ("platform_cost", "platform_usage"):
                sql = f"UPDATE {table} SET workspace_name = :name WHERE workspace_id {ending}"
                db.conn.execute(sql, given)
        db.conn.execute("UPDATE month_revisions SET revision = revision + 1")
        _kept(db)
    refresh_ledger(settings, lambda: books.NOW)


def _kept(db: Database) -> None:
    """What the store takes of them; it refuses the others, whoever asks."""
    board = add_dashboard(db, f"{NAMES[0]} board").id
    for name in GIVEN:
        view = add_view(db, name, ViewContent("cost", {"in.workspace": [name]}), books.NOW)
        add_tile(db, board, view.id, TileLook("table", title=name))
        add_text(db, board, name, TileLook(TEXT, title=name))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("hostile")
    named(Settings(folder / "data"))
    with running(folder, NOBODY) as program:
        yield program


@pytest.fixture(scope="module")
def visitor(program: Program, chromium: Browser) -> Iterator[Visitor]:
    from tests.browser.visitor import Visitor

    with Visitor(chromium, program) as visitor:
        visitor.page.on("dialog", lambda dialog: visitor.problems.append(f"A dialog: {dialog.message}"))
        yield visitor


def unharmed(visitor: Visitor) -> None:
    visitor.wait_for_rest()
    assert visitor.page.evaluate(HARMED) == []
    assert visitor.page.evaluate(TURNED) == []
    visitor.check()


def test_the_search_for_turned_amounts_finds_them(visitor: Visitor) -> None:
    """Else nothing that is not found would prove anything."""
    visitor.open("settings")
    visitor.wait_for_rest()
    visitor.page.evaluate(
        "document.body.insertAdjacentHTML('afterbegin', '<div class=tl-legend><bdo dir=rtl>'"
        " + '<span class=amount>$123.45</span></bdo></div>')"
    )
    assert visitor.page.evaluate(TURNED) == ["$123.45"]


@pytest.mark.parametrize("page", PAGES)
def test_hostile_names_are_text_on_every_page(visitor: Visitor, page: str) -> None:
    visitor.open(page)
    visitor.expect(visitor.heading).to_be_visible()
    unharmed(visitor)
    if page.partition("?")[0] in ("overview", "cost", "dashboards", "saved_views"):
        visitor.expect(visitor.page.locator("body")).to_contain_text("<img src=x onerror=")


@pytest.mark.parametrize("link", range(len(LINKS)))
def test_a_hostile_link_opens_its_page(visitor: Visitor, link: int) -> None:
    for page in ("cost", "dashboards"):
        visitor.open(f"{page}?{urlencode(LINKS[link], doseq=True)}")
        visitor.expect(visitor.heading).to_have_text(page.capitalize())
        unharmed(visitor)


def files() -> Iterator[bytes]:
    """Dashboards as nobody exported them; the first two are read."""
    tile = {"width": "half", "height": "small"}
    views = [{"name": name, "page": "cost", "parameters": {"in.workspace": [name]}} for name in GIVEN]
    tables = [{**tile, "kind": "table", "view": name, "title": name} for name in GIVEN]
    texts = [{**tile, "kind": "text", "text": name, "title": name} for name in GIVEN]
    whole = {"format": "token-ledger-dashboard", "version": 1, "name": "x", "views": views, "tiles": tables}
    yield json.dumps(whole).encode()
    yield json.dumps({**whole, "name": NAMES[0], "views": [], "tiles": texts}).encode()
    yield json.dumps({**whole, "name": "\u2067\u0000"}).encode()
    yield json.dumps({**whole, "views": [{**views[0], "page": "../settings"}]}).encode()
    yield json.dumps({**whole, "version": 10**400}).encode()
    yield b"[" * 100_000
    yield b"\xff\xfe\x00" * 1_000


def test_a_hostile_file_is_imported_as_text_or_refused_with_a_sentence(
    visitor: Visitor, tmp_path: Path
) -> None:
    visitor.open("dashboards")
    visitor.wait_for_rest()
    for place, content in enumerate(files()):
        path = tmp_path / f"{place}.json"
        path.write_bytes(content)
        visitor.button("New").click()
        visitor.page.locator("input[type=file]").set_input_files(path)
        visitor.button("Import").click()
        told = visitor.page.get_by_test_id("stAlert").or_(visitor.page.get_by_test_id("stToast"))
        visitor.expect(told.first).to_be_visible()
        unharmed(visitor)
        visitor.open("dashboards")
        visitor.wait_for_rest()
