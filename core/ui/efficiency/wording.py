"""What the Efficiency page says about its numbers: how each is computed, and what it leaves out."""

from __future__ import annotations

from core.dimensions import MEASURES
from core.explore.efficiency import EffectTotal
from core.formats import share, short

_TOKENS = MEASURES["tokens"]
_COST = MEASURES["cost"]

RATE = (
    "Rates are billed effective rates (cost divided by tokens) of the same organization, day, model, service "
    "tier, context window, inference geo and speed, never a price list. A day whose bill does not show the "
    "rate takes it from the rest of its month. Filters choose whose tokens are counted, not the rates."
)
LEFT_OUT = (
    "Left out, as unknown and not as zero: tokens without a cost (Priority tier, blocked requests), and "
    "tokens whose other rate is in no bill of their month. The column “Counted” says how much is left in."
)
CACHING = (
    "**Cache hit rate**: cache read tokens divided by all input tokens, as reported.",
    "**Saved by reads**: what the cache read tokens would have cost as uncached input, less what was billed.",
    "**Extra for writes**: what was billed for cache writes, less the same tokens as uncached input.",
    "**Net saved**: saved by reads less extra for writes, supposing the same prompts had been sent uncached.",
    RATE,
    LEFT_OUT,
)
EFFECTS = (
    "**Batch**: what tokens billed in batch would have cost in the standard tier, less what was billed.",
    "**Fast mode**: what was billed for fast tokens, less the same tokens at standard speed. The Platform's "
    "bill has no speed: where fast and standard use share a line of it, the split is estimated, and said so.",
    "**US-only inference**: what was billed for inference geo us, less the same tokens at the global rate.",
    "**Rates** are averages over all counted tokens of the effect, in dollars per million.",
    "A token can be in several rows (batch and US-only, say): the rows cannot be added up.",
    RATE,
    LEFT_OUT,
)
RATES = (
    "**Effective rate**: cost of priced tokens divided by those tokens, in dollars per million, as billed.",
    "Over all token types it moves with the mix too: more cache reads, a lower rate. Choose one token type "
    "to see the price alone.",
    "Tokens without a cost are in neither part of the division.",
)
DISCOUNT = (
    "**Discount**: list cost less cost, over the rows with a list cost; the Claude Platform's legacy reports "
    "tell none.",
    "**Share**: the discount divided by the list cost. Where no list cost is told, negotiated prices show in "
    "the cost, and cannot be told apart from it.",
)


def covered(total: EffectTotal) -> str:
    """What an effect leaves out and rests on, in sentences; empty where nothing needs saying."""
    parts = []
    if total.unpriced_tokens:
        parts.append(f"{_part(total.unpriced_tokens, total)} have no cost in the bill: unknown, not zero.")
    if total.without_reference:
        parts.append(f"{_part(total.without_reference, total)} have no rate to compare with in the bill.")
    if total.left_out_cost:
        parts.append(f"{short(_COST, total.left_out_cost)} was billed for what is left out.")
    if total.estimated_tokens:
        parts.append(f"{_part(total.estimated_tokens, total)} rest on an estimated cost.")
    if total.month_tokens:
        parts.append(f"{_part(total.month_tokens, total)} are compared with a rate of another day.")
    return " ".join(parts)


def _part(tokens: int, total: EffectTotal) -> str:
    return f"{short(_TOKENS, tokens)} tokens ({share(tokens, total.tokens)})"
