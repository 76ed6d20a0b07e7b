"""The bill: what a use costs, line by line, and how the Platform's cost report names each line."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from core.demo import price_list
from core.demo.activity import Use
from core.demo.behaviour import Behaviour
from core.demo.company import Load
from core.dimensions import TOKEN_TYPES

_FAMILY_NAMES = {"opus": "Opus", "sonnet": "Sonnet", "haiku": "Haiku"}
_TOKEN_NAMES = dict(
    zip(
        TOKEN_TYPES,
        (
            "Input Tokens",
            "Input Tokens, Cache Write 5m",
            "Input Tokens, Cache Write 1h",
            "Input Tokens, Cache Read",
            "Output Tokens",
        ),
        strict=True,
    )
)
_GEO_NAMES = {"us": "US Inference", "global": "Global Inference", "not_available": "No Inference Geo"}
_NO_GEO = "not_available"
_BILLED_TIERS = ("standard", "batch")
_OTHER_NAMES = {
    "web_search": "Web Search Usage",
    "code_execution": "Code Execution Usage",
    "session_usage": "Managed Agents Session Usage",
}


class CostLine(NamedTuple):
    """One line of a bill: what a use costs, by cost type and token type. Amounts in micro-cents."""

    cost_type: str
    token_type: str | None
    amount: int
    list_amount: int


class CostCell(NamedTuple):
    """What the Platform's cost report tells apart. Without ``speed``, fast use is in the same cell."""

    workspace_id: str | None
    description: str
    cost_type: str
    model: str | None = None
    service_tier: str | None = None
    context_window: str | None = None
    inference_geo: str | None = None
    token_type: str | None = None
    speed: str | None = None


class Naming(NamedTuple):
    """How a bill names its cells. ``with_speed``: its rows have the field; ``speed``: and it is filled."""

    flex: str | None
    geo: str
    geo_of_others: bool
    context_window: bool
    with_speed: bool
    speed: bool
    described: frozenset[str]

    @classmethod
    def of(cls, behaviour: Behaviour, *, with_speed: bool) -> Naming:
        speed = with_speed and behaviour.bill_speed
        return cls(
            behaviour.flex_billed_as,
            behaviour.bill_geo,
            behaviour.bill_geo_of_others,
            behaviour.bill_context_window,
            with_speed,
            speed,
            behaviour.descriptions_name | ({"speed"} if speed else set()),
        )

    def tier(self, used: str) -> str | None:
        """The bill knows two tiers; whatever else was used is billed as one of them, or as none."""
        return used if used in _BILLED_TIERS else self.flex

    def geo_of(self, geo: str) -> str | None:
        shown = self.geo == "all" or (self.geo == "known" and geo != _NO_GEO)
        return geo if shown else None


def cents(microcents: int) -> str:
    """An amount as the API writes it: a decimal string of cents."""
    sign, whole = "-" if microcents < 0 else "", divmod(abs(microcents), 10**6)
    return f"{sign}{whole[0]}.{whole[1]:06d}"


def cost_lines(use: Use, discount_percent: int) -> Iterator[CostLine]:
    """The lines of a use that are not zero; none for what is not priced."""
    load, counts = use.load, use.counts
    if load.cost_type != "tokens":
        price, listed = (
            price_list.unit_price(load.cost_type, discount_percent),
            price_list.unit_price(load.cost_type),
        )
        yield CostLine(load.cost_type, None, counts.units * price, counts.units * listed)
    elif load.service_tier not in price_list.NOT_PRICED_TIERS:
        yield from _token_lines(use, discount_percent)
    if counts.web_searches:
        searches = counts.web_searches
        amount = searches * price_list.search_price(discount_percent)
        yield CostLine("web_search", None, amount, searches * price_list.search_price())


def newest_cost_lines(use: Use, discount_percent: int, behaviour: Behaviour) -> Iterator[CostLine]:
    """The same for the newest reports, where what is not priced may come with amounts of zero."""
    yield from cost_lines(use, discount_percent)
    if use.load.service_tier in price_list.NOT_PRICED_TIERS and behaviour.newest_priority == "zero":
        yield from (line._replace(amount=0) for line in _token_lines(use, discount_percent))


def _token_lines(use: Use, discount_percent: int) -> Iterator[CostLine]:
    load = use.load
    what = (use.model, load.service_tier, load.context_window, load.inference_geo, load.speed)
    net, listed = price_list.token_prices(*what, discount_percent), price_list.token_prices(*what)
    for token_type, count, price, list_price in zip(TOKEN_TYPES, use.counts.tokens, net, listed, strict=True):
        if count:
            yield CostLine("tokens", token_type, count * price, count * list_price)


@lru_cache(maxsize=65536)
def cost_cell(load: Load, model: str, cost_type: str, token_type: str | None, naming: Naming) -> CostCell:
    if token_type is None:
        geo = "global" if naming.geo_of_others else None
        return CostCell(load.workspace_id, _OTHER_NAMES[cost_type], cost_type, inference_geo=geo)
    return CostCell(
        load.workspace_id,
        _described(load, model, token_type, naming),
        cost_type,
        model,
        naming.tier(load.service_tier),
        load.context_window if naming.context_window else None,
        naming.geo_of(load.inference_geo),
        token_type,
        load.speed if naming.speed else None,
    )


def _described(load: Load, model: str, token_type: str, naming: Naming) -> str:
    told = naming.described
    return description(
        model,
        (load.service_tier if "service_tier" in told else naming.tier(load.service_tier)) or "standard",
        load.context_window if "context_window" in told else "",
        load.inference_geo if "inference_geo" in told else _usual_geo(model),
        token_type,
        load.speed if "speed" in told else "standard",
    )


def description(
    model: str, tier: str, context: str, geo: str, token_type: str, speed: str = "standard"
) -> str:
    """The bill's words for a cell; no two cells of a workspace share them."""
    parts = [f"{model_name(model)} Usage - {_TOKEN_NAMES[token_type]}"]
    parts += [tier.replace("_", " ").title()] if tier != "standard" else []
    parts += ["Long Context"] if context == price_list.LONG_CONTEXT else []
    parts += [_GEO_NAMES.get(geo, geo)] if geo != _usual_geo(model) else []
    parts += ["Fast"] if speed == "fast" else []
    return ", ".join(parts)


def _usual_geo(model: str) -> str:
    """Models before 4.6 cannot be told where to run."""
    return "not_available" if "-4-5-" in model else "global"


def model_name(model: str) -> str:
    """``claude-opus-4-8`` as people say it: ``Claude Opus 4.8``."""
    words = [word for word in model.split("-") if not (word.isdecimal() and len(word) == 8)]
    names = [word for word in words if not word.isdecimal()]
    version = ".".join(word for word in words if word.isdecimal())
    return " ".join([*(_FAMILY_NAMES.get(name, name.capitalize()) for name in names), version]).strip()
