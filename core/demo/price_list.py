"""What things cost, as whole micro-cents.

Prices are whole cents per million tokens, which is whole micro-cents per token: negotiated and derived prices
are rounded to that, so that every amount is exact however it is grouped. Fast mode multiplies the rounded
price, so that its ratio to the standard price is exact too.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache

from core.money import MICROCENTS_PER_CENT

WEB_SEARCH_MICROCENTS = MICROCENTS_PER_CENT
"""One search: $10 per thousand."""

UNIT_MICROCENTS = {"code_execution": 50_000, "session_usage": 80_000}
"""A hundredth of an hour, by cost type: $0.05 and $0.08 an hour."""

NOT_PRICED_TIERS = frozenset({"priority"})
"""Paid for by commitment: tokens without a cost."""

LONG_CONTEXT = "200k-1M"

_OPUS, _SONNET, _HAIKU = (500, 2500), (300, 1500), (100, 500)
_INPUT_OUTPUT: dict[str, tuple[int, int]] = {
    "claude-opus-4-5-20251101": _OPUS,
    "claude-opus-4-6": _OPUS,
    "claude-opus-4-7": _OPUS,
    "claude-opus-4-8": _OPUS,
    "claude-opus-5": _OPUS,
    "claude-sonnet-4-5-20250929": _SONNET,
    "claude-sonnet-4-6": _SONNET,
    "claude-sonnet-5": (200, 1000),
    "claude-haiku-4-5-20251001": _HAIKU,
}
"""Input and output in cents per million tokens; a model not named here costs as Sonnet 4.6 does."""

_OF_INPUT = (Fraction(1), Fraction(5, 4), Fraction(2), Fraction(1, 10))
"""Uncached input, both cache writes and cache read, as parts of the input price."""

_TIERS = {"batch": Fraction(1, 2), "flex": Fraction(1, 2), "flex_discount": Fraction(1, 2)}
_GEOS = {"us": Fraction(11, 10)}
_LONG_CONTEXT_MODELS = frozenset({"claude-sonnet-4-5-20250929"})
_FAST = {"claude-opus-5": 2, "claude-opus-4-8": 2, "claude-opus-4-7": 6, "claude-opus-4-6": 6}


@lru_cache(maxsize=4096)
def token_prices(
    model: str, tier: str, context: str, geo: str, speed: str, discount_percent: int = 0
) -> tuple[int, ...]:
    """Micro-cents per token of the five token types, in the order of ``core.dimensions.TOKEN_TYPES``."""
    base = _base_prices(model, context)
    factor = _TIERS.get(tier, Fraction(1)) * _GEOS.get(geo, Fraction(1)) * _kept(discount_percent)
    ratio = _FAST.get(model, 1) if speed == "fast" else 1
    return tuple(round(price * factor) * ratio for price in base)


@lru_cache(maxsize=256)
def search_price(discount_percent: int = 0) -> int:
    """Micro-cents of one web search."""
    return int(WEB_SEARCH_MICROCENTS * _kept(discount_percent))


@lru_cache(maxsize=256)
def unit_price(cost_type: str, discount_percent: int = 0) -> int:
    """Micro-cents of a hundredth of an hour of ``cost_type``."""
    return int(UNIT_MICROCENTS[cost_type] * _kept(discount_percent))


def _base_prices(model: str, context: str) -> tuple[Fraction, ...]:
    given, written = (Fraction(price) for price in _INPUT_OUTPUT.get(model, _SONNET))
    if context == LONG_CONTEXT and model in _LONG_CONTEXT_MODELS:
        given, written = given * 2, written * Fraction(3, 2)
    return (*(given * part for part in _OF_INPUT), written)


def _kept(discount_percent: int) -> Fraction:
    return Fraction(100 - discount_percent, 100)
