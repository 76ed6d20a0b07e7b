"""Anomalies that are worth an alert."""

from __future__ import annotations

from collections.abc import Iterator

from core.alerts.message import one_line, plain
from core.alerts.verdict import Verdict, over
from core.alerts.world import World
from core.explore.plan_figures import scope_of
from core.explore.query import Empty, Filter, Value
from core.store.alert_rules import Rule
from core.store.findings import Finding, FindingState, FoundNow, SeriesKey, list_findings
from core.watch import words

_MOST_OF_IT = 0.5
"""A value that carries so much of an anomaly is what it is of."""


def anomalies(world: World, rule: Rule) -> Iterator[Verdict]:
    """Those found since the rule is on. One that somebody answered is closed without a word."""
    findings: list[Finding] = world.once("findings", lambda: list_findings(world.db))
    filters = scope_of(rule.content.scope)
    for finding in findings:
        difference = words.difference_usd(finding.now)
        if difference is None or finding.muted or not _is_of(finding.now, filters):
            continue
        if not _is_seen(world, rule, finding):
            continue
        key = f"anomaly:{finding.id}"
        if _is_open(world, finding) and abs(difference) >= (rule.terms.threshold or 0):
            subject = plain(words.title(finding.now))
            yield Verdict(key, abs(difference), subject, _within_lines(finding), "anomalies")
        elif finding.state in (FindingState.OPEN, FindingState.WITHDRAWN):
            text = (
                "Judged anew, it is no longer worth an alert: its days were revised, or later ones show that "
                "they are usual."
            )
            yield over(
                key,
                f"No longer unusual: {plain(words.name_of(finding.now))}, {words.days(finding.now)}",
                text,
                "anomalies",
            )


def _is_open(world: World, finding: Finding) -> bool:
    """Answers come later than what they answer: at an earlier time it was open."""
    if world.is_past:
        return finding.state is not FindingState.WITHDRAWN
    return finding.state is FindingState.OPEN


def _is_seen(world: World, rule: Rule, finding: Finding) -> bool:
    if world.is_looked_back_from:
        return world.first <= finding.now.found_on < world.today
    return rule.on_since is None or finding.found_at >= rule.on_since


def _is_of(now: FoundNow, filters: tuple[Filter, ...]) -> bool:
    """Whether it is of the scope, or mostly carried by it."""
    carried = [part.key for part in now.carriers if (part.share or 0) >= _MOST_OF_IT]
    keys = (now.key, *(part.key for part in now.along), *carried)
    return all(any(_fits(key, condition) for key in keys) for condition in filters)


def _fits(key: SeriesKey, condition: Filter) -> bool:
    if key.dimension != condition.dimension:
        return False
    value: Value = Empty(key.empty) if key.empty else str(key.value)
    if isinstance(value, Empty):
        return (value in condition.values) is not condition.exclude
    return condition.fits(value)


def _within_lines(finding: Finding) -> str:
    """A finding's sentence; the names in it are anybody's."""
    says = one_line(words.sentence(finding.now))
    return f"{says} Acknowledge it, mute it or mark it as expected on the Anomalies page."
