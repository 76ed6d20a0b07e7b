"""Exact totals, reckoned straight from the activity.

Nothing of the reports is used: no grouping, no paging, no amounts as text. What the reports say must add up
to this, to the last micro-cent and token.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from core.demo import price_list
from core.demo.activity import Use
from core.demo.company import Organization
from core.demo.facets import Who, facets, requests
from core.dimensions import TOKEN_TYPES, Origin


@dataclass
class Totals:
    """What an organization used and owes. ``list_cost_microcents`` stays 0 for the Platform."""

    cost_microcents: int = 0
    list_cost_microcents: int = 0
    tokens: Counter[str] = field(default_factory=Counter)
    not_priced_tokens: int = 0
    web_searches: int = 0
    requests: int = 0

    @property
    def all_tokens(self) -> int:
        return self.tokens.total()


def totals(organization: Organization, uses: Iterable[Use], *, billed: bool = True) -> Totals:
    """One total of everything in ``uses``; of what is not billed yet, without cost."""
    total = Totals()
    for use in uses:
        _add(total, organization, use, billed=billed)
    return total


def totals_by(
    organization: Organization, uses: Iterable[Use], name: str, *, billed: bool = True
) -> dict[Any, Totals]:
    """Totals by a field of the load (``api_key_id``, ``user_id``, ``product`` …) or by ``model``."""
    by_value: defaultdict[Any, Totals] = defaultdict(Totals)
    for use in uses:
        value = use.model if name == "model" else getattr(use.load, name)
        _add(by_value[value], organization, use, billed=billed)
    return dict(by_value)


def newest_totals_by(
    organization: Organization, uses: Iterable[tuple[date, Use]], names: Sequence[str], *, listed: bool
) -> dict[tuple[Any, ...], Totals]:
    """Totals of use on days by dimensions of the newest reports, list cost and requests for both origins.

    An actor is told by its id. ``listed``: whether the list cost of what is not priced counts.
    """
    by_group: defaultdict[tuple[Any, ...], Totals] = defaultdict(Totals)
    for day, use in uses:
        of = facets(organization, use, day)
        total = by_group[tuple(_id(of[name]) for name in names)]
        _add(total, organization, use, billed=True)
        if organization.origin is Origin.PLATFORM:
            total.list_cost_microcents += cost(use, 0)
            total.requests += requests(use, organization.origin) - use.counts.requests
        if listed:
            total.list_cost_microcents += _list_cost_of_tokens(use)
    return dict(by_group)


def _id(value: Any) -> Any:
    return (value.id if value.told else None) if isinstance(value, Who) else value


def _list_cost_of_tokens(use: Use) -> int:
    """Of what is not priced."""
    load = use.load
    if load.service_tier not in price_list.NOT_PRICED_TIERS:
        return 0
    what = (use.model, load.service_tier, load.context_window, load.inference_geo, load.speed)
    prices = price_list.token_prices(*what, 0)
    return sum(count * price for count, price in zip(use.counts.tokens, prices, strict=True))


def _add(total: Totals, organization: Organization, use: Use, *, billed: bool) -> None:
    counts = use.counts
    total.cost_microcents += cost(use, organization.discount_percent) if billed else 0
    if organization.origin is Origin.CLAUDE_AI:
        total.list_cost_microcents += cost(use, 0)
    if use.load.cost_type != "tokens":
        return
    for token_type, count in zip(TOKEN_TYPES, counts.tokens, strict=True):
        total.tokens[token_type] += count
    if use.load.service_tier in price_list.NOT_PRICED_TIERS:
        total.not_priced_tokens += sum(counts.tokens)
    total.web_searches += counts.web_searches
    total.requests += counts.requests


def cost(use: Use, discount_percent: int) -> int:
    """Micro-cents of a use, all its cost types together."""
    load, counts = use.load, use.counts
    if load.cost_type != "tokens":
        return counts.units * price_list.unit_price(load.cost_type, discount_percent)
    searches = counts.web_searches * price_list.search_price(discount_percent)
    if load.service_tier in price_list.NOT_PRICED_TIERS:
        return searches
    what = (use.model, load.service_tier, load.context_window, load.inference_geo, load.speed)
    prices = price_list.token_prices(*what, discount_percent)
    return searches + sum(count * price for count, price in zip(counts.tokens, prices, strict=True))
