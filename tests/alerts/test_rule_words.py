"""Rules as people read them, and their terms as they are typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.alerts.rule_terms import read_terms, typed_terms, usable
from core.alerts.rule_words import UNREADABLE, rule_words
from core.errors import InputError
from core.store.alert_kinds import RULE_KINDS, RuleKind, Terms
from core.store.alert_rules import RuleContent

DOLLAR = 10**8


@pytest.mark.parametrize(
    ("kind", "terms", "says"),
    [
        ("amount", {"threshold": 1_500 * DOLLAR}, "Cost over a day of $1,500.00 or more"),
        (
            "amount",
            {"threshold": 2_000_000, "measure": "tokens", "period": "month"},
            "Tokens over a month of 2M or more",
        ),
        (
            "change",
            {"direction": "fall", "period": "day"},
            "Cost over a day falls by 50% and $100.00 or more against the same day a week earlier",
        ),
        ("plan_actual", {"shares": (80,)}, "A plan is used up to 80%"),
        ("plan_actual", {"plan": 3}, "This plan is used up to 80, 100 or 150% (Sales)"),
        (
            "plan_forecast",
            {"plan": 4},
            "This plan is expected to end at 100 or 150% (a plan that is gone or private)",
        ),
        (
            "rate",
            {"threshold": 12 * DOLLAR, "floor": 0},
            "Effective rate over a week of $12.00 / 1M or more",
        ),
        ("cache", {}, "Cache hit rate over a week below 50%, where $100.00 or more is spent"),
        ("new", {"dimension": "api_key"}, "A new API key spends $10.00 or more"),
        ("late", {"threshold": 36}, "Data end 36 hours ago or earlier"),
        ("sync", {}, "A sync failed, or a key was refused"),
    ],
)
def test_a_rule_reads_as_a_sentence(kind: str, terms: dict[str, object], says: str) -> None:
    content = RuleContent("", RuleKind(kind), Terms(**terms))  # type: ignore[arg-type]
    assert rule_words(content, {3: "Sales"}) == says


def test_a_scope_is_named_and_one_that_cannot_be_read_is_said() -> None:
    of_key = RuleContent("", RuleKind.NEW, scope={"in.workspace": ["<b>"]})
    assert rule_words(of_key) == "A new model spends $10.00 or more; Workspace is <b>"
    lost = RuleContent("", RuleKind.NEW, scope={"in.lost": ["x"]})
    assert rule_words(lost).endswith(f"; {UNREADABLE}")
    with pytest.raises(InputError):
        usable(lost)


@pytest.mark.parametrize("kind", list(RuleKind))
def test_what_is_usual_is_read_back_as_it_is_typed(kind: RuleKind) -> None:
    usual = RULE_KINDS[kind].usual
    assert read_terms(kind, typed_terms(kind, usual)) == usual == read_terms(kind, {})
    assert Terms.read(usual.text()) == usual


@pytest.mark.parametrize(
    ("kind", "typed", "terms"),
    [
        ("amount", {"threshold": " $1,500.05 "}, {"threshold": 150_005_000_000}),
        ("amount", {"threshold": "1500", "measure": "tokens"}, {"threshold": 1_500, "measure": "tokens"}),
        ("change", {"threshold": "30%", "floor": "0.5"}, {"threshold": 30, "floor": 50_000_000}),
        ("rate", {"threshold": "3.25"}, {"threshold": 325_000_000}),
        ("plan_actual", {"shares": "50, 75,100"}, {"shares": (50, 75, 100)}),
        ("late", {"threshold": "72"}, {"threshold": 72}),
        ("late", {"threshold": "2 d"}, {"threshold": 48}),
    ],
)
def test_terms_are_read_as_they_are_typed(kind: str, typed: dict[str, str], terms: dict[str, object]) -> None:
    read = read_terms(RuleKind(kind), typed)
    assert {name: getattr(read, name) for name in terms} == terms


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("amount", {"threshold": "-5"}),
        ("amount", {"threshold": "0"}),
        ("amount", {"threshold": "1.5", "measure": "tokens"}),
        ("amount", {"threshold": "9" * 30}),
        ("amount", {"period": "quarter"}),
        ("amount", {"measure": "effective_rate"}),
        ("change", {"threshold": "1e3"}),
        ("change", {"threshold": "٣"}),
        ("change", {"direction": "sideways"}),
        ("cache", {"threshold": "101"}),
        ("late", {"threshold": "10001"}),
        ("late", {"threshold": "d"}),
        ("late", {"threshold": "417d"}),
        ("late", {"floor": "5"}),
        ("new", {"dimension": "product"}),
        ("plan_actual", {"shares": "100, 50"}),
        ("plan_actual", {"shares": "50,,100"}),
        ("plan_actual", {"shares": "1001"}),
        ("sync", {"threshold": "5"}),
    ],
)
def test_what_are_no_terms_is_refused(kind: str, typed: dict[str, str]) -> None:
    with pytest.raises(InputError):
        read_terms(RuleKind(kind), typed)


def test_every_kind_is_written_down() -> None:
    told = Path("docs/alerts.md").read_text(encoding="utf-8")
    assert [kind for kind in RuleKind if f"| `{kind}` |" not in told] == []


def test_only_a_rule_of_plans_names_one() -> None:
    with pytest.raises(InputError, match="takes no plan"):
        read_terms(RuleKind.AMOUNT, {}, plan=1)
