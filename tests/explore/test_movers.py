"""What moved the cost of a month, and why."""

from datetime import date

from core.explore.change import Effects
from core.explore.insights import KnownDays, Sides, month_to_date
from core.explore.movers import movers
from core.explore.query import Empty
from core.periods import Period
from tests.explore.ledgers import CLAUDE_AI, OCTOBER, PLATFORM, ledger_of, row, tokens

NAMES = ("Research", "Products", "Everyone")


def day(month, number):
    return date(2026, month, number)


SEPTEMBER_TO_OCTOBER = Sides(NAMES, frozenset(OCTOBER), frozenset(Period(day(9, 1), day(10, 1))))


def test_movers_are_the_largest_changes_up_or_down(tmp_path):
    lines = [
        row(day=day(9, 1), model=m, cost=c) for m, c in [("same", 9), ("gone", 50), ("down", 90), (None, 1)]
    ]
    lines += [
        row(day=day(10, 1), model=m, cost=c) for m, c in [("same", 9), ("new", 20), ("down", 10), (None, 31)]
    ]
    lines += [row(day=day(10, 2), model="tokens only")]
    ledger = ledger_of(tmp_path, lines)
    found = movers(ledger, "model", [SEPTEMBER_TO_OCTOBER], limit=3)
    assert [(m.label, m.change) for m in found] == [("down", -80), ("gone", -50), ("No model", 30)]
    assert found[2].value is Empty.NONE
    assert len(movers(ledger, "model", [SEPTEMBER_TO_OCTOBER])) == 4


def test_movers_by_a_connection_dimension(tmp_path):
    ledger = ledger_of(tmp_path, [row(cost=5), row(CLAUDE_AI, cost=7)])
    found = movers(ledger, "cost_center", [SEPTEMBER_TO_OCTOBER])
    assert [(m.value, m.change) for m in found] == [("Everyone", 7), ("Research", 5)]


def of_model(name, day_, count, rate, **values):
    return tokens(day=day_, model=name, tokens=count, cost=count * rate, **values)


def test_a_mover_has_the_reason_that_it_has_by_itself(tmp_path):
    """By hand: twice the tokens at the old price, then dearer ones; the others do not count."""
    lines = [of_model("up", day(9, 1), 100, 3), of_model("up", day(10, 1), 200, 4)]
    lines += [of_model("down", day(9, 1), 10_000, 1), of_model("down", day(10, 1), 5_000, 1)]
    lines += [row(day=day(10, 1), model="up", cost=7, cost_type="web_search")]
    lines += [of_model("new", day(10, 1), 6, 5)]
    ledger = ledger_of(tmp_path, lines)
    down, up, new = movers(ledger, "model", [SEPTEMBER_TO_OCTOBER])
    assert (down.label, down.change, down.effects) == ("down", -5_000, Effects(0, -5_000, 0, 0))
    assert (up.label, up.change, up.effects) == ("up", 507, Effects(200, 300, 0, 7))
    assert (new.label, new.change, new.effects) == ("new", 30, Effects(0, 30, 0, 0))


def test_a_mover_of_several_days_adds_their_reasons_up(tmp_path):
    """Each connection over days of its own; one with a day left out between."""
    both = (PLATFORM, CLAUDE_AI)
    september = {n: day(9, n) for n in (1, 2, 3)}
    lines = [of_model("m", one, 10, 2) for one in september.values()]
    lines += [of_model("m", day(10, n), 10, 3) for n in (1, 2, 3)]
    lines += [of_model("m", day(9, 1), 10, 2, connection=CLAUDE_AI)]
    lines += [of_model("m", day(10, 1), 30, 2, connection=CLAUDE_AI)]
    pairs = [
        Sides(("Research",), frozenset({day(10, 1), day(10, 3)}), frozenset({day(9, 1), day(9, 3)})),
        Sides(("Everyone",), frozenset({day(10, 1)}), frozenset({day(9, 1)})),
    ]
    (mover,) = movers(ledger_of(tmp_path, lines, both), "model", pairs)
    assert (mover.previous_cost, mover.cost) == (40 + 20, 60 + 60)
    assert mover.effects == Effects(20, 40, 0, 0) and mover.sides == tuple(pairs)


def test_movers_are_of_what_is_compared(tmp_path):
    lines = [row(day=one, cost=100) for one in Period(day(10, 1), day(11, 27))]
    lines += [row(CLAUDE_AI, day=one, cost=100) for one in Period(day(11, 1), day(11, 27))]
    lines.append(row(day=day(11, 7), cost=5, model="in a gap"))
    always = frozenset(Period(date(2025, 1, 1), day(1, 1)))
    only_new = frozenset(Period(date(2025, 1, 1), day(11, 1)))
    known_days = [
        KnownDays(PLATFORM.id, day(11, 27), always | {day(10, 7), day(11, 7)}),
        KnownDays(CLAUDE_AI.id, day(11, 27), only_new),
    ]
    ledger = ledger_of(tmp_path, lines, (PLATFORM, CLAUDE_AI))
    found = month_to_date(ledger, day(11, 27), known_days=known_days)
    assert movers(ledger, "model", found.sides) == movers(ledger, "cost_center", found.sides) == ()
