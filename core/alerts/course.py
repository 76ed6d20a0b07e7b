"""What is told of the things that a rule judges: each once, again when it is graver, and when it is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.alerts.verdict import Verdict
from core.store.alert_rules import Rule
from core.store.outbox import Phase

_WHOLE = 100
_MOST_ALONE, _MOST_LINES = 3, 20


@dataclass(frozen=True)
class Step:
    """What is told of an event, and what is remembered of it: ``level``, zero once it is over."""

    key: str
    phase: Phase | None
    level: int
    verdict: Verdict

    @property
    def subject(self) -> str:
        if self.phase is Phase.ENDED and self.verdict.ending:
            return self.verdict.ending.subject
        return f"Worse: {self.verdict.subject}" if self.phase is Phase.WORSE else self.verdict.subject

    @property
    def text(self) -> str:
        ending = self.verdict.ending if self.phase is Phase.ENDED else None
        return ending.text if ending else self.verdict.text


@dataclass(frozen=True)
class Telling:
    """What is told, in one message."""

    event_key: str
    phase: Phase
    subject: str
    text: str
    page: str


def tellings(all_steps: Iterable[Step]) -> list[Telling]:
    """One for each event; but one for all of many that are told only once, such as new users."""
    told = [step for step in all_steps if step.phase]
    once = [step for step in told if step.verdict.once]
    if len(once) <= _MOST_ALONE:
        return [_telling(step) for step in told]
    return [_together(once), *(_telling(step) for step in told if not step.verdict.once)]


def _telling(step: Step) -> Telling:
    phase = step.phase or Phase.BEGUN
    return Telling(step.key, phase, step.subject, step.text, step.verdict.page)


def _together(once: Sequence[Step]) -> Telling:
    first, more = once[0], len(once) - 1
    lines = [step.text for step in once[:_MOST_LINES]]
    rest = [f"And {len(once) - _MOST_LINES:,} others."] if len(once) > _MOST_LINES else []
    subject, page = f"{first.subject} and {more:,} others", first.verdict.page.partition("?")[0]
    return Telling(first.key, Phase.BEGUN, subject, "\n".join([*lines, *rest]), page)


def steps(rule: Rule, verdicts: Iterable[Verdict], events: Mapping[str, int]) -> Iterator[Step]:
    """One for each verdict. ``events``: key of every event that is remembered -> how grave it was when it was
    last told.

    A step without phase tells nothing. An event that no step remembers is answered, gone or long over.
    """
    for verdict in verdicts:
        key = _known_as(rule, verdict, events)
        before = events.get(key)
        phase = _phase(rule, verdict, before)
        yield Step(key, phase, _remembered(verdict, before, phase), verdict)


def _known_as(rule: Rule, verdict: Verdict, events: Mapping[str, int]) -> str:
    """The key under which it is remembered: runs of days are named by a day that they had when first told."""
    key, span = rule.event_key(verdict.key), verdict.span
    if key in events or span is None:
        return key
    stem = verdict.key.rpartition(":")[0]
    keys = (rule.event_key(f"{stem}:{day}") for day in _days(events, stem, rule) if day in span)
    return next(keys, key)


def _days(events: Iterable[str], stem: str, rule: Rule) -> Iterator[date]:
    for key in events:
        if key.startswith(f"{stem}:") and key.endswith(f"@{rule.id}"):
            yield date.fromisoformat(key.removeprefix(f"{stem}:").removesuffix(f"@{rule.id}"))


def _phase(rule: Rule, verdict: Verdict, before: int | None) -> Phase | None:
    """What is to be told of it now; None: nothing."""
    if verdict.stays or (before is not None and verdict.once):
        return None
    if before is None:
        return Phase.BEGUN if verdict.level else None
    if verdict.ending:
        return Phase.ENDED if before else None
    if not before:
        return Phase.BEGUN
    worse = before if verdict.graded else before * (_WHOLE + rule.content.step) / _WHOLE
    is_worse = verdict.level > worse if verdict.graded else verdict.level >= worse
    return Phase.WORSE if is_worse else None


def _remembered(verdict: Verdict, before: int | None, phase: Phase | None) -> int:
    if verdict.ending:
        return 0
    return verdict.level if phase else before or 0
