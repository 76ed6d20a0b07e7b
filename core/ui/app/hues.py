"""The colours of an answer's series: the same on every page and in every tile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.charts import palette
from core.charts.over_time import Plot
from core.explore.query import Empty
from core.ledger.snapshot import Snapshot
from core.ui.app import blocks, data
from core.ui.app.answers import Answer


def hues(
    ledger: Snapshot, dimensions: Sequence[str], series: Iterable[str], unnamed: Iterable[str] = ()
) -> dict[str, str]:
    """A colour for each of ``series``, the labels of groups by ``dimensions``; ``unnamed`` are grey.

    Of one dimension the largest values, over all days, keep their colour whatever else a view holds.
    """
    largest = _largest(ledger, dimensions[0]) if len(dimensions) == 1 else ()
    return palette.colors(series, blocks.theme(), unnamed=unnamed, largest=largest)


def _largest(ledger: Snapshot, dimension: str) -> tuple[str, ...]:
    options = data.dimension_values(ledger, dimension)
    named = (option.label for option in options if not isinstance(option.value, Empty))
    return tuple(label for label, _ in zip(dict.fromkeys(named), range(palette.SLOTS), strict=False))


def plotted(answer: Answer) -> Plot:
    """What the chart of an answer draws: its series now, nothing to click."""
    ranked = answer.ranked_series()
    series = tuple(dict.fromkeys(ranked["series"]))
    grey = ranked.filter(ranked["unnamed"])["series"]
    colors = hues(answer.ledger, answer.state.group_by, series, grey if answer.state.group_by else ())
    return Plot(answer.measure, answer.timeline, series, colors, blocks.theme())
