"""Small fact frames for the ledger's tests."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from core.ledger.facts import FACTS

DAY = date(2026, 10, 5)


def facts(table: str, *rows: dict[str, Any]) -> pl.DataFrame:
    """Rows of a fact table; counts left out are 0, text left out is null."""
    schema = FACTS[table]
    filled = [
        {"day": DAY, **{name: 0 for name, kind in schema.items() if kind == pl.Int64()}, **row}
        for row in rows
    ]
    return pl.DataFrame(filled, schema={**schema, "day": pl.Date()}).sort(schema.keys())


def usage(**values: Any) -> dict[str, Any]:
    return {
        "model": "claude-opus-4-8",
        "service_tier": "standard",
        "context_window": "0-200k",
        "inference_geo": "global",
        "speed": "standard",
        **values,
    }


def bill(amount: int, **values: Any) -> dict[str, Any]:
    return {
        "amount_microcents": amount,
        "description": "Claude Opus 4.8 usage",
        "cost_type": "tokens",
        "model": "claude-opus-4-8",
        "service_tier": "standard",
        "context_window": "0-200k",
        "inference_geo": "global",
        "token_type": "output_tokens",
        **values,
    }
