"""The pages as the menu has them: the one place where a page is declared."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from core.store.grants import Role


@dataclass(frozen=True)
class MenuPage:
    """``name``: of its script in ``pages``, and its address. ``letter``: goes to it after ``g``.

    ``will_show``: what it says will be here while nothing is connected; empty where it never says so.
    ``least``: the role it takes to open it. To viewers it shows only what their part of the ledger holds.
    """

    name: str
    title: str
    icon: str
    letter: str
    will_show: str = ""
    least: Role = Role.ANALYST


SECTIONS: dict[str, tuple[MenuPage, ...]] = {
    "Look": (
        MenuPage(
            "overview", "Overview", ":material/dashboard:", "o",
            "what this month costs against the last, what moved, and how fresh the data is",
            Role.VIEWER,
        ),
        MenuPage(
            "cost", "Cost", ":material/payments:", "c",
            "what was spent each day, by model, workspace, API key, person and more, beside the days before",
            Role.VIEWER,
        ),
        MenuPage(
            "usage", "Usage", ":material/data_usage:", "u",
            "tokens, requests and searches of each day, by model, workspace, API key, person and more",
            Role.VIEWER,
        ),
        MenuPage(
            "efficiency", "Efficiency", ":material/speed:", "e",
            "what caching, batch and fast mode save or cost, and what each model's tokens really cost",
            Role.VIEWER,
        ),
        MenuPage(
            "people", "People", ":material/group:", "p",
            "who spends, on which models and products, and who has a seat and does not use it",
            Role.VIEWER,
        ),
        MenuPage(
            "keys", "API keys", ":material/key:", "k",
            "which keys spend, which are idle, and which spend though somebody should look at them",
            Role.VIEWER,
        ),
        MenuPage(
            "agents", "Agents", ":material/smart_toy:", "a",
            "what agents cost, and what is used by user profile and Slack channel",
        ),
        MenuPage(
            "anomalies", "Anomalies", ":material/notification_important:", "n",
            "unusual days, what is new and what has stopped, each with what carries it, and your notes",
        ),
        MenuPage(
            "plans", "Plans", ":material/savings:", "l",
            "your budgets, what is spent of each, where it will end, and the day it breaks",
        ),
    ),
    "Library": (
        MenuPage(
            "dashboards", "Dashboards", ":material/grid_view:", "d",
            "your saved views side by side, for one range; two dashboards come with the program",
            Role.VIEWER,
        ),
        MenuPage("saved_views", "Saved views", ":material/bookmarks:", "v", least=Role.VIEWER),
    ),
    "Operations": (
        MenuPage(
            "alerts", "Alerts", ":material/campaign:", "r",
            "what you want to be told of, the channels it goes out by, and what was told",
        ),
        MenuPage("sync", "Sync", ":material/sync:", "s"),
        MenuPage("settings", "Settings", ":material/settings:", "t", least=Role.ADMIN),
    ),
}  # fmt: skip
"""In each group its pages."""
PAGES = {page.name: page for page in chain.from_iterable(SECTIONS.values())}
"""Every page by name, in the order of the menu."""
