"""The pages that explore, and the view that the parameters of a link are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from core.dimensions import MEASURES
from core.explore.links import MAX_GROUPS, Display, from_params
from core.explore.query import Query
from core.store.saved_views import ViewContent


@dataclass(frozen=True)
class Explorer:
    """A page that explores: measures to choose from, those in its table and file, those shown as numbers."""

    name: str
    title: str
    measures: tuple[str, ...]
    companions: tuple[str, ...]
    numbers: tuple[str, ...]


COST = Explorer(
    "cost",
    "Cost",
    measures=("cost", "list_cost", "effective_rate"),
    companions=("cost", "list_cost", "tokens", "effective_rate", "billed_share"),
    numbers=("cost", "list_cost", "effective_rate", "tokens"),
)
_TOKEN_TYPES = (
    "uncached_input_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "cache_read_tokens",
    "output_tokens",
)
USAGE = Explorer(
    "usage",
    "Usage",
    measures=("tokens", *_TOKEN_TYPES, "requests", "web_searches", "cache_hit_rate"),
    companions=("tokens", *_TOKEN_TYPES, "requests", "web_searches", "cache_hit_rate"),
    numbers=("tokens", "requests", "web_searches", "cache_hit_rate"),
)
EXPLORERS = {explorer.name: explorer for explorer in (COST, USAGE)}
MEASURES_OF: Mapping[str, tuple[str, ...]] = {name: page.measures for name, page in EXPLORERS.items()}
"""What each page has to offer."""


class View(NamedTuple):
    """A question of one measure that groups by no time, and how its answer is shown."""

    query: Query
    display: Display


def read_view(params: Mapping[str, list[str]], explorer: Explorer, today: date) -> tuple[View, list[str]]:
    """The view of a link on a page, and a sentence for what could not be read."""
    query, display, problems = from_params(params, today=today, measures=explorer.measures[:1])
    if query.time_dimensions:
        display = replace(display, grain=query.time_dimensions[0])
    query = replace(query, measures=query.measures[:1], group_by=query.series[:MAX_GROUPS])
    if query.measures[0] not in explorer.measures:
        label = MEASURES[query.measures[0]].label
        problems = [*problems, f"{label} is not on this page; {explorer.title} shows its own measure."]
    return View(query, display), problems


def view_of(content: ViewContent, today: date) -> View:
    """The view that was saved; only where ``problems`` finds none."""
    return read_view(content.params, EXPLORERS[content.page], today)[0]
