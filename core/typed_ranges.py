"""Ranges as people type them: ``3w``, ``2026-10``, ``oct``, ``q3 2026``, ``2026-10-05 to 2026-10-11``."""

from __future__ import annotations

import re
from calendar import month_abbr, month_name
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta

from core.periods import FIRST_DAY, LAST_DAY, ONE_DAY, PRESETS, Period, next_month, previous_month

_DAYS_OF = {"d": 1, "w": 7}
_MONTHS = {
    name.casefold(): number
    for names in (month_name, month_abbr)
    for number, name in enumerate(names)
    if number
} | {"sept": 9}
_MONTHS_A_YEAR, _MONTHS_A_QUARTER = 12, 3


def typed_preset(text: str) -> str | None:
    """The preset that is typed by its label or name."""
    wanted = " ".join(text.casefold().replace("_", " ").split())
    labels = {label.casefold(): name for name, label in PRESETS.items()}
    names = {name.replace("_", " "): name for name in PRESETS}
    return labels.get(wanted) or names.get(wanted)


def typed_period(text: str, today: date) -> Period | None:
    """The days a text means on ``today``; None where it means none."""
    wanted = " ".join(text.casefold().replace(",", " ").split())
    for pattern, read in _FORMS:
        if match := re.fullmatch(pattern, wanted):
            with suppress(ValueError, OverflowError):  # such a day does not exist
                return _inside(read(match, today))
    return None


def _inside(period: Period) -> Period | None:
    return period if FIRST_DAY <= period.start < period.end <= LAST_DAY else None


def _back(match: re.Match[str], today: date) -> Period:
    """``10d``, ``3w``: so many days up to today; ``2m``, ``1y``: this month and those before it."""
    number, unit = int(match[1]), match[2]
    if unit in _DAYS_OF:
        return Period(today + ONE_DAY - timedelta(days=number * _DAYS_OF[unit]), today + ONE_DAY)
    start = today
    for _ in range(number * (1 if unit == "m" else _MONTHS_A_YEAR) - 1):
        start = previous_month(start)
    return Period(start.replace(day=1), today + ONE_DAY)


def _year(match: re.Match[str], _: date) -> Period:
    return Period(date(int(match[1]), 1, 1), date(int(match[1]) + 1, 1, 1))


def _month(match: re.Match[str], _: date) -> Period:
    return _months(date(int(match[1]), int(match[2]), 1), 1)


def _named_month(match: re.Match[str], today: date) -> Period:
    """Without a year the latest that has begun."""
    number = _MONTHS[match[1]]
    year = int(match[2]) if match[2] else today.year - (number > today.month)
    return _months(date(year, number, 1), 1)


def _quarter(match: re.Match[str], today: date) -> Period:
    month = (int(match[2]) - 1) * _MONTHS_A_QUARTER + 1
    given = match[1] or match[3]
    year = int(given) if given else today.year - (month > today.month)
    return _months(date(year, month, 1), _MONTHS_A_QUARTER)


def _months(start: date, number: int) -> Period:
    end = start
    for _ in range(number):
        end = next_month(end)
    return Period(start, end)


def _day(match: re.Match[str], _: date) -> Period:
    day = date.fromisoformat(match[1])
    return Period(day, day + ONE_DAY)


def _days(match: re.Match[str], _: date) -> Period:
    return Period(date.fromisoformat(match[1]), date.fromisoformat(match[2]) + ONE_DAY)


_ISO = r"(\d{4}-\d{2}-\d{2})"
_FORMS: tuple[tuple[str, Callable[[re.Match[str], date], Period]], ...] = (
    (r"(?:last )?([1-9]\d{0,3}) ?([dwmy])(?:ays?|eeks?|onths?|ears?)?", _back),
    (r"(\d{4})", _year),
    (r"(\d{4})-(\d{1,2})", _month),
    (rf"({'|'.join(_MONTHS)})(?: (\d{{4}}))?", _named_month),
    (r"(?:(\d{4})[ -]?)?q([1-4])(?:[ -]?(\d{4}))?", _quarter),
    (_ISO, _day),
    (rf"{_ISO} ?(?:to|–|-|\.\.) ?{_ISO}", _days),
)
