"""Random Platform organizations whose true costs are known, and their bills as Anthropic may spell them.

Every use has a price by model, token type, tier, context window, geo and speed, with discounts and changes of
price. A *blur* is what a bill does not name as the usage report does. Nothing here knows how bills are split.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import polars as pl

from core.ledger.facts import FACTS

FIRST = date(2026, 9, 1)
DEFAULT_ID = "wrkspc_default"
TYPES = {
    "uncached_input_tokens": ("uncached_input_tokens", 1.0),
    "ephemeral_5m_input_tokens": ("cache_creation.ephemeral_5m_input_tokens", 1.25),
    "ephemeral_1h_input_tokens": ("cache_creation.ephemeral_1h_input_tokens", 2.0),
    "cache_read_input_tokens": ("cache_read_input_tokens", 0.1),
    "output_tokens": ("output_tokens", 5.0),
}
"""Column, the bill's token type, and its part of the input price."""
MODELS = {
    "claude-opus-4-8": (50_000, True, 1.0),
    "claude-opus-4-6": (50_000, True, 1.0),
    "claude-sonnet-5": (20_000, True, 1.0),
    "claude-sonnet-4-5-20250929": (30_000, False, 2.0),
    "claude-haiku-4-5-20251001": (10_000, False, 1.0),
}
"""Thousandths of a micro-cent an input token, whether it can be told where to run, long context over short.
"""
FAST = {"claude-opus-4-8": 2.0, "claude-opus-4-6": 6.0}
TIERS = ("standard", "batch", "flex", "flex_discount", "priority_on_demand", "priority")
COLLAPSED = ("flex", "flex_discount", "priority_on_demand")


class Use(NamedTuple):
    """A row of the usage report."""

    day: date
    workspace_id: str | None
    api_key_id: str
    model: str
    service_tier: str
    context_window: str
    inference_geo: str
    speed: str
    tokens: tuple[int, ...]


class Bill(NamedTuple):
    """What a row of the bill names."""

    day: date
    workspace_id: str | None
    model: str
    service_tier: str | None
    context_window: str | None
    inference_geo: str | None
    token_type: str
    speed: str | None


Blur = Callable[[Bill], Bill]


def _tier(to: str | None) -> Blur:
    return lambda b: b._replace(service_tier=to) if b.service_tier in COLLAPSED else b


def _null(name: str) -> Blur:
    return lambda b: b._replace(**{name: None})


def _known_geo(b: Bill) -> Bill:
    return b._replace(inference_geo=None) if b.inference_geo == "not_available" else b


def _alias(b: Bill) -> Bill:
    parts = b.model.split("-")
    return b._replace(model="-".join(parts[:-1])) if len(parts[-1]) == 8 else b


def _workspace(b: Bill) -> Bill:
    return b._replace(workspace_id=b.workspace_id or DEFAULT_ID)


BLURS: dict[str, tuple[Blur, ...]] = {
    "nothing": (),
    "tier collapsed to standard": (_tier("standard"),),
    "tier collapsed to batch": (_tier("batch"),),
    "tier collapsed to null": (_tier(None),),
    "geo null": (_null("inference_geo"),),
    "geo null for models without": (_known_geo,),
    "context window null": (_null("context_window"),),
    "speed absent": (_null("speed"),),
    "alias for dated models": (_alias,),
    "default workspace by id": (_workspace,),
    "all at once": (
        _tier("standard"),
        _null("inference_geo"),
        _null("context_window"),
        _null("speed"),
        _alias,
        _workspace,
    ),
}


@dataclass(frozen=True)
class Prices:
    """What a token costs in one organization, in whole micro-cents."""

    tiers: dict[str, float]
    fast: float
    discount: float
    changes: dict[str, tuple[date, float]]

    def of(self, use: Use, part: float, *, output: bool) -> int:
        base, _, long = MODELS[use.model]
        if use.context_window == "200k-1M" and long > 1:
            base *= 1.5 if output else long
        price = base / 1000 * part * self.tiers[use.service_tier] * self.discount
        price *= 1.1 if use.inference_geo == "us" else 1
        price *= self.fast * FAST[use.model] / 2 if use.speed == "fast" else 1
        changed, factor = self.changes.get(use.model, (date.max, 1.0))
        return max(1, round(100 * price * (factor if use.day >= changed else 1)))


