"""Which bill a connection uses, in words."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from core.cost_basis import Bill
from core.dimensions import Origin
from core.errors import NotServed
from core.periods import Period
from core.store.bills import Change, InUse
from core.ui.app.bill_words import (
    bill_label,
    bill_sentence,
    bill_turns,
    change_sentence,
    without_list_cost,
)

DAY = date(2026, 3, 14)


@pytest.mark.parametrize(
    ("found", "label", "sentence"),
    [
        (
            InUse(Bill.ANALYTICS, DAY, "yes"),
            "Analytics reports since Mar 14, 2026",
            "Bill: Analytics reports since Mar 14, 2026.",
        ),
        (InUse(Bill.LEGACY, None, None), "Legacy reports", "Bill: Legacy reports."),
        (
            InUse(Bill.LEGACY, DAY, NotServed.HIPAA.value),
            "Legacy reports since Mar 14, 2026",
            "Bill: Legacy reports since Mar 14, 2026. "
            "The analytics reports are not served here: HIPAA readiness.",
        ),
        (
            InUse(Bill.LEGACY, DAY, "a word of a later version"),
            "Legacy reports since Mar 14, 2026",
            "Bill: Legacy reports since Mar 14, 2026. The analytics reports are not served here: refused.",
        ),
        (
            InUse(Bill.LEGACY, DAY, "yes"),
            "Legacy reports since Mar 14, 2026",
            "Bill: Legacy reports since Mar 14, 2026.",
        ),
    ],
)
def test_a_bill_reads_as_what_it_is_and_why(found: InUse, label: str, sentence: str) -> None:
    assert (bill_label(found), bill_sentence(found)) == (label, sentence)


@pytest.mark.parametrize("reason", NotServed)
def test_every_reason_has_words_that_blame_nobody(reason: NotServed) -> None:
    said = bill_sentence(InUse(Bill.LEGACY, DAY, reason.value))
    assert "not served here" in said and "error" not in said and reason.value not in said.split()


def test_a_change_says_from_when_on() -> None:
    said = change_sentence(Change(DAY, Bill.ANALYTICS))
    assert said == "days from Mar 14, 2026 on rest on Anthropic's analytics reports"


def test_only_changes_inside_the_days_shown_are_marked_and_each_day_once() -> None:
    legacy, analytics = Change(date(2026, 1, 1), Bill.LEGACY), Change(DAY, Bill.ANALYTICS)
    coverage = [
        SimpleNamespace(cost_center="One", bills=(legacy, analytics)),
        SimpleNamespace(cost_center="Two", bills=(legacy, analytics)),
        SimpleNamespace(cost_center="Three", bills=(analytics,)),
    ]
    provenance: Any = SimpleNamespace(coverage=coverage)
    words = "days from Mar 14, 2026 on rest on Anthropic's analytics reports"
    around = Period(date(2026, 3, 1), date(2026, 4, 1))
    assert bill_turns(provenance, around) == ((DAY, f"One: {words}; Two: {words}"),)
    for beside in (Period(DAY, date(2026, 4, 1)), Period(date(2026, 3, 1), DAY)):
        assert bill_turns(provenance, beside) == ()


def test_list_cost_says_whose_days_it_leaves_out() -> None:
    legacy, analytics = Change(date(2026, 1, 1), Bill.LEGACY), Change(DAY, Bill.ANALYTICS)
    back = Change(date(2026, 4, 1), Bill.LEGACY)
    coverage = [
        SimpleNamespace(cost_center="Old", origin=Origin.PLATFORM, bills=(legacy,)),
        SimpleNamespace(cost_center="Staff", origin=Origin.CLAUDE_AI, bills=(legacy,)),
        SimpleNamespace(cost_center="Turned", origin=Origin.PLATFORM, bills=(legacy, analytics)),
        SimpleNamespace(cost_center="New", origin=Origin.PLATFORM, bills=(analytics,)),
        SimpleNamespace(cost_center="Mixed", origin=Origin.PLATFORM, bills=(legacy, analytics, back)),
        SimpleNamespace(cost_center="Not pulled", origin=Origin.PLATFORM, bills=()),
    ]
    whole: Any = SimpleNamespace(coverage=coverage)
    assert without_list_cost(whole) == "Old, Turned before Mar 14, 2026, Mixed in part"
    told: Any = SimpleNamespace(coverage=[coverage[1], coverage[3], coverage[5]])
    assert without_list_cost(told) == ""
