"""Names on the Overview, and a day that is not known."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from streamlit.testing.v1 import AppTest

from core.ledger.build import refresh_ledger
from core.settings import Settings
from core.store.database import database
from tests.ui import books
from tests.ui.conftest import shown
from tests.ui.overview.test_overview import cost_there, exactly, links

Open = Callable[..., AppTest]


def test_a_name_from_right_to_left_leaves_what_stands_beside_it_alone(
    open_page: Open, settings: Settings
) -> None:
    """In lists, in the sentence about gaps and in what is worth a look."""
    name = "שלום 12"
    missing = date(2026, 11, 10)
    platform, _ = books.fill(settings, missing=[missing])
    with database(settings) as db:
        db["connections"].update(platform.id, {"name": name})
    refresh_ledger(settings, lambda: books.NOW)
    text = shown(open_page("overview"))
    assert f"<bdi>{name}</bdi>" in text
    assert f"Nov 10, 2026 of \u2068{name}\u2069 (" in text
    gap = re.search(r'<span class="why">(Nov 10, 2026 of .*?)</span>', text)
    assert gap and gap[1].startswith(f"Nov 10, 2026 of \u2068{name}\u2069 is not known")
    assert "Such days usually cost $" in gap[1]


def test_where_connections_know_different_days_each_part_of_the_number_opens(
    open_page: Open, settings: Settings
) -> None:
    """One lacks a day: it is compared without it, on both sides. The parts are the number, exactly."""
    books.fill(settings, missing=[date(2026, 11, 10)])
    app, other = open_page("overview"), open_page("cost")
    assert "Compared over their own days: " in shown(app)
    parts = [link for link in links(app) if re.search(r": \d+ days$", link.texts.get("", ""))]
    assert [link.texts[""] for link in parts] == ["Engineering: 21 days", "Everyone: 22 days"]
    costs = [cost_there(other, link.href)[0] for link in parts]
    assert sum(costs) == exactly(app.metric[0].help)
    whole = next(link for link in links(app) if link.title.startswith("Open Nov"))
    assert "in.day" not in whole.href, "no view has these days: it opens all of the month"
