"""The notice beside a number: which of its days are unknown or incomplete, why, and where to read more.

Today's cost, which no report can hold yet, is no gap: the line under the view tells of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import streamlit as st

from core.bidi import isolated, isolated_list
from core.explore.provenance import ConnectionCoverage, Provenance
from core.formats import period_label
from core.periods import ONE_DAY, Period, runs_of
from core.store.days import DayKind
from core.ui.app import data, html, times
from core.ui.app.navigation import may_open, page_file

_NAMED = 2
"""Groups of days, and connections in a group, that are named; the Sync page has all."""

STILL_PULLED = "Days are still being pulled"

Reason = tuple[Period, DayKind]


def show(provenance: Provenance) -> None:
    """Show the notice, unless every day is known."""
    show_for(provenance.coverage)


def why_empty(provenance: Provenance, period: Period) -> tuple[str, str]:
    """Title and text for a view without a single known day."""
    missing = [gap for connection in provenance.coverage for gap in connection.missing]
    if missing and data.is_syncing():
        return STILL_PULLED, "They are unknown until they are there, not zero. The page follows by itself."
    if is_cost_awaited(provenance, period) and not missing:
        return (
            "Today's cost is not reported yet",
            "Anthropic reports a day's cost when the day is over. Choose earlier days, or look at Usage.",
        )
    if not period.days:
        return "There is no day in this range", "It ends where it begins. Choose other days."
    if period.start > times.today():
        return "These days are still to come", "Nothing is known of them yet. Choose earlier days."
    if not missing:
        return "These days lie before history begins", "Nothing is known of them. Choose later days."
    if all(gap.kind is DayKind.BEYOND_REACH for gap in missing):
        return (
            "These days are beyond Anthropic's reach",
            "They were not pulled while it reported them. They are unknown, not zero. Choose later days.",
        )
    return "These days are not pulled yet", "They are unknown, not zero. Choose other days, or sync."


def is_cost_awaited(provenance: Provenance, period: Period) -> bool:
    """Whether all that is known of the period is today's use, whose cost cannot be reported yet."""
    days = [day for day in period if day <= times.today()]
    return not provenance.awaited_days.isdisjoint(days) and provenance.dark_days(of_cost=True).issuperset(
        days
    )


def show_for(coverage: Iterable[ConnectionCoverage]) -> None:
    """The same from the coverage alone."""
    shown = list(coverage)
    groups, short = _groups(shown), uncounted(shown)
    if not groups and not short:
        return
    calm = not short and all(is_expected(*reason) for reason in groups)
    said = " ".join(part for part in (words(groups) if groups else "", short) if part)
    icon = None if calm else html.span("!", cls="tl-gap-mark", aria_hidden="true")
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="gap-notice"):
        html.show(html.div(icon, html.span(said), cls="tl-gap"), width="content")
        if may_open("sync"):
            st.page_link(
                page_file("sync"), label="See coverage", icon=":material/event_busy:", width="content"
            )  # fmt: skip


def words(groups: dict[Reason, list[str]]) -> str:
    """``Not in these numbers: Nov 3 – 4, 2026 of Engineering (failed). Unknown, not zero.``"""
    named = [
        f"{period_label(period)} of {_names(names)} ({kind.value})"
        for (period, kind), names in list(groups.items())[:_NAMED]
    ]
    more = len(groups) - len(named)
    rest = f"; and {more} more {'gap' if more == 1 else 'gaps'}" if more else ""
    return f"Not in these numbers: {'; '.join(named)}{rest}. Unknown, not zero."


def uncounted(coverage: Iterable[ConnectionCoverage]) -> str:
    """``3 rows of Nov 3, 2026 of Engineering could not be counted: …``; empty where all could."""
    short = [where for where in coverage if where.set_aside]
    named = [
        f"{where.set_aside_words} of {_days(where.set_aside)} of {isolated(where.cost_center)}"
        for where in short[:_NAMED]
    ]
    more = f" and of {len(short) - _NAMED} more" if len(short) > _NAMED else ""
    if not named:
        return ""
    return f"{'; '.join(named)}{more} could not be counted: these numbers may be too low."


def _days(days: Iterable[date]) -> str:
    """The latest stretch of days, and that there are more."""
    first, *more = runs_of(days)
    return f"{period_label(first)}{' and other days' if more else ''}"


def brief(provenance: Provenance) -> str:
    """What of a number's days is not known, for a place with little room; empty where all are."""
    groups, short = _groups(provenance.coverage), uncounted(provenance.coverage)
    expected = [period for period, kind in groups if is_expected(period, kind)]
    if short or len(expected) < len(groups):
        return " ".join(part for part in (words(groups) if groups else "", short) if part)
    if expected:
        verb = "is" if expected[0].days == 1 else "are"
        return f"{period_label(expected[0])} {verb} still to come"
    dark = list(runs_of(provenance.dark_days()))
    return f"Not known: {', '.join(map(period_label, dark[:_NAMED]))}, before history begins" if dark else ""


def _groups(coverage: Iterable[ConnectionCoverage]) -> dict[Reason, list[str]]:
    """The connections that lack the same days for the same reason; what the next sync brings comes last."""
    names: dict[Reason, list[str]] = {}
    for connection in coverage:
        for gap in connection.missing:
            names.setdefault((gap.period, gap.kind), []).append(connection.cost_center)
    order = sorted(names, key=lambda reason: (is_expected(*reason), -reason[0].end.toordinal()))
    return {reason: names[reason] for reason in order}


def is_expected(period: Period, kind: DayKind) -> bool:
    """Nothing is wrong: the next sync brings it. The cost of yesterday could not be pulled before today."""
    if kind is DayKind.NOT_REPORTED:
        return True
    return kind is DayKind.NOT_PULLED and period.start >= times.today() - ONE_DAY


def _names(names: list[str]) -> str:
    more = len(names) - _NAMED
    return isolated_list(names, " and ") if more <= 0 else f"{isolated_list(names[:_NAMED])} and {more} more"
