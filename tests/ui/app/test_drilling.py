"""Into a value by the legend, and back by the trail: address, filters, groups and numbers follow."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.explore.query import Empty, Filter
from core.periods import Period, preset
from core.settings import Settings
from tests.ui import books
from tests.ui.conftest import compared_cost, shown
from tests.ui.explorer.test_explorer import _metric, _params

Open = Callable[..., AppTest]
TODAY = books.NOW.date()


@pytest.fixture(autouse=True)
def full(full_books: None) -> None:
    """Every test here begins with full books."""


def _legend(app: AppTest, name: str) -> None:
    """Click a legend entry."""
    entry = next(b for b in app.button if (b.key or "").startswith("legend-") and b.label.startswith(name))
    entry.click().run()
    assert not app.exception and not app.error


def _trail(app: AppTest) -> list[str]:
    return [button.label for button in app.button if (button.key or "").startswith("trail-")]


def _cost(settings: Settings, *filters: Filter) -> str:
    """Of the complete days of what a page shows at first, as precise as that and the days before need."""
    days = Period(preset("last_28", TODAY).start, TODAY)
    return compared_cost(settings, days, days.shifted(-28), *filters).now_text


def test_a_legend_entry_narrows_and_offers_the_next_question(open_page: Open, settings: Settings) -> None:
    app = open_page("cost")
    _legend(app, r"claude\-opus\-5")
    assert (_params(app)["in.model"], _params(app)["by"]) == (["claude-opus-5"], ["workspace"])
    assert _metric(app, "Cost") == _cost(settings, Filter("model", ("claude-opus-5",)))
    assert _trail(app) == ["All models"]
    assert "Model: claude-opus-5" in shown(app)


def test_an_empty_value_is_a_value(open_page: Open, settings: Settings) -> None:
    app = open_page("cost", {"range": ["last_28"], "measure": ["cost"], "by": ["workspace"]})
    _legend(app, "Default workspace")
    assert _params(app)["in.workspace"] == ["~none"]
    assert _metric(app, "Cost") == _cost(settings, Filter("workspace", (Empty.NONE,)))
    app = open_page("cost", {"range": ["last_28"], "measure": ["cost"], "by": ["user"]})
    _legend(app, "Unattributed")
    assert _metric(app, "Cost") == _cost(settings, Filter("user", (Empty.UNATTRIBUTED,)))


def test_a_nasty_name_is_filtered_by_as_it_is(open_page: Open, settings: Settings) -> None:
    app = open_page("cost", {"range": ["last_28"], "measure": ["cost"], "by": ["workspace"]})
    _legend(app, r"\=cmd")
    assert _params(app)["in.workspace"] == [books.NASTY]
    assert _metric(app, "Cost") == _cost(settings, Filter("workspace", (books.NASTY,)))
    assert "<b>bold</b>" not in "\n".join(element.proto.body for element in app.get("html"))


def test_other_opens_into_all_but_the_named_ones(open_page: Open, settings: Settings) -> None:
    app = open_page("cost", {"range": ["last_28"], "measure": ["cost"], "by": ["model"], "top": ["1"]})
    _legend(app, "Other")
    assert _params(app)["by"] == ["model"]
    (named,) = _params(app)["not.model"]
    assert _metric(app, "Cost") == _cost(settings, Filter("model", (named,), exclude=True))
    assert "Models: all but 1" in shown(app)


def test_other_of_two_dimensions_is_no_filter_and_no_button(open_page: Open) -> None:
    app = open_page(
        "cost", {"range": ["last_28"], "measure": ["cost"], "by": ["model", "workspace"], "top": ["1"]}
    )
    assert len([b for b in app.button if (b.key or "").startswith("legend-")]) == 1
    _legend(app, "")
    assert len(_params(app)["in.model"]) == len(_params(app)["in.workspace"]) == 1
    assert _trail(app) == ["All"]


def test_the_trail_goes_back_to_any_step_and_keeps_what_else_was_changed(
    open_page: Open, settings: Settings
) -> None:
    app = open_page(
        "cost", {"measure": ["cost"], "by": ["model"], "in.model": ["claude-opus-5", "claude-haiku-4-5"]}
    )
    _legend(app, r"claude\-opus\-5")
    _legend(app, "Checkout")
    assert _trail(app) == ["All models", r"Model\: claude\-opus\-5"]
    app.selectbox(key="w.range").select("last_7").run()
    app.button(key="trail-1").click().run()
    assert _params(app)["by"] == ["workspace"] and "in.workspace" not in _params(app)
    assert _params(app)["range"] == ["last_7"]
    app.button(key="trail-0").click().run()
    assert sorted(_params(app)["in.model"]) == ["claude-haiku-4-5", "claude-opus-5"]
    assert "step" not in _params(app) and not _trail(app)


def test_a_link_opens_with_its_trail(open_page: Open) -> None:
    app = open_page("cost")
    _legend(app, r"claude\-opus\-5")
    other = open_page("cost", _params(app))
    assert _trail(other) == ["All models"]
    other.button(key="trail-0").click().run()
    assert _params(other)["by"] == ["model"] and "in.model" not in _params(other)


def test_a_filter_taken_away_by_hand_ends_the_step(open_page: Open) -> None:
    app = open_page("cost")
    _legend(app, r"claude\-opus\-5")
    next(button for button in app.button if button.label == "Remove all filters").click().run()
    assert not _trail(app) and "step" not in _params(app)


def test_steps_are_the_same_on_usage(open_page: Open, settings: Settings) -> None:
    app = open_page("usage", {"measure": ["tokens"], "by": ["product"]})
    _legend(app, "cowork")
    assert _params(app)["in.product"] == ["cowork"]
    assert _params(app)["by"] == ["user"]
    assert "Tokens" in [metric.label for metric in app.metric]
