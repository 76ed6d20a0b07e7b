"""Which days a page's numbers are of, and what stands apart because its days are not over."""

from __future__ import annotations

from core.dimensions import MEASURES
from core.formats import count_of, period_label
from core.periods import ONE_DAY, Period
from core.ui.app.answers import Answer


def title(answer: Answer) -> str:
    """The head of a column of what lies outside."""
    return "Today so far" if _is_today(answer) else "Not complete yet"


def help_text(answer: Answer) -> str:
    return f"{period_label(answer.outside)}: may still grow, and is in no other number here."


def words(answer: Answer, name: str) -> str:
    """``29 complete days, and $92 today so far``."""
    days = _counted(answer, "complete day" if answer.is_complete else "day")
    if not answer.is_complete:
        return f"{days}, not complete yet"
    if not answer.outside.days:
        return days
    amount = answer.compared_number(name).outside_text
    return f"{days}, and {amount} {_when(answer)}" if amount else f"{days}, without {_without(answer)}"


def _counted(answer: Answer, unit: str) -> str:
    """``31 complete days``, ``31 complete days, 19 of them known``."""
    days, dark = answer.counted, answer.provenance.dark_days()
    known = sum(day not in dark for day in days)
    lacking = f", {known or 'none'} of them known" if known < days.days else ""
    return f"{count_of(days.days, unit)}{lacking}"


def _when(answer: Answer) -> str:
    return "today so far" if _is_today(answer) else f"of {period_label(answer.outside)}, not complete yet"


def _without(answer: Answer) -> str:
    return "today" if _is_today(answer) else period_label(answer.outside)


def _is_today(answer: Answer) -> bool:
    return answer.outside == Period(answer.today, answer.today + ONE_DAY)


def sentence(answer: Answer) -> str:
    """The same for a page whose numbers are of several measures."""
    if not answer.outside.days:
        return ""
    what = MEASURES["cost"].label if answer.outside_totals.get("cost") is not None else ""
    apart = f" ({answer.compared_number('cost').outside_text} {what.lower()})" if what else ""
    return (
        f"These numbers are of {_counted(answer, 'complete day')}, "
        f"{period_label(answer.counted)}; {_without(answer)}{apart} stands apart."
    )