@dataclass(frozen=True)
class World:
    """An organization: what it used, and what each use costs by token type, in hundredths of a micro-cent."""

    uses: tuple[Use, ...]
    costs: tuple[tuple[int, ...], ...]

    @property
    def days(self) -> list[date]:
        return sorted({use.day for use in self.uses})

    def usage(self) -> pl.DataFrame:
        """``platform_usage``."""
        rows = [
            {**use._asdict(), **dict(zip(TYPES, use.tokens, strict=True)), "web_search_requests": 0}
            for use in self.uses
        ]
        return _facts("platform_usage", rows)

    def bill(self, blur: str) -> pl.DataFrame:
        """``platform_cost``, its rows merged as far as the blurred names do not tell them apart."""
        amounts: dict[Bill, int] = defaultdict(int)
        for use, costs in zip(self.uses, self.costs, strict=True):
            for (token_type, _), cost in zip(TYPES.values(), costs, strict=True):
                if cost:
                    amounts[_blurred(use, token_type, BLURS[blur])] += cost
        rows = [
            {**cell._asdict(), "amount_microcents": amount, "cost_type": "tokens", "description": "Usage"}
            for cell, amount in amounts.items()
        ]
        return _facts("platform_cost", rows)

    def truth(self) -> pl.DataFrame:
        """Each use and token type with its ``true`` cost; null for Priority tier."""
        rows = [
            {**use._asdict(), "token_type": token_type, "tokens": count, "true": cost or None}
            for use, costs in zip(self.uses, self.costs, strict=True)
            for (token_type, _), count, cost in zip(TYPES.values(), use.tokens, costs, strict=True)
            if count
        ]
        return pl.DataFrame(rows, infer_schema_length=None)


def _blurred(use: Use, token_type: str, blurs: tuple[Blur, ...]) -> Bill:
    cell = Bill(
        use.day,
        use.workspace_id,
        use.model,
        use.service_tier,
        use.context_window,
        use.inference_geo,
        token_type,
        use.speed,
    )
    for blur in blurs:
        cell = blur(cell)
    return cell


def _facts(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = {**FACTS[table], "day": pl.Date()}
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def make_world(seed: int, days: int = 61) -> World:
    """An organization of some workspaces and keys, each with its habits."""
    draw = random.Random(seed)
    prices = Prices(
        {
            "standard": 1.0,
            "batch": 0.5,
            "flex": draw.choice((0.5, 0.6, 0.75)),
            "flex_discount": draw.choice((0.3, 0.4)),
            "priority_on_demand": draw.choice((1.0, 1.25, 1.5)),
            "priority": 0.0,
        },
        draw.choice((2.0, 2.5, 3.0)),
        draw.choice((1.0, 0.9, 0.85)),
        {
            draw.choice(list(MODELS)): (
                FIRST + timedelta(days=draw.randrange(days)),
                draw.choice((0.8, 1.15)),
            )
            for _ in range(draw.randrange(3))
        },
    )
    uses = tuple(_uses(draw, days))
    return World(uses, tuple(_costs(use, prices) for use in uses))


def _costs(use: Use, prices: Prices) -> tuple[int, ...]:
    if use.service_tier == "priority":
        return (0,) * len(TYPES)
    return tuple(
        count * prices.of(use, part, output=name == "output_tokens")
        for (name, (_, part)), count in zip(TYPES.items(), use.tokens, strict=True)
    )


def _uses(draw: random.Random, days: int) -> Iterator[Use]:
    found: dict[tuple[Any, ...], Use] = {}
    workspaces = [None, *(f"wrkspc_{n}" for n in range(draw.randrange(1, 5)))]
    for workspace in workspaces:
        for number in range(draw.randrange(1, 9)):
            for use in _of_key(draw, workspace, f"key_{workspace}_{number}", days):
                found.setdefault(use[:-1], use)
    return iter(found.values())


def _of_key(draw: random.Random, workspace: str | None, key: str, days: int) -> Iterator[Use]:
    models = draw.sample(list(MODELS), draw.choice((1, 1, 2)))
    tier = draw.choices(TIERS, (50, 20, 10, 5, 10, 5))[0]
    other = draw.choice(TIERS)
    geo = draw.choices(("global", "us"), (4, 1))[0]
    long, fast, size = draw.choice((0, 0, 0.3)), draw.choice((0, 0, 0.3)), 10 ** draw.uniform(3, 6)
    for number in range(days):
        for model in models:
            for _ in range(draw.choice((0, 1, 1, 2))):
                yield Use(
                    FIRST + timedelta(days=number),
                    workspace,
                    key,
                    model,
                    tier if draw.random() < 0.9 else other,
                    "200k-1M" if draw.random() < long else "0-200k",
                    geo if MODELS[model][1] else "not_available",
                    "fast" if model in FAST and draw.random() < fast else "standard",
                    tuple(int(draw.lognormvariate(0, 1) * size) if draw.random() < 0.8 else 0 for _ in TYPES),
                )
