import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.charts.palette import DARK, LIGHT
from core.charts.waterfall import STEP, Ends, axis_start, waterfall_chart
from core.dimensions import MEASURES
from core.explore.change import Change, ChangeStep
from core.explore.change_words import moving
from tests.properties import tried

USD = 10**8
ENDS = Ends("Before: September 2026", "Now: October 2026")
AMOUNTS = st.lists(
    st.tuples(st.integers(-(10**15), 10**16), st.integers(-(10**15), 10**16)), min_size=1, max_size=8
)


def _change(*sides: tuple[int, int]) -> Change:
    steps = tuple(ChangeStep(f"<b>{n}</b>", before, now) for n, (before, now) in enumerate(sides))
    return Change(steps, sum(before for before, _ in sides), sum(now for _, now in sides))


def _drawn(change: Change, turn: int | None = None) -> dict:
    return waterfall_chart(change, ENDS, MEASURES["cost"], LIGHT, turn=turn).to_dict()


def _bars(chart: dict) -> list[dict]:
    (rows,) = chart["datasets"].values()
    return sorted(rows, key=lambda row: row["place"])


def test_each_step_begins_where_the_one_before_ended() -> None:
    bars = _bars(_drawn(_change((10 * USD, 30 * USD), (5 * USD, 0), (1 * USD, 1 * USD))))
    assert [(bar["from"], bar["to"], bar["kind"]) for bar in bars] == [
        (0, 16, "total"), (16, 36, "rise"), (36, 31, "fall"), (0, 31, "total"),
    ]  # fmt: skip
    assert [bar["short"] for bar in bars] == ["$16.00", "+$20.00", "−$5.00", "$31.00"]
    assert [bar[STEP] for bar in bars] == [-1, 0, 1, -1]


@pytest.mark.slow
@tried(40)
@given(AMOUNTS)
def test_the_bars_lead_from_total_to_total(sides: list[tuple[int, int]]) -> None:
    change = _change(*sides)
    bars = _bars(_drawn(change))
    assert bars[0]["to"] == pytest.approx(change.before / USD)
    assert bars[-1]["to"] == pytest.approx(change.now / USD)
    for bar, following in pairwise(bars[1:-1]):
        assert bar["to"] == following["from"]
    assert sum(bar["to"] - bar["from"] for bar in bars[1:-1]) == pytest.approx(
        (change.now - change.before) / USD, abs=1e-3
    )
    low, high = _drawn(change)["layer"][0]["encoding"]["x"]["scale"]["domain"]
    slack = 1e-9 * (abs(low) + abs(high))
    assert all(low - slack <= bar[end] <= high + slack for bar in bars[1:-1] for end in ("from", "to"))


def test_the_axis_begins_at_zero_unless_steps_would_vanish() -> None:
    assert axis_start(_change((100 * USD, 160 * USD))) == 0
    small = _change((100 * USD, 101 * USD))
    assert 99 * USD < axis_start(small) < 100 * USD
    bars = _bars(_drawn(small))
    assert bars[0]["from"] == bars[-1]["from"] == axis_start(small) / USD
    assert axis_start(_change((5 * USD, -3 * USD))) == -3 * USD


def test_new_and_vanished_values_say_so_and_what_did_not_change_is_not_drawn() -> None:
    steps = (ChangeStep("a", 0, 5, "New"), ChangeStep("b", 7, 0, "Gone"), ChangeStep("Other", 3, 3))
    change = Change(steps, 10, 8)
    assert [bar["label"] for bar in _bars(_drawn(change))] == [ENDS.before, "a (new)", "b (gone)", ENDS.now]
    assert len(moving(change)) == 2


def test_it_can_be_read_aloud_and_names_are_data() -> None:
    chart = _drawn(_change((USD, 3 * USD)))
    assert chart["description"] == (
        "What carries the change in cost: Before: September 2026 $1.00, Now: October 2026 $3.00. "
        "Steps: <b>0</b> +$2.00."
    )
    steps = (ChangeStep("\"] + alert('x') + [\"\\", 0, 5),)
    expression = _drawn(Change(steps, 0, 5))["layer"][0]["encoding"]["y"]["axis"]["labelExpr"]
    names, end = json.JSONDecoder().raw_decode(expression)
    assert names[1] == steps[0].label and expression[end:] == "[datum.value]"


def test_clicks_tell_the_step_and_the_turn() -> None:
    (pick,) = _drawn(_change((1, 2)), turn=3)["params"]
    assert pick["select"]["fields"] == [STEP, "turn"]
    assert "params" not in _drawn(_change((1, 2)))


def test_nothing_at_all_is_still_a_chart() -> None:
    for theme in (LIGHT, DARK):
        assert waterfall_chart(Change((), 0, 0), ENDS, MEASURES["tokens"], theme).to_dict()
