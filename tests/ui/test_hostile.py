"""Sessions that nobody thinks of: names that turn the reading direction, endless links, random clicks."""

from __future__ import annotations

import os
import random
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape

import pytest
from sqlite_utils import Database
from streamlit.testing.v1 import AppTest

from core.errors import InputError
from core.ledger.build import refresh_ledger
from core.settings import Settings
from core.store.connections import Connection
from core.store.database import database
from core.store.grants import Role, Scope
from tests.ui import books, people
from tests.ui.conftest import PAGES, shown

Open = Callable[..., AppTest]
STEPS = round(250 * float(os.environ.get("PROPERTY_SCALE", "1")))
"""Of each session: two thousand in all."""
SEED = os.environ.get("SESSION_SEED", "20261123")
"""Another number is other sessions; ``make soak`` takes a new one each time."""
SESSIONS = tuple(f"{SEED}-{number}" for number in range(1, 5))

OVERRIDE, OPEN, CLOSE = "\u202e", "\u2066\u2067\u2068", "\u2069"


def renamed(settings: Settings, names: dict[str, str]) -> None:
    """Names as Anthropic could send them, in facts and lists, and a ledger built from them."""
    with database(settings) as db:
        for table in [name for name in db.table_names() if not name.startswith("sqlite")]:
            columns = db.query("SELECT name FROM pragma_table_info(:table)", {"table": table})
            for column in {row["name"] for row in columns} & names.keys():
                sql = f'UPDATE "{table}" SET "{column}" = :before || "{column}" WHERE "{column}" IS NOT NULL'
                db.conn.execute(sql, {"before": names[column]})
        db.conn.execute("UPDATE month_revisions SET revision = revision + 1")
    refresh_ledger(settings, lambda: books.NOW)


def loose(text: str) -> list[str]:
    """What around an override could be turned by it: it stands in no isolate and in no element of its own."""
    texts = [unescape(part) for part in re.split(r"<bdi>[^<]*</bdi>|<[^>]*>", text)]
    found = []
    for part in texts:
        depth = 0
        for place, char in enumerate(part):
            depth += (char in OPEN) - (char in CLOSE)
            if char == OVERRIDE and depth < 1 and part.strip() != part[place:].strip():
                found.append(part[max(0, place - 30) : place + 30])
    return found


def test_the_search_for_loose_overrides_finds_them() -> None:
    assert loose(f"Cost of {OVERRIDE}evil: $5") and loose(f"<b>of {OVERRIDE}evil</b>")
    assert not loose(f"Cost of \u2068{OVERRIDE}evil\u2069: $5") and not loose(f"of <bdi>{OVERRIDE}evil</bdi>")
    assert not loose(f"<td>{OVERRIDE}evil</td>")


FIELDS = (
    *("workspace_name", "api_key_name", "account_email", "user_email", "user_name", "organization_name"),
    *("name", "email"),
)
NAMING = {"overview", "settings"}
"""Pages that show names whatever is asked; others may, or show them in tables, whose cells are their own."""


@pytest.mark.parametrize("page", PAGES)
def test_a_name_that_turns_the_direction_turns_nothing_beside_it(
    open_page: Open, settings: Settings, full_books: None, page: str
) -> None:
    fields = (
        "workspace_name",
        "api_key_name",
        "account_email",
        "user_email",
        "user_name",
        "organization_name",
    )
    renamed(settings, dict.fromkeys(fields, OVERRIDE))
    app = open_page(page)
    assert not app.exception
    assert loose(shown(app)) == []
    assert OVERRIDE in shown(app) or page not in NAMING


@pytest.mark.parametrize(
    "params",
    [
        {f"in.{n}": ["x"] for n in range(2_000)},
        {"in.model": [f"m{n}" for n in range(2_000)]},
        {"in.model": ["m" * 200_000]},
        {"has.user": ["(" * 50_000], "starts.model": ["\u202e" * 10_000]},
        {"by": ["model,workspace," * 5_000], "range": ["9" * 100_000], "measure": ["cost"] * 2_000},
        {"from": ["0000-00-00"], "to": ["99999-12-31"], "page": ["\x00"], "top": ["-1e999"]},
    ],
    ids=["many names", "many values", "one long", "awkward", "repeated", "numbers"],
)
def test_a_giant_link_opens_the_page_and_says_what_it_could_not_read(
    open_page: Open, full_books: None, params: dict[str, list[str]]
) -> None:
    app = open_page("cost", params)
    assert not app.exception
    assert len(shown(app)) < 400_000


# A session of random steps

HOSTILE = (
    "", " ", "\u202e\u2066", "\u200b", "<script>alert(1)</script>", "'; DROP TABLE meta; --", "=1+1",
    "../../etc", "a" * 10_000, "$" * 50, "[x](javascript:alert(1))", "é" * 99, "~none", "{{7*7}}", "%00%0a",
    "\U0001f469\u200d",
)  # fmt: skip


KINDS = ("button", "selectbox", "multiselect", "text_input", "checkbox", "toggle", "radio", "number_input")
KEYS = (
    "by",
    "measure",
    "range",
    "in.model",
    "not.user",
    "has.workspace",
    "chart",
    "top",
    "from",
    "to",
    "basis",
)


