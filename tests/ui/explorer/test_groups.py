"""Groups: up to five, in the order one likes, names before ids."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

Open = Callable[..., AppTest]


@pytest.fixture(autouse=True)
def full(full_books: None) -> None:
    """Every test here begins with full books."""


def groups(app: AppTest) -> list[str]:
    found = app.query_params["by"]
    return [found] if isinstance(found, str) else list(found)


def test_five_groups_can_be_asked_for_and_each_moves_up(open_page: Open) -> None:
    by = ["model", "workspace", "user", "product", "origin"]
    app = open_page("cost", {"by": by, "range": ["last_7"]})
    assert not app.exception and not app.error and not app.info
    assert app.multiselect(key="w.groups").value == by
    app.button(key="group-up-2").click().run()
    assert groups(app) == ["model", "user", "workspace", "product", "origin"]
    app.button(key="group-up-1").click().run()
    assert groups(app) == ["user", "model", "workspace", "product", "origin"]
    assert app.button(key="group-up-0").disabled


def test_ids_come_behind_more(open_page: Open) -> None:
    app = open_page("cost")
    box = app.multiselect(key="w.groups")
    assert "Model" in box.options and "User ID" not in box.options
    box.set_value(["model", "w.groups.more"]).run()
    assert not app.exception and groups(app) == ["model"]
    box = app.multiselect(key="w.groups")
    assert box.value == ["model"] and "User ID" in box.options and "User role" in box.options
    box.set_value(["model", "user_id"]).run()
    assert groups(app) == ["model", "user_id"]


def test_one_group_has_no_order(open_page: Open) -> None:
    assert not [button for button in open_page("cost").button if str(button.key).startswith("group-up")]
