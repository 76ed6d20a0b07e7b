"""Filters over ten thousand values: none freezes the page, none is out of reach, none chosen is hidden."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.explore.values import ValueList, ValueOption
from core.settings import Settings
from core.ui.app.filters import MANY_VALUES, listed_words
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
        assert name in values(app).options and CHOSEN in values(app).options
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
    assert values(app).options == [CHOSEN]


def test_a_name_typed_into_the_box_is_taken_though_it_is_not_listed(app: AppTest) -> None:
    values(app).set_value([CHOSEN, "extra4711@example.com"]).run()
    assert set(app.query_params["in.user"]) == {CHOSEN, "extra4711@example.com"}


def test_a_part_of_a_name_typed_into_the_box_is_searched(app: AppTest) -> None:
    values(app).set_value([CHOSEN, "extra4711"]).run()
    assert app.query_params["in.user"] == CHOSEN
    assert search(app).value == "extra4711"
    assert "extra4711@example.com" in values(app).options


def test_a_filter_asked_for_twice_is_added_once(app: AppTest) -> None:
    for _ in range(2):
        app.selectbox(key="w.add_filter").select("model").run()
    assert [field.label for field in app.multiselect].count("Model values") == 1


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
