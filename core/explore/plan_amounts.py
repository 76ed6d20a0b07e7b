"""Amounts of a plan: typed, copied forward, spread like last year, read from a file."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from core.dimensions import MEASURES, Unit
from core.errors import InputError
from core.explore.sheets import Column
from core.money import MICROCENTS_PER_USD, usd_decimal
from core.periods import Period, calendar_label, calendar_period
from core.store.plans import LARGEST_AMOUNT, Amounts

MOST_BYTES = 1_000_000
_LABEL = {
    "month": re.compile(r"(\d{4})-(\d{2})", re.ASCII),
    "quarter": re.compile(r"(\d{4})-[qQ]([1-4])", re.ASCII),
    "year": re.compile(r"(\d{4})", re.ASCII),
}
_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}
_AMOUNT = re.compile(r"\d{1,3}(,\d{3})+(\.\d+)?|\d+(\.\d+)?", re.ASCII)


def amount_of(measure: str, text: str) -> int:
    """An amount as people type it: dollars (``$12,000.50``) as micro-cents, tokens as they are.

    Raises:
        InputError: it is none, or finer than a micro-cent or a token, or too large.
    """
    is_money = MEASURES[measure].unit is Unit.USD
    digits = text.strip().removeprefix("$" if is_money else "").strip()
    what = "an amount in dollars" if is_money else "a number of tokens"
    if not _AMOUNT.fullmatch(digits):
        example = "12000.50" if is_money else "5000000"
        raise InputError(f"{text[:40]!r} is not {what}.", field="amount", remedy=f"Write it like {example}.")
    value = Decimal(digits.replace(",", "")) * (MICROCENTS_PER_USD if is_money else 1)
    if value != value.to_integral_value() or value > LARGEST_AMOUNT:
        raise InputError(f"{text[:40]!r} is too fine or too large.", field="amount")
    return int(value)


def amount_text(measure: str, amount: int) -> str:
    """Exact, without zeros that say nothing beyond cents."""
    if MEASURES[measure].unit is not Unit.USD:
        return str(amount)
    whole, _, decimals = usd_decimal(amount).partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def start_of(period: str, text: str) -> date:
    """The first day of a period as it is written: ``2026-11``, ``2026-Q4``, ``2026``.

    Raises:
        InputError: it is written otherwise.
    """
    match = _LABEL[period].fullmatch(text.strip())
    try:
        if match:
            number = int(match[2]) if match.lastindex == 2 else 1
            return date(int(match[1]), (number - 1) * _MONTHS_IN[period] + 1, 1)
    except ValueError:
        pass
    example = {"month": "2026-11", "quarter": "2026-Q4", "year": "2026"}[period]
    raise InputError(f"{text[:40]!r} is not a {period}.", field="period", remedy=f"Write it like {example}.")


def following(period: str, start: date, many: int) -> list[date]:
    """The first days of ``many`` periods, from the one of ``start`` on."""
    starts, first_days = start, []
    for _ in range(many):
        first_days.append(starts)
        starts = calendar_period(period, starts).end
    return first_days


def percent_of(text: str) -> Decimal:
    """Growth in per cent as people type it.

    Raises:
        InputError: it is no number between -100 and 1000.
    """
    try:
        value = Decimal(text.strip().removesuffix("%").strip())
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not -100 <= value <= 1000:
        raise InputError(f"{text[:40]!r} is not a growth in per cent.", remedy="Write it like 2.5.")
    return value


def grown(amount: int, percent: Decimal, times: int) -> int:
    """An amount after growing ``times`` times, rounded once."""
    factor = (1 + percent / 100) ** times
    return min(LARGEST_AMOUNT, int((amount * factor).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)))


def copied_forward(period: str, amounts: Amounts, many: int, percent: Decimal) -> dict[date, int]:
    """With ``many`` more periods after the last, each grown by ``percent`` over the one before.

    Raises:
        InputError: there is no amount to begin with.
    """
    if not amounts:
        raise InputError("There is no amount to copy.", remedy="Enter the first period's amount.")
    last = max(amounts)
    ahead = following(period, last, many + 1)
    return {**amounts, **{start: grown(amounts[last], percent, n) for n, start in enumerate(ahead) if n}}


def spread(total: int, starts: Sequence[date], shape: Mapping[date, int | None]) -> dict[date, int]:
    """``total`` over periods in proportion to what each had a year before; the parts add up to it.

    ``shape``: by the first day of a period, what it had; None is unknown.

    Raises:
        InputError: a year before, one of them is unknown, or all are nothing.
    """
    parts = [shape.get(start.replace(year=start.year - 1)) for start in starts]
    known = [part for part in parts if part is not None and part >= 0]
    whole = sum(known)
    if len(known) < len(parts) or not whole:
        raise InputError(
            "Last year's shape is not known of each of these periods.",
            remedy="Enter the amounts, or spread over periods whose days of a year before are all known.",
        )
    down = [total * part // whole for part in known]
    rest = sorted(range(len(known)), key=lambda n: -(total * known[n] % whole))[: total - sum(down)]
    return {start: down[n] + (n in rest) for n, start in enumerate(starts)}


@dataclass(frozen=True)
class Read:
    """What a file has: amounts by period, and a sentence for each line that was refused."""

    amounts: dict[date, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def template(period: str, measure: str, amounts: Amounts, starts: Sequence[date]) -> list[Column]:
    """A file to fill in: what the plan has already, and ``starts``."""
    days = sorted({*amounts, *starts})
    texts = [amount_text(measure, amounts[day]) if day in amounts else "" for day in days]
    return [Column("period", [calendar_label(period, day) for day in days]), Column("amount", texts)]


def read(content: bytes, period: str, measure: str) -> Read:
    """A CSV file with the columns ``period`` and ``amount``. A line without an amount is passed over.

    Raises:
        InputError: it is no such file.
    """
    lines = _lines(content)
    amounts: dict[date, int] = {}
    problems = []
    for number, cells in lines:
        try:
            if not (text := cells.get("amount", "")):
                continue
            start = start_of(period, cells.get("period", ""))
            if start in amounts:
                raise InputError(f"{calendar_label(period, start)} stands in the file twice.")
            amounts[start] = amount_of(measure, text)
        except InputError as error:
            problems.append(f"Line {number}: {error}")
    return Read(amounts, tuple(problems))


def _lines(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """Each line's number in the file and its cells by header; blank lines are passed over."""
    if len(content) > MOST_BYTES:
        raise InputError(
            "The file is larger than a megabyte.", remedy="Download the template and fill it in."
        )
    try:
        text = content.decode("utf-8-sig")
        between = ";" if ";" in text.partition("\n")[0] else ","
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
        rows = [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error):
        raise InputError("The file is not CSV in UTF-8.", remedy="Save it as CSV, UTF-8.") from None
    header = [name.strip().lower() for name in rows[0][1]] if rows else []
    if not {"period", "amount"} <= set(header):
        raise InputError(
            "The file's first line does not name the columns period and amount.",
            remedy="Download the template and fill it in.",
        )
    return [
        (number, dict(zip(header, map(str.strip, row), strict=False)))
        for number, row in rows[1:]
        if any(cell.strip() for cell in row)
    ]


def last_years(period: str, starts: Sequence[date]) -> list[Period]:
    """The periods a year before."""
    return [calendar_period(period, start.replace(year=start.year - 1)) for start in starts]
