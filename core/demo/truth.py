"""Exact totals, reckoned straight from the activity.

Nothing of the reports is used: no grouping, no paging, no amounts as text. What the reports say must add up
to this, to the last micro-cent and token.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from core.demo import rates
from core.demo.activity import Use
from core.demo.company import Organization
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
    found = Totals()
    for use in uses:
        _add(found, organization, use, billed=billed)
    return found


def totals_by(
    organization: Organization, uses: Iterable[Use], name: str, *, billed: bool = True
) -> dict[Any, Totals]:
    """Totals by a field of the load (``api_key_id``, ``user_id``, ``product`` …) or by ``model``."""
    found: defaultdict[Any, Totals] = defaultdict(Totals)
    for use in uses:
        value = use.model if name == "model" else getattr(use.load, name)
        _add(found[value], organization, use, billed=billed)
    return dict(found)


def _add(found: Totals, organization: Organization, use: Use, *, billed: bool) -> None:
    counts = use.counts
    found.cost_microcents += cost(use, organization.discount_percent) if billed else 0
    if organization.origin is Origin.CLAUDE_AI:
        found.list_cost_microcents += cost(use, 0)
    if use.load.cost_type != "tokens":
        return
    for token_type, count in zip(TOKEN_TYPES, counts.tokens, strict=True):
        found.tokens[token_type] += count
    if use.load.service_tier in rates.NOT_PRICED_TIERS:
        found.not_priced_tokens += sum(counts.tokens)
    found.web_searches += counts.web_searches
    found.requests += counts.requests


def cost(use: Use, discount_percent: int) -> int:
    """Micro-cents of a use, all its cost types together."""
    load, counts = use.load, use.counts
    if load.cost_type != "tokens":
        return counts.units * rates.unit_price(load.cost_type, discount_percent)
    searches = counts.web_searches * rates.search_price(discount_percent)
    if load.service_tier in rates.NOT_PRICED_TIERS:
        return searches
    what = (use.model, load.service_tier, load.context_window, load.inference_geo, load.speed)
    prices = rates.token_prices(*what, discount_percent)
    return searches + sum(count * price for count, price in zip(counts.tokens, prices, strict=True))
