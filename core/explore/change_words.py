"""Says a change in three sentences, in the very numbers that its waterfall prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from core.bidi import isolated
from core.dimensions import Measure
from core.explore.change import Change, ChangeStep
from core.figures import Compared, Scale, completed, row_scale

_NAMED = 3
"""So many of each side are named; a fourth too, where it is the last."""


def moving(change: Change) -> list[ChangeStep]:
    """The steps that change something."""
    return [step for step in change.steps if step.change]


def reached(change: Change) -> list[int]:
    """What is reached after each step, the totals included."""
    return list(accumulate((step.change for step in moving(change)), initial=change.before))


def scale_of(change: Change, measure: Measure) -> Scale:
    return row_scale(measure, (change.before, change.now))


def printed_steps(change: Change, measure: Measure) -> list[int]:
    """Each moving step as printed: they lead from the total before to the total now, as these are printed.

    Each is the difference of its two sides as a table prints them.
    """
    scale = scale_of(change, measure)
    before, now = (
        scale.apportioned([getattr(step, side) for step in change.steps], getattr(change, side))
        for side in ("before", "now")
    )
    sides = zip(change.steps, before, now, strict=True)
    printed = [(is_ or 0) - (was or 0) for step, was, is_ in sides if step.change]
    whole = (scale.steps(change.now) or 0) - (scale.steps(change.before) or 0)
    return completed([step.change for step in moving(change)], printed, whole)


def sentences(change: Change, measure: Measure, days: tuple[int, int]) -> list[str]:
    """How much, what carries it, what stands against it; ``days`` of now and before.

    What is named in the last two adds up to the first.
    """
    steps = list(zip(moving(change), printed_steps(change, measure), strict=True))
    first = _whole(change, measure, days)
    if not any(step.values for step, _ in steps):
        return [first]
    rises = change.change >= 0
    scale = scale_of(change, measure)
    along = _side(scale, [pair for pair in steps if (pair[1] > 0) is rises and pair[1]], up=rises, most=True)
    against = _side(scale, [pair for pair in steps if (pair[1] > 0) is not rises and pair[1]], up=not rises)
    return [first, along, against]


def _whole(change: Change, measure: Measure, days: tuple[int, int]) -> str:
    """``Cost rose by $2,486 (+5.3%), from $47,282 to $49,768.``; by the day too, where lengths differ."""
    compared = Compared(measure, change.now, change.before)
    words = f"{measure.label} {_verb(compared)} from {compared.before_text} to {compared.now_text}."
    if not compared.change:
        words = f"{measure.label} stayed at {compared.now_text}."
    if days[0] == days[1]:
        return words
    daily = Compared(measure, change.now, change.before, days=days)
    return f"{words} Per day: {daily.now_text} after {daily.before_text}, {daily.change_text}."


def _verb(compared: Compared) -> str:
    """``rose by $2,486 (+5.3%),``"""
    amount = compared.scale.text(abs(compared.change or 0))
    part = (compared.change_text or "").partition(" ")[2]
    return f"{'rose' if (compared.change or 0) > 0 else 'fell'} by {amount}{f' {part}' if part else ''},"


def _side(scale: Scale, steps: Sequence[tuple[ChangeStep, int]], *, up: bool, most: bool = False) -> str:
    """``What rose most: a (+$20) and b (+$5, new).``"""
    verb = "rose" if up else "fell"
    if not steps:
        return f"Nothing {verb}."
    names = list(_names(scale, sorted(steps, key=lambda pair: -abs(pair[1]))))
    head = f"What {verb} most" if most else f"What {verb}"
    return f"{head}: {', '.join(names[:-1])}{' and ' if names[1:] else ''}{names[-1]}."


def _names(scale: Scale, steps: Sequence[tuple[ChangeStep, int]]) -> Iterator[str]:
    named = _NAMED if len(steps) > _NAMED + 1 else len(steps)
    for step, printed in steps[:named]:
        state = f", {step.state.lower()}" if step.state else ""
        name = isolated(step.label) if step.values else "all others together"
        yield f"{name} ({scale.signed(printed)}{state})"
    if rest := steps[named:]:
        yield f"{len(rest)} more ({scale.signed(sum(printed for _, printed in rest))})"
