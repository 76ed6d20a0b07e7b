"""The colours of an answer's groups: the same for a value on every page and in every tile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.charts import palette
from core.explore.query import Empty
from core.ledger.view import LedgerView
from core.ui import blocks, data


def hues(
    ledger: LedgerView, dimensions: Sequence[str], series: Iterable[str], unnamed: Iterable[str] = ()
) -> dict[str, str]:
    """A colour for each of ``series``, the labels of groups by ``dimensions``; ``unnamed`` are grey.

    Of one dimension the largest values, over all days, keep their colour whatever else a view holds.
    """
    largest = _largest(ledger, dimensions[0]) if len(dimensions) == 1 else ()
    return palette.colors(series, blocks.theme(), unnamed=unnamed, largest=largest)


def _largest(ledger: LedgerView, dimension: str) -> tuple[str, ...]:
    options = data.dimension_values(ledger, dimension)
    named = (option.label for option in options if not isinstance(option.value, Empty))
    return tuple(label for label, _ in zip(dict.fromkeys(named), range(palette.SLOTS), strict=False))
