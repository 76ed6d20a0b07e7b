"""Links that name what no field offers: the page is shown all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.store.connections import Connection

ODD = (
    {"in.origin": ["x"]},
    {"in.model": ["no such"]},
    {"in.origin": ["Claude Platform", "claude.ai"]},
    {"starts.day": ["2026-11"]},
    {"show": ["pivot"], "across": ["nonsense"]},
    {"by": ["tag.nothing"]},
    {"budget": ["none such"]},
    {"top": ["7"]},
)


@pytest.mark.parametrize("params", ODD, ids=str)
def test_cost_opens(
    full_books: list[Connection], open_page: Callable[..., AppTest], params: dict[str, list[str]]
) -> None:
    is_shown(open_page("cost", params))


@pytest.mark.parametrize("name", ["usage", "people", "efficiency", "keys"])
def test_an_origin_that_is_none_is_chosen_in_no_switch(
    full_books: list[Connection], open_page: Callable[..., AppTest], name: str
) -> None:
    app = open_page(name, {"in.origin": ["x"]})
    is_shown(app)
    is_shown(app.run())


def is_shown(app: AppTest) -> None:
    assert not app.exception
    assert not [error.value for error in app.error if "could not be shown" in error.value]
