"""The shape "Pivot": groups by another dimension or by time, shaded, with totals both ways."""

from __future__ import annotations

from core.charts.timeline import Timeline
from core.dimensions import DIMENSIONS, TIME_DIMENSIONS, Measure
from core.explore.labels import JOINT
from core.explore.pivot import Pivot, pivot
from core.figures import Scale, Steps, table_scale
from core.formats import UNKNOWN, Number, day_label, period_label
from core.ui.app import blocks, data
from core.ui.app.answers import Answer
from core.ui.explorer import grid
from core.ui.explorer.grid import GridCell

MOST_COLUMNS = 62
"""Two months of days; a longer range is shown by week or month."""
_EVERY_ROW, _FILE_COLUMNS = 10**6, 1_000
"""Of a file, which has no "Other" as long as a spreadsheet can hold it."""

_NO_DATA = GridCell(UNKNOWN, "Not known for these days. Unknown, not zero.")
_NOTHING = GridCell("", "Nothing used")


def chosen_across(answer: Answer) -> str:
    """What the columns should be: as chosen, else the second group, else time."""
    groups = answer.state.group_by
    return answer.state.display.across or (groups[1] if len(groups) > 1 else answer.state.display.grain)


def across_of(answer: Answer) -> str:
    """What the columns are: as chosen, or a coarser grain where the range is too long for it."""
    chosen = chosen_across(answer)
    return _fitting(answer, chosen) if chosen in TIME_DIMENSIONS else chosen


def draw(answer: Answer) -> None:
    """The table."""
    chosen, across = chosen_across(answer), across_of(answer)
    if across != chosen:
        blocks.quiet(f"By {across}: the range is too long for a column for each {chosen}.")
    times = _times(answer, across)
    top = answer.state.display.top
    table, corner = _asked(answer, across, times, top, top)
    name = f"{answer.measure.label}: {corner} by {DIMENSIONS[across].inline}"
    grid.show(name, [corner, *_heads(table, times), "Total"], _rows(answer, table, times), sums="both")


def whole(answer: Answer) -> tuple[Pivot, str]:
    """For a file: every row, and the head of its labels."""
    across = across_of(answer)
    return _asked(answer, across, _times(answer, across), _EVERY_ROW, _FILE_COLUMNS)


def _asked(
    answer: Answer, across: str, times: Timeline | None, most_rows: int, most_columns: int
) -> tuple[Pivot, str]:
    down = [name for name in answer.state.group_by if name != across]
    query = answer.query.measuring(answer.state.measure).grouped(*down, across)
    table = pivot(
        data.rows(answer.ledger, query), query, across, most_rows=most_rows, most_columns=most_columns,
        buckets=_keys(times) if times else (),
    )  # fmt: skip
    return table, JOINT.join(DIMENSIONS[name].label for name in down) or answer.measure.label


def _times(answer: Answer, across: str) -> Timeline | None:
    return answer.counted_timeline(across) if across in TIME_DIMENSIONS else None


def _fitting(answer: Answer, grain: str) -> str:
    """``grain``, or the next coarser one that fits."""
    grains = TIME_DIMENSIONS[TIME_DIMENSIONS.index(grain) :]
    fits = (finer for finer in grains if len(answer.counted_timeline(finer).buckets()) <= MOST_COLUMNS)
    return next(fits, grains[-1])


def _keys(times: Timeline) -> list[str]:
    return [times.key(bucket).isoformat() for bucket in times.buckets()]


def _heads(table: Pivot, times: Timeline | None) -> list[str]:
    """Buckets by their days, cut as the period cuts them; other columns by their label."""
    if times is None:
        return list(table.column_labels)
    buckets = times.buckets()
    if times.grain == "day":
        return [day_label(bucket.start).partition(",")[0] for bucket in buckets]
    return [period_label(bucket) for bucket in buckets]


def _rows(answer: Answer, table: Pivot, times: Timeline | None) -> list[tuple[str, list[GridCell]]]:
    """All rows with their total, then the totals of the columns; as printed, both ways add up."""
    scale, measure = table_scale(answer.measure), answer.measure
    printed = _printed(table, answer)
    largest = max((abs(cell) for cells in table.cells for cell in cells if cell is not None), default=0)
    exact = [*zip(table.cells, table.row_totals, strict=True), (_column_totals(answer, table), table.total)]
    used = [*table.has_rows, [True] * len(table.column_labels)]
    rows = []
    for label, steps, (values, total), known in zip(
        (*table.row_labels, "Total"), printed, exact, used, strict=True
    ):
        heat = 0 if known is used[-1] else largest
        cells = [
            _NO_DATA if gap else _cell(scale, measure, step, value, has_rows, heat)
            for step, value, has_rows, gap in zip(steps[:-1], values, known, _gaps(table, times), strict=True)
        ]
        rows.append((label, [*cells, grid.cell(scale, measure, steps[-1], total)]))
    return rows


def _gaps(table: Pivot, times: Timeline | None) -> list[bool]:
    buckets = times.buckets() if times else []
    return [times.is_gap(bucket) for bucket in buckets] if times else [False] * len(table.column_labels)


def _printed(table: Pivot, answer: Answer) -> list[list[Steps]]:
    """Cells and totals in steps: rows add up to the whole, cells to the totals of row and column."""
    scale = table_scale(answer.measure)
    if not answer.measure.additive:
        rows = [*zip(table.cells, table.row_totals, strict=True), (table.column_totals, table.total)]
        return [[scale.steps(value) for value in (*cells, total)] for cells, total in rows]
    totals = scale.apportioned(table.row_totals, table.total)
    cell_rows = [
        [*scale.apportioned(cells, total, printed), printed]
        for cells, total, printed in zip(table.cells, table.row_totals, totals, strict=True)
    ]
    sums = [sum(part or 0 for part in column) for column in zip(*cell_rows, strict=True)]
    known = (*(value is not None for value in _column_totals(answer, table)), table.total is not None)
    return [*cell_rows, [part if is_known else None for part, is_known in zip(sums, known, strict=True)]]


def _column_totals(answer: Answer, table: Pivot) -> list[Number]:
    """A covered column without use is a true zero where parts add up."""
    used = [any(flags) for flags in zip(*table.has_rows, strict=True)] or [False] * len(table.column_labels)
    return [
        0 if not is_used and answer.measure.additive else total
        for total, is_used in zip(table.column_totals, used, strict=True)
    ]


def _cell(
    scale: Scale, measure: Measure, steps: Steps, value: Number, has_rows: bool, largest: float
) -> GridCell:
    if not has_rows:
        return _NOTHING
    heat = abs(value) / largest if value and largest else 0.0
    return grid.cell(scale, measure, steps, value, heat=heat)
