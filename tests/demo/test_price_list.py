"""Prices against figures worked out by hand, in micro-cents per token (= cents per million tokens)."""

from __future__ import annotations

import pytest

from core.demo.price_list import search_price, token_prices, unit_price

STANDARD = ("standard", "0-200k", "global", "standard")


@pytest.mark.parametrize(
    ("model", "prices"),
    [
        ("claude-opus-4-8", (500, 625, 1000, 50, 2500)),
        ("claude-sonnet-4-6", (300, 375, 600, 30, 1500)),
        ("claude-sonnet-5", (200, 250, 400, 20, 1000)),
        ("claude-haiku-4-5-20251001", (100, 125, 200, 10, 500)),
        ("claude-not-yet-known", (300, 375, 600, 30, 1500)),
    ],
)
def test_published_prices(model: str, prices: tuple[int, ...]) -> None:
    assert token_prices(model, *STANDARD) == prices


def test_batch_is_half() -> None:
    prices = token_prices("claude-sonnet-4-6", "batch", "0-200k", "global", "standard")
    assert prices == (150, 188, 300, 15, 750)


def test_us_geo_is_a_tenth_more() -> None:
    assert token_prices("claude-opus-4-8", "standard", "0-200k", "us", "standard") == (
        550,
        688,
        1100,
        55,
        2750,
    )


def test_long_context_of_sonnet_4_5() -> None:
    model = "claude-sonnet-4-5-20250929"
    assert token_prices(model, "standard", "200k-1M", "global", "standard") == (600, 750, 1200, 60, 2250)


@pytest.mark.parametrize(
    ("model", "ratio"),
    [("claude-opus-5", 2), ("claude-opus-4-8", 2), ("claude-opus-4-7", 6), ("claude-opus-4-6", 6)],
)
@pytest.mark.parametrize("discount", [0, 7, 13])
def test_fast_mode_is_an_exact_multiple_even_after_discount(model: str, ratio: int, discount: int) -> None:
    standard = token_prices(model, "standard", "0-200k", "us", "standard", discount)
    fast = token_prices(model, "standard", "0-200k", "us", "fast", discount)
    assert fast == tuple(price * ratio for price in standard)


def test_a_discount_lowers_every_price_to_whole_micro_cents() -> None:
    assert token_prices("claude-haiku-4-5-20251001", *STANDARD, 8) == (92, 115, 184, 9, 460)


def test_what_is_not_tokens() -> None:
    assert search_price() == 1_000_000
    assert search_price(12) == 880_000
    assert 100 * unit_price("code_execution") == 5_000_000
    assert 100 * unit_price("session_usage") == 8_000_000
