"""The shape "Change": which values carry it, and whether price, volume or mix made it."""

from __future__ import annotations

from functools import partial

import streamlit as st

from core.charts.over_time import PICK
from core.charts.waterfall import STEP, Ends, axis_start, waterfall_chart
from core.dimensions import DIMENSIONS, Measure
from core.explore.change import Change, ChangeStep, Effects
from core.explore.change_words import moving, sentences
from core.explore.labels import JOINT
from core.figures import Scale, table_scale
from core.formats import period_label, short
from core.ui.app import blocks, drilling, explorer_state, html
from core.ui.app.answers import Answer
from core.ui.explorer import grid
from core.ui.explorer.grid import GridCell

_CHART = "w.step"

HOW = """
Only the complete days of both periods are compared, in whole micro-cents: the steps add up to the change, and
the four parts of each step to the step.

- **Price**: the tokens of now, at the difference of the effective rates before and now. A rate belongs to one
  connection, model, token type, service tier, context window, inference geo and speed.
- **Volume**: what came from more or fewer tokens in all: the cost before, times the growth of all tokens.
- **Mix**: the rest. Use moved between dearer and cheaper models, token types, tiers and so on. What is new or
  gone has no rate to compare with and is mix too.
- **Not for tokens**: web search, code execution, session time, and what is billed without telling its use.

Tokens without a cost in Anthropic's report (Priority tier, blocked requests) take no part. Without any token
before, all is volume.
"""


def draw(answer: Answer) -> None:
    """The waterfall, and its steps split into effects; or why there is none."""
    if reason := _nothing(answer):
        blocks.quiet(reason)
        return
    assert answer.versus  # noqa: S101 - narrows for the type checker
    query = answer.query.measuring(answer.state.measure)
    change = answer.versus.change(query, answer.state.display.top)
    periods = answer.versus.periods
    days = periods.period.days, periods.earlier.days
    html.show(html.div(" ".join(sentences(change, answer.measure, days)), cls="tl-said"))
    ends = Ends(f"Before: {period_label(periods.earlier)}", f"Now: {period_label(periods.period)}")
    chart = waterfall_chart(change, ends, answer.measure, blocks.theme(), turn=explorer_state.ADDRESS.turn())
    st.altair_chart(chart, width="stretch", key=_CHART, on_select=partial(_picked, change))
    if start := axis_start(change):
        begins = short(answer.measure, start)
        blocks.quiet(f"The axis begins at {begins}: the steps are small beside the totals.")
    if change.effects:
        _effects(answer, change)


def _nothing(answer: Answer) -> str:
    """Why there is no change to explain; empty where there is one."""
    if not answer.measure.additive:
        return f"{answer.measure.label} is a ratio: its change is no sum of parts. Choose another measure."
    if not answer.versus:
        return answer.comparison[1] or "Nothing to explain: choose what to compare with."
    if answer.versus.now[answer.state.measure] is None and answer.versus.before[answer.state.measure] is None:
        return f"{answer.measure.label} is unknown in both periods."
    return ""


def _picked(change: Change) -> None:
    """A step was clicked: narrow to its value."""
    points = st.session_state[_CHART]["selection"].get(PICK) or []
    steps = moving(change)
    if not points or points[0].get("turn") != explorer_state.ADDRESS.turn():
        return
    place = int(points[0][STEP])
    if 0 <= place < len(steps) and steps[place].values:
        drilling.into(steps[place].values)


def _effects(answer: Answer, change: Change) -> None:
    value = JOINT.join(DIMENSIONS[name].label for name in answer.state.group_by)
    head = [value, "Before", "Now", "Change", "Price", "Volume", "Mix", "Not for tokens"]
    steps = change.steps if answer.state.group_by else ()
    whole = ChangeStep("Total", change.before, change.now, effects=change.effects)
    labels = [*(step.label for step in steps), "Total"]
    rows = zip(labels, _cells(answer.measure, [*steps, whole]), strict=True)
    grid.show("The change by value and effect", head, list(rows))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        blocks.quiet(_largest_effect(change))
        with st.popover("How this is computed", type="tertiary", icon=":material/info:"):
            st.markdown(HOW)


def _cells(measure: Measure, steps: list[ChangeStep]) -> list[list[GridCell]]:
    """Rows of numbers; as printed, before and the effects add up to now, and the rows to the last."""
    scale = table_scale(measure)
    before, now = (_summed(scale, [getattr(step, side) for step in steps]) for side in ("before", "now"))
    rows = []
    for step, was, is_ in zip(steps[:-1], before, now, strict=False):
        effects = _parts(step)
        rows.append([was, is_, is_ - was, *scale.apportioned_to(effects, is_ - was)])
    sums = [sum(column) for column in zip(*rows, strict=True)] if rows else []
    total = [before[-1], now[-1], now[-1] - before[-1]]
    rows.append(sums or [*total, *scale.apportioned_to(_parts(steps[-1]), total[-1])])
    return [_row(scale, measure, step, printed) for step, printed in zip(steps, rows, strict=True)]


def _summed(scale: Scale, values: list[int]) -> list[int]:
    """Parts as printed, and the last, which is their sum."""
    whole = scale.steps(values[-1]) or 0
    return [*(part or 0 for part in scale.apportioned(values[:-1], values[-1])), whole]


def _parts(step: ChangeStep) -> tuple[int, ...]:
    effects = step.effects or Effects(0, 0, 0, 0)
    return effects.price, effects.volume, effects.mix, effects.unpriced


def _row(scale: Scale, measure: Measure, step: ChangeStep, printed: list[int]) -> list[GridCell]:
    exact = (step.before, step.now, step.change, *_parts(step))
    sides = [grid.cell(scale, measure, *pair) for pair in zip(printed[:2], exact[:2], strict=True)]
    return [
        *sides,
        *(grid.change(scale, measure, *pair) for pair in zip(printed[2:], exact[2:], strict=True)),
    ]


def _largest_effect(change: Change) -> str:
    effects = change.effects or Effects(0, 0, 0, 0)
    amounts = {
        "price": effects.price,
        "volume": effects.volume,
        "mix": effects.mix,
        "cost that is not for tokens": effects.unpriced,
    }
    largest = max(amounts, key=lambda name: abs(amounts[name]))
    return f"The largest effect is {largest}." if change.change else "Nothing changed."
