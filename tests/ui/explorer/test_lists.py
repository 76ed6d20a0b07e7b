"""Pages by what lists tell: tags of workspaces, roles, states and creators of keys."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.dimensions import DIMENSIONS, LIST_DIMENSIONS, Origin, tag_dimension
from core.explore.engine import total
from core.explore.query import Filter, Query
from core.ledger.snapshot import open_ledger
from core.periods import Period, preset
from core.settings import Settings
from core.store.connections import list_connections
from core.store.database import database
from core.store.directory import replace_directory
from tests.ui import books
from tests.ui.conftest import WITH_NUMBERS, number, shown

Open = Callable[..., AppTest]
HOSTILE = "=team,<b>x</b> *y* `z` [a](https://b.example)\n$1$ :red[w] " + "long " * 60
NAMES = [*LIST_DIMENSIONS, *(tag_dimension(key).name for key in ("team", HOSTILE, ""))]


def tagged(settings: Settings, team: str = "red") -> None:
    """The Platform organization's lists; the third workspace is in none."""
    tags = ({"team": team, HOSTILE: "=1+1", "": "<i>x</i>"}, {})
    with database(settings) as db:
        (platform,) = [c.id for c in list_connections(db) if c.origin is Origin.PLATFORM]
        workspaces = [
            {"workspace_id": f"wrkspc_{n}", "name": f"W{n}", "tags": json.dumps(one), "archived_at": None,
             "created_at": None}
            for n, one in enumerate(tags, 1)
        ]  # fmt: skip
        replace_directory(db, platform, "workspaces", workspaces, books.NOW)
        replace_directory(
            db,
            platform,
            "api_keys",
            [
                {"api_key_id": "apikey_1", "name": "Key 1", "status": "active", "created_by_id": "user_1",
                 "key_hint": None, "workspace_id": None, "created_at": None, "expires_at": None}
            ],
            books.NOW,
        )  # fmt: skip


def costs(app: AppTest, name: str) -> dict[str, float]:
    """Dollars by label, in the table below the chart."""
    (table,) = [one.value for one in app.dataframe if DIMENSIONS[name].label in one.value.columns]
    *rows, (total, _) = zip(table[DIMENSIONS[name].label], map(number, table["Cost"]), strict=True)
    assert total == "Total"
    return dict(rows)


@pytest.mark.parametrize("page", WITH_NUMBERS)
@pytest.mark.parametrize("name", NAMES)
def test_every_page_opens_by_what_a_list_tells(
    open_page: Open, settings: Settings, full_books: None, page: str, name: str
) -> None:
    tagged(settings)
    app = open_page(page, {"by": [name], f"not.{name}": ["~none", "x"], "range": ["last_90"]})
    assert not app.exception and not app.error
    assert "<b>x</b>" not in shown(app) and "<i>x</i>" not in shown(app)


@pytest.mark.parametrize("shape", ["time", "change", "pivot"])
@pytest.mark.parametrize("name", NAMES)
def test_every_shape_is_drawn_and_the_groups_add_up(
    open_page: Open, settings: Settings, full_books: None, shape: str, name: str
) -> None:
    tagged(settings)
    app = open_page("cost", {"by": [name], "show": [shape], "across": [name], "range": ["last_90"]})
    assert not app.exception and not app.error
    ledger = open_ledger(settings)
    complete = Period(preset("last_90", books.NOW.date()).start, books.NOW.date())
    platform, claude_ai = (
        total(ledger, Query(("cost",), complete, (), (Filter("origin", (origin,)),))) for origin in Origin
    )
    found = costs(app, name)
    assert found.pop("Not applicable") == pytest.approx(claude_ai["cost"] / 10**8, abs=0.01)
    assert sum(found.values()) == pytest.approx(platform["cost"] / 10**8, abs=0.011)
    assert len(found) > 1 or name == "user_role"  # the Platform's rows name no user here


def test_a_change_in_a_list_shows_at_the_next_click(
    open_page: Open, settings: Settings, full_books: None
) -> None:
    tagged(settings)
    app = open_page("cost", {"by": ["workspace_tag:team"]})
    before = costs(app, "workspace_tag:team")
    assert before.keys() == {"red", "No tag", "Not in the list", "Not applicable"}
    files = sorted(path.stat().st_mtime_ns for path in settings.ledger_dir.rglob("*.parquet"))
    tagged(settings, "blue")
    app.run()
    after = costs(app, "workspace_tag:team")
    assert after == {
        **{label: cost for label, cost in before.items() if label != "red"},
        "blue": before["red"],
    }
    assert files == sorted(path.stat().st_mtime_ns for path in settings.ledger_dir.rglob("*.parquet"))


def test_tags_can_be_chosen_and_one_of_a_link_that_nobody_has_is_kept(
    open_page: Open, settings: Settings, full_books: None
) -> None:
    tagged(settings)
    app = open_page("cost", {"by": ["workspace_tag:gone"], "in.workspace_tag:gone": ["~no_value"]})
    assert not app.exception
    (groups,) = [field for field in app.multiselect if field.label == "Group by"]
    assert groups.value == ["workspace_tag:gone"]
    assert "Workspace tag: team" in groups.options and "Workspace tag: gone" in groups.options
    groups.set_value(["workspace_tag:team"]).run()
    assert not app.exception and app.query_params["by"] == "workspace_tag:team"
    (add,) = [field for field in app.selectbox if field.label == "Add filter"]
    assert "Workspace tag: team" in add.options
