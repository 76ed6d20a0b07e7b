"""What the box finds: of every kind, by any part of a name, and where it leads."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from core.ledger.snapshot import open_ledger
from core.settings import Settings
from core.store.connections import Connection
from core.store.dashboards import add_dashboard
from core.store.database import database
from core.store.saved_views import ViewContent, add_view
from core.ui.app import data, finder
from core.ui.app.finder import MOST_OF_A_KIND, VALUES, Hit
from core.ui.app.menu import PAGES
from tests.ui import books

Open = Callable[..., AppTest]
CONTENT = ViewContent("usage", {"measure": ["tokens"], "by": ["model"], "range": ["last_7"]})


@pytest.fixture(autouse=True)
def full(full_books: list[Connection]) -> None:
    """Every test here begins with full books."""


def found(settings: Settings, wanted: str) -> list[Hit]:
    return list(finder.found(wanted, open_ledger(settings)))


def test_every_page_has_a_letter_of_its_own() -> None:
    letters = [page.letter for page in PAGES.values()]
    assert len(set(letters)) == len(letters) and all(len(letter) == 1 for letter in letters)


@pytest.mark.parametrize("dimension", VALUES)
def test_every_value_is_found_by_a_part_of_its_name_case_aside(settings: Settings, dimension: str) -> None:
    options = [
        one for one in data.dimension_values(open_ledger(settings), dimension) if isinstance(one.value, str)
    ]
    assert options
    for option in options:
        hits = [hit for hit in found(settings, option.label[1:].upper()) if hit.label == option.label]
        assert [hit.page for hit in hits if f"in.{dimension}" in hit.params] == ["cost"]


def test_a_value_opens_what_it_cost(open_page: Open, settings: Settings) -> None:
    (hit,) = [
        hit
        for hit in found(settings, "claude-opus-5")
        if hit.kind == "Model" and hit.label == "claude-opus-5"
    ]
    app = open_page(hit.page, hit.params)
    assert not app.exception and not app.info and app.metric
    assert app.query_params["in.model"] == "claude-opus-5" and "model" not in hit.params["by"]


def test_a_value_without_use_in_the_range_opens_over_all_days(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = data.dimension_values
    monkeypatch.setattr(
        data, "dimension_values", lambda ledger, name, period=None: () if period else real(ledger, name)
    )
    hits = [hit for hit in found(settings, "opus") if hit.kind == "Model"]
    assert hits and all(hit.params["range"] == ["all"] for hit in hits)


def test_views_and_dashboards_are_found_the_best_first(open_page: Open, settings: Settings) -> None:
    with database(settings) as db:
        for name in ("Spend of zebra", "Zebra", "azebra", "<b>zebra</b>"):
            add_view(db, name, CONTENT, books.NOW)
        add_view(db, "Spoilt zebra", ViewContent("cost", {"by": ["flavour"]}), books.NOW)
        board = add_dashboard(db, "Zebra board")
    hits = found(settings, "ZEBRA")
    assert [hit.label for hit in hits] == ["Zebra board", "Zebra", "Spend of zebra", "<b>zebra</b>", "azebra"]
    assert hits[0].params == {"board": [str(board.id)]}
    app = open_page(hits[1].page, hits[1].params)
    assert not app.exception and app.query_params["range"] == "last_7"


def test_a_few_of_a_kind_are_enough(settings: Settings) -> None:
    with database(settings) as db:
        for number in range(30):
            add_view(db, f"Zebra {number}", CONTENT, books.NOW)
    assert len(found(settings, "zebra")) == MOST_OF_A_KIND


def test_without_connections_there_are_no_values_and_no_failure(
    open_page: Open,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(tmp_path_factory.mktemp("empty")))
    assert {hit.kind for hit in finder.found("cost", data.ledger())} <= {"Saved view", "Dashboard"}


def test_the_box_is_on_every_page_with_its_button(open_page: Open) -> None:
    app = open_page("settings")
    assert not app.exception
    assert any("tl-find" in one.proto.body for one in app.sidebar.get("html"))


def test_the_shortcut_of_a_view_reads_as_its_link(settings: Settings) -> None:
    with database(settings) as db:
        view = add_view(db, "Zebra", CONTENT, books.NOW)
    (hit,) = found(settings, "zebra")
    assert hit.params["view"] == [str(view.id)]
    assert hit.params["range"] == parse_qs("range=last_7")["range"]
