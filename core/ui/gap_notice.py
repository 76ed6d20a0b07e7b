"""Beside a number: which of its days are not known, why, and the way to the page that tells more."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from core.charts.numbers import period_label
from core.explore.provenance import ConnectionCoverage, Provenance
from core.periods import Period, runs_of
from core.store.days import DayKind
from core.ui import times
from core.ui.navigation import page_file
from core.ui.text import html_text

_NAMED = 2
"""Groups of days, and connections in a group, that are named; the Sync page has all."""

Reason = tuple[Period, DayKind]


def show(found: Provenance) -> None:
    """Nothing where every day is known."""
    show_for(found.coverage)


def why_empty(found: Provenance, period: Period) -> tuple[str, str]:
    """Title and text for a view of which not one day is known."""
    missing = [gap for one in found.coverage for gap in one.missing]
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


def show_for(coverage: Iterable[ConnectionCoverage]) -> None:
    """The same from the coverage alone."""
    groups = _groups(coverage)
    if not groups:
        return
    calm = all(_is_awaited(*reason) for reason in groups)
    icon = "" if calm else '<span class="tl-gap-mark" aria-hidden="true">!</span>'
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="gap-notice"):
        st.html(f'<div class="tl-gap">{icon}<span>{html_text(words(groups))}</span></div>', width="content")
        st.page_link(page_file("sync"), label="See coverage", icon=":material/event_busy:", width="content")


def words(groups: dict[Reason, list[str]]) -> str:
    """``Not in these numbers: Nov 3 – 4, 2026 of Engineering (failed). Unknown, not zero.``"""
    named = [
        f"{period_label(period)} of {_names(names)} ({kind.value})"
        for (period, kind), names in list(groups.items())[:_NAMED]
    ]
    more = len(groups) - len(named)
    rest = f"; and {more} more {'gap' if more == 1 else 'gaps'}" if more else ""
    return f"Not in these numbers: {'; '.join(named)}{rest}. Unknown, not zero."


def brief(found: Provenance) -> str:
    """What of a number's days is not known, for a place with little room; empty where all are."""
    groups = _groups(found.coverage)
    awaited = [period for period, kind in groups if _is_awaited(period, kind)]
    if len(awaited) < len(groups):
        return words(groups)
    if awaited:
        return f"{period_label(awaited[0])} is still to come"
    dark = list(runs_of(found.dark_days, at_most=10**6))
    return f"Not known: {', '.join(map(period_label, dark[:_NAMED]))}, before history begins" if dark else ""


def _groups(coverage: Iterable[ConnectionCoverage]) -> dict[Reason, list[str]]:
    """The connections that lack the same days for the same reason; what is merely awaited comes last."""
    found: dict[Reason, list[str]] = {}
    for one in coverage:
        for gap in one.missing:
            found.setdefault((gap.period, gap.kind), []).append(one.cost_center)
    order = sorted(found, key=lambda reason: (_is_awaited(*reason), -reason[0].end.toordinal()))
    return {reason: found[reason] for reason in order}


def _is_awaited(period: Period, kind: DayKind) -> bool:
    """Nothing is wrong: the next sync brings it."""
    return kind is DayKind.NOT_REPORTED or (kind is DayKind.NOT_PULLED and period.start >= times.today())


def _names(names: list[str]) -> str:
    more = len(names) - _NAMED
    return " and ".join(names) if more <= 0 else f"{', '.join(names[:_NAMED])} and {more} more"
