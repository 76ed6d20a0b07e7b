"""Money as whole micro-cents.

One micro-cent is 10^-6 cent, 10^-8 US dollar. The APIs send decimal strings in cents; they are parsed
once, exactly, and stay integers until a label, an axis or a CSV cell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, InvalidOperation, localcontext

MICROCENTS_PER_CENT = 10**6
MICROCENTS_PER_USD = 10**8
MAX_MICROCENTS = 2**63 - 1

MINUS = "\N{MINUS SIGN}"
"""The one sign of what is below zero, wherever people read it; files have the hyphen that programs read."""

_DIGITS = 100
_SMALLEST_SHOWN = Decimal("0.0001")
_PLAIN = re.compile(r"(-?\d{1,12})\.(\d{6})", re.ASCII)
"""What Anthropic nearly always sends: six decimals, micro-cents but for the point."""
_DECIMAL = re.compile(r"-?\d{1,40}(\.\d{1,40})?([eE][-+]?\d{1,2})?", re.ASCII)
"""What else a decimal is written as, exponents too: a zero can come as ``0E-10``."""


def microcents(cents: str) -> int:
    """Turn an API amount (decimal string, cents) into micro-cents.

    Digits beyond the sixth are rounded half to even; the received text is kept beside it in the store.

    Raises:
        ValueError: not a decimal number, or beyond 64 bits.
    """
    if plain := _PLAIN.fullmatch(cents):
        return int(plain[1] + plain[2])
    if not _DECIMAL.fullmatch(cents):
        raise ValueError(f"not a decimal amount: {cents[:40]!r}")
    try:
        with localcontext(prec=_DIGITS):  # the usual 28 digits would round first, then round again
            value = int(Decimal(cents).scaleb(6).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
    except InvalidOperation:  # more digits than that
        value = MAX_MICROCENTS + 1
    if abs(value) > MAX_MICROCENTS:
        raise ValueError(f"amount out of range: {cents[:40]!r}")
    return value


def microcents_together(cents: Sequence[str]) -> list[int]:
    """API amounts in micro-cents that add up to their exact sum, which is rounded once.

    Each is one of its two neighbours; those with the largest rest are rounded up, the first among equals.
    The amounts are such as :func:`microcents` takes.
    """
    with localcontext(prec=_DIGITS):
        exact = [Decimal(text).scaleb(6) for text in cents]
        down = [value.quantize(Decimal(1), rounding=ROUND_FLOOR) for value in exact]
        whole = sum(exact, Decimal(0)).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
        order = sorted(range(len(exact)), key=lambda n: down[n] - exact[n])
        up = set(order[: int(whole - sum(down))])
    return [int(value) + (n in up) for n, value in enumerate(down)]


def usd_decimal(amount_microcents: int) -> str:
    """Exact US dollars with eight decimals: ``41280000000`` is ``"412.80000000"``."""
    sign = "-" if amount_microcents < 0 else ""
    dollars, fraction = divmod(abs(amount_microcents), MICROCENTS_PER_USD)
    return f"{sign}{dollars}.{fraction:08d}"


def usd_label(amount_microcents: int) -> str:
    """Dollars as people read them: ``$1.24M``, ``$12,340``, ``$412.80``, ``$0.0042``."""
    sign = MINUS if amount_microcents < 0 else ""
    usd = Decimal(abs(amount_microcents)) / MICROCENTS_PER_USD
    if 0 < usd < _SMALLEST_SHOWN:
        return f"{sign}<${_SMALLEST_SHOWN}"
    return f"{sign}${_usd_digits(usd)}"


def _usd_digits(usd: Decimal) -> str:
    if usd >= 999_500:
        return compact(usd)
    if usd >= 10_000:
        return f"{usd:,.0f}"
    if usd >= Decimal("0.01") or usd == 0:
        return f"{usd:,.2f}"
    return f"{usd:.2g}"


def compact(value: Decimal | int) -> str:
    """Three significant digits and a unit: ``3.1B``, ``1.24M``, ``45.6K``, ``812``."""
    number = Decimal(value)
    for size, unit in ((10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "K")):
        if abs(number) >= Decimal(size) * Decimal("0.9995"):
            scaled = number / size
            places = 2 if abs(scaled) < Decimal("9.995") else 1 if abs(scaled) < Decimal("99.95") else 0
            text = f"{scaled:,.{places}f}"
            return _signed((text.rstrip("0").rstrip(".") if "." in text else text) + unit)
    return _signed(f"{number:,.0f}")


def _signed(text: str) -> str:
    return text.replace("-", MINUS)
