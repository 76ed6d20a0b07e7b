"""Filters over ten thousand values: none freezes the page, none is out of reach, none chosen is hidden."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.explore.query import Match
from core.explore.values import ValueList, ValueOption
from core.money import usd_label
from core.settings import Settings
from core.store.database import database
from core.store.saved_filters import list_filters
from core.ui.app.filters import MANY_VALUES, listed_words
from core.ui.app.text import markdown_text
from tests.ui import books
from tests.ui.conftest import shown

Open = Callable[..., AppTest]
COUNT = 10_000
CHOSEN = "person1@example.com"


@pytest.fixture(scope="module")
def books_of_many(books_made_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("many")
    shutil.copytree(books_made_once, folder, dirs_exist_ok=True)
    books.add_users(Settings(folder), COUNT)
    return folder


@pytest.fixture
def app(settings: Settings, books_of_many: Path, open_page: Open) -> AppTest:
    """The Cost page, filtered by one of 10,000 users and more."""
    shutil.copytree(books_of_many, settings.data_dir, dirs_exist_ok=True)
    return open_page("cost", {"measure": ["cost"], "in.user": [CHOSEN]})


def values(app: AppTest):
    (found,) = [field for field in app.multiselect if field.label == "User values"]
    return found


def reads(app: AppTest, name: str) -> str:
    """How a value reads among the options: with what it cost."""
    (found,) = [option for option in values(app).options if option.split(" · $")[0] == name]
    return found


def search(app: AppTest):
    (found,) = [field for field in app.text_input if field.label == "Search User"]
    return found


def test_the_largest_are_listed_and_the_number_of_all_is_said(app: AppTest) -> None:
    assert len(values(app).options) == MANY_VALUES
    assert search(app).placeholder == "Search 10,009 values"
    assert "The 200 largest of 10,009 values are listed." in shown(app)


def test_any_value_is_found_and_what_is_chosen_stays(app: AppTest) -> None:
    for number in (0, 4_711, COUNT - 1):
        name = f"extra{number}@example.com"
        search(app).input(name.upper()).run()
        assert reads(app, name) and reads(app, CHOSEN)
        values(app).select(name).run()
    search(app).input("").run()
    assert not app.exception
    assert set(app.query_params["in.user"]) == {
        CHOSEN, "extra0@example.com", "extra4711@example.com", "extra9999@example.com"
    }  # fmt: skip
    assert set(values(app).value) == set(app.query_params["in.user"])


def test_a_search_says_how_many_it_found(app: AppTest) -> None:
    search(app).input("extra99").run()
    assert "111 of 10,009 values contain “extra99”." in shown(app)
    search(app).input("<b>nobody</b>").run()
    assert "None of 10,009 values contains “&lt;b&gt;nobody&lt;/b&gt;”." in shown(app)
    assert values(app).options == [reads(app, CHOSEN)]


def test_a_name_typed_into_the_box_is_taken_though_it_is_not_listed(app: AppTest) -> None:
    values(app).set_value([CHOSEN, "extra4711@example.com"]).run()
    assert set(app.query_params["in.user"]) == {CHOSEN, "extra4711@example.com"}


def test_a_part_of_a_name_typed_into_the_box_is_searched(app: AppTest) -> None:
    values(app).set_value([CHOSEN, "extra4711"]).run()
    assert app.query_params["in.user"] == CHOSEN
    assert search(app).value == "extra4711"
    assert reads(app, "extra4711@example.com")


def test_a_filter_asked_for_twice_is_added_once(app: AppTest) -> None:
    for _ in range(2):
        app.selectbox(key="w.add_filter").select("model").run()
    assert [field.label for field in app.multiselect].count("Model values") == 1


def test_a_value_shows_what_it_cost_over_all_days(app: AppTest) -> None:
    spent = sum(
        tokens * 500
        for day in books.DAYS
        for (_, name, _), _, tokens in books._user_cells(day, COUNT)
        if name == CHOSEN
    )
    assert reads(app, CHOSEN) == f"{CHOSEN} · {usd_label(spent)}"


def test_a_chip_says_the_filter_and_takes_it_away(app: AppTest) -> None:
    (chip,) = [button for button in app.button if button.label.startswith("User is")]
    assert chip.label == markdown_text("User is person1@example.com")
    assert "Oct 25 – Nov 23, 2026 · User is person1@example.com" in shown(app)
    chip.click().run()
    assert "in.user" not in app.query_params
    assert not [button for button in app.button if button.label.startswith("User is")]


def test_parts_of_a_text_are_looked_for(app: AppTest) -> None:
    (kind,) = [box for box in app.selectbox if box.label == "User: how it is compared"]
    kind.select("starts with").run()
    assert "in.user" not in app.query_params
    (parts,) = [box for box in app.multiselect if box.label == "User text"]
    parts.set_value(["EXTRA471", "person2"]).run()
    assert app.query_params["starts.user"] == ["EXTRA471", "person2"]
    assert not app.exception and not app.error
    assert any(b.label == markdown_text("User starts with “EXTRA471” or 1 other") for b in app.button)


def test_the_switch_of_origins_follows_the_filter_and_sets_it(app: AppTest) -> None:
    def switch():
        return app.get("button_group")[[g.label for g in app.get("button_group")].index("Origin")]

    assert switch().value == "All"
    switch().set_value("claude.ai").run()
    assert app.query_params["in.origin"] == ["claude.ai"] or app.query_params["in.origin"] == "claude.ai"
    assert any(button.label == markdown_text("Origin is claude.ai") for button in app.button)
    switch().set_value("All").run()
    assert "in.origin" not in app.query_params and app.query_params["in.user"] == CHOSEN


def test_filters_are_saved_used_by_name_and_deleted(app: AppTest) -> None:
    app.text_input(key="w.filter.name").input("Number one")
    next(button for button in app.button if button.label == "Save filter").click().run()
    assert not app.exception and not app.error, [error.value for error in app.error]
    next(button for button in app.button if button.label == "Remove all filters").click().run()
    assert "in.user" not in app.query_params
    use = next(button for button in app.button if button.label == "Number one")
    use.click().run()
    assert app.query_params["in.user"] == CHOSEN
    next(button for button in app.button if str(button.key).startswith("filter-delete-")).click().run()
    assert not app.exception and not [button for button in app.button if button.label == "Number one"]
    assert app.query_params["in.user"] == CHOSEN


def test_filters_chosen_just_before_the_press_are_saved_and_removed(app: AppTest, settings: Settings) -> None:
    (kind,) = [field for field in app.selectbox if field.label == "User: how it is compared"]
    kind.set_value((True, Match.IS))
    app.text_input(key="w.filter.name").input("All but one")
    next(button for button in app.button if button.label == "Save filter").click().run()
    with database(settings) as db:
        (kept,) = list_filters(db)
    assert kept.params == {"not.user": [CHOSEN]}
    app.selectbox(key="w.add_filter").set_value("model")
    next(button for button in app.button if button.label == "Remove all filters").click().run()
    assert "not.user" not in app.query_params
    assert not [field for field in app.selectbox if field.label.endswith("how it is compared")]


@pytest.mark.parametrize(
    ("listed", "total", "text", "words"),
    [
        (200, 900, "a", "900 of 1,000 values contain “a”; the 200 largest are listed."),
        (1, 1, " a ", "1 of 1,000 values contains “a”."),
        (0, 0, "a", "None of 1,000 values contains “a”."),
        (200, 1_000, "", "The 200 largest of 1,000 values are listed. Search finds the others."),
    ],
)
def test_words_about_what_is_listed(listed: int, total: int, text: str, words: str) -> None:
    options = tuple(ValueOption(str(n), str(n), None, None) for n in range(listed))
    assert listed_words(ValueList(options, total, 1_000), text) == words