@dataclass
class Session:
    """A browser in the hands of someone who clicks and types whatever there is."""

    app: AppTest
    chance: random.Random
    open_page: Open
    seed: str
    steps: list[str] = field(default_factory=list)

    @classmethod
    def begun(cls, open_page: Open, page: str, seed: str) -> Session:
        return cls(open_page(page), random.Random(seed), open_page, seed)

    def where(self) -> str:
        """How to come here again."""
        return f"seed {self.seed}, step {len(self.steps)}, after {self.steps[-6:]}"

    def step(self) -> None:
        name, act = self.chance.choice(list(self._possible()))
        self.steps.append(name)
        act()
        told = [str(error.value)[:200] for error in self.app.exception]
        assert told == [], self.where()

    def _possible(self) -> Iterator[tuple[str, Callable[[], object]]]:
        yield "go", self._go
        for kind in KINDS:
            widgets = [widget for widget in self.app.get(kind) if not widget.disabled]
            if widgets:
                yield kind, lambda kind=kind, widgets=widgets: self._use(kind, self.chance.choice(widgets))

    def _go(self) -> None:
        page = self.chance.choice(PAGES)
        params = {
            key: [self.chance.choice((*HOSTILE, "model", "cost", "last-7-days", "2026-11-01"))]
            for key in self.chance.sample(KEYS, self.chance.randrange(4))
        }
        self.steps[-1] = f"go {page} {params}"[:300]
        self.app = self.open_page(page, params)

    def _use(self, kind: str, widget: object) -> None:
        self.steps[-1] = f"{kind} {getattr(widget, 'label', '')}"[:100]
        use(kind, widget, self.chance)
        self.app.run()


def _can_be_told(widget: object, text: str) -> bool:
    """Streamlit's test driver formats once more what is chosen by its label: "Top Top 20" is no option."""
    try:
        return bool(widget.format_func(text) == text)  # type: ignore[attr-defined]
    except Exception:
        return True  # then it takes the label as it is


def use(kind: str, widget: object, chance: random.Random) -> None:
    """Give a widget a value that somebody could."""
    known: list[object] = [text for text in getattr(widget, "options", ()) if _can_be_told(widget, text)]
    if kind == "button":
        widget.click()  # type: ignore[attr-defined]
    elif kind in ("selectbox", "radio") and known:
        widget.set_value(chance.choice(known))  # type: ignore[attr-defined]
    elif kind == "multiselect" and known:
        widget.set_value(chance.sample(known, min(len(known), chance.randrange(3))))  # type: ignore[attr-defined]
    elif kind == "text_input":
        longest = getattr(widget.proto, "max_chars", 0) or 10_000  # type: ignore[attr-defined]
        widget.input(chance.choice(HOSTILE)[:longest])  # type: ignore[attr-defined]
    elif kind == "number_input":
        widget.set_value(chance.choice((widget.min, widget.max)) or 1)  # type: ignore[attr-defined]
    elif kind in ("checkbox", "toggle"):
        widget.set_value(chance.random() < 0.5)  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", SESSIONS)
def test_no_session_ends_in_an_exception(
    open_page: Open, settings: Settings, full_books: None, monkeypatch: pytest.MonkeyPatch, seed: str
) -> None:
    """Whoever is let in may click anything in any order: what is wrong is a sentence, never a traceback."""
    monkeypatch.setattr("core.operations.connect", _nobody)
    monkeypatch.setattr("core.operations.load_demo", _nobody)
    session = Session.begun(open_page, "overview", seed)
    for _ in range(STEPS):
        session.step()
    assert len(set(session.steps)) > min(STEPS / 3, 100)
    with database(settings) as db:
        assert next(db.query("PRAGMA integrity_check"))["integrity_check"] == "ok"
        names = [
            row["name"] for row in db.query("SELECT name FROM saved_views UNION SELECT name FROM dashboards")
        ]
    assert all(unicodedata.category(char) != "Cf" for name in names for char in name)


@pytest.mark.parametrize("seed", SESSIONS)
def test_no_session_of_a_viewer_shows_what_was_not_granted(
    open_page: Open,
    settings: Settings,
    full_books: list[Connection],
    monkeypatch: pytest.MonkeyPatch,
    seed: str,
) -> None:
    """Whatever page, parameter, filter, text and button, in whatever order; files too."""
    files: list[str] = []
    people.files_into(monkeypatch, files)
    people.plant(settings, full_books[0].id)
    people.grant(settings, Role.VIEWER, Scope(workspaces=("wrkspc_1",)))
    people.sign_in(monkeypatch, people.claims())
    monkeypatch.setattr("core.ui.app.visitor.sign_out", lambda **_: None)  # the session is to go on
    emails = {email for _, email, _ in books.PEOPLE}
    hidden = {*people.PLANTED, *people.SECRETS, *emails, "Datenplattform", "wrkspc_3", "apikey_2", "Everyone"}
    session = Session.begun(open_page, "cost", seed)
    with database(settings) as db:
        before = _of_others(db)
    for _ in range(STEPS):
        session.step()
        told = people.seen([people.sent(session.app), *files], hidden)
        assert told == set(), session.where()
        files.clear()
    with database(settings) as db:
        assert _of_others(db) == before


def _of_others(db: Database) -> list[dict[str, object]]:
    """All that people keep, but the viewer's own views and when something was opened."""
    kept = []
    for table in ("saved_views", "dashboards", "tiles", "plans", "annotations", "channels", "saved_filters"):
        rows = db.query(f"SELECT * FROM {table} ORDER BY id")
        kept += [row for row in rows if row.get("owner") != people.ANN]
    return kept


def _nobody(*_: object, **__: object) -> None:
    """No Anthropic is asked."""
    raise InputError("Nobody is asked here.", remedy="Go on.")
