"""A year of a report as a calendar: one cell a day shows what is known of it.

States differ in lightness and by a sign in the cell, never by hue alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import altair as alt
import polars as pl

from core.charts.axes import MARGIN
from core.charts.palette import DARK, Theme
from core.formats import day_label
from core.periods import ONE_DAY, Period, next_month

HEIGHT = 122
"""Pixels: seven cells and the months' names above them."""

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True)
class Look:
    """How a state is drawn: its sign, and (fill, sign's colour) on the light and on the dark theme."""

    sign: str
    light: tuple[str, str]
    dark: tuple[str, str]

    def fill(self, theme: Theme) -> str:
        return (self.dark if theme is DARK else self.light)[0]

    def ink(self, theme: Theme) -> str:
        return (self.dark if theme is DARK else self.light)[1]


LOOKS: dict[str, Look] = {
    "final": Look("", ("#1f7a68", "#ffffff"), ("#3aa58c", "#0d1412")),
    "provisional": Look("", ("#a9d6ca", "#1d3b34"), ("#235a4d", "#dff3ed")),
    "not pulled yet": Look("?", ("#f1ead6", "#6b5300"), ("#3b3520", "#f2d98b")),
    "not reported yet": Look("…", ("#ecebe4", "#55594f"), ("#2b302e", "#b9c0bb")),
    "failed": Look("!", ("#b3372f", "#ffffff"), ("#ef8b80", "#23100e")),
    "no permission": Look("×", ("#7c2f6d", "#ffffff"), ("#d79acb", "#240f20")),
    "beyond Anthropic's reach": Look("–", ("#b9bcb6", "#23261f"), ("#5d6461", "#eef1ef")),
}
"""By :class:`core.store.days.DayKind`, as text. Days before any history have no cell."""

ZERO_SIGN, KEPT_SIGN = "0", "k"
SHORT_SIGN, REDUCED_SIGN = "~", "r"
"""Of a day with rows that could not be counted, and of one kept with fewer dimensions."""

MARKS = {
    "short": (SHORT_SIGN, "rows not counted"),
    "reduced": (REDUCED_SIGN, "fewer dimensions"),
    "zero": (ZERO_SIGN, "true zero"),
    "kept": (KEPT_SIGN, "kept"),
}
"""What else can be said of a known day: its sign and words; where several hold, the first gives the sign."""


def coverage_chart(days: pl.DataFrame, theme: Theme, *, name: str, today: date) -> alt.LayerChart:
    """A calendar of ``days``, weeks from left to right; today has a ring.

    ``days``: ``day`` (Date, without holes), ``state`` (String), each of ``MARKS`` (Boolean), ``why``,
    ``rows`` and ``fetched`` (String).
    """
    period = Period(days["day"].min(), days["day"].max() + ONE_DAY)  # type: ignore[arg-type, operator]
    frame = _placed(days.filter(pl.col("state").is_in(list(LOOKS))), period, theme, today)
    weeks = max(53, (period.last - _monday(period.start)).days // 7 + 1)
    x = alt.X("left:Q", axis=_months(period, theme), scale=alt.Scale(domain=[0, weeks], nice=False))
    y = alt.Y(
        "weekday:N",
        sort=list(_WEEKDAYS),
        title=None,
        axis=_weekdays(theme),
        scale=alt.Scale(domain=_WEEKDAYS),
    )
    base = alt.Chart(frame).encode(y=y, tooltip=_TOOLTIP)
    cells = base.mark_rect(cornerRadius=2, height={"band": 0.86}).encode(
        x=x, x2=alt.X2("right"), color=alt.Color("fill:N", scale=None)
    )
    ring = (
        base.transform_filter("datum.today")
        .mark_rect(cornerRadius=2, filled=False, stroke=theme.ink, strokeWidth=2, height={"band": 0.95})
        .encode(x=x, x2=alt.X2("right"))
    )
    signs = base.mark_text(fontSize=9, fontWeight="bold", baseline="middle").encode(
        x=alt.X("middle:Q"), text=alt.Text("sign:N"), color=alt.Color("ink:N", scale=None)
    )
    return alt.LayerChart(
        layer=[cells, signs, ring],
        width="container",
        height=HEIGHT,
        description=coverage_words(days, name),
        padding=MARGIN,
    )


_TOOLTIP = [
    alt.Tooltip(f"{field}:N", title=title)
    for field, title in (
        ("label", "Day (UTC)"),
        ("told", "State"),
        ("why", "Why"),
        ("rows", "Rows"),
        ("fetched", "Fetched"),
    )
]


def _placed(days: pl.DataFrame, period: Period, theme: Theme, today: date) -> pl.DataFrame:
    """Add where each day is drawn and how."""
    monday = _monday(period.start)
    week = (pl.col("day") - pl.lit(monday)).dt.total_days() // 7
    mark = pl.coalesce(pl.when(name).then(pl.lit(sign)) for name, (sign, _) in MARKS.items())
    return days.select(
        "why",
        "rows",
        "fetched",
        pl.col("day").map_elements(day_label, return_dtype=pl.String).alias("label"),
        pl.col("day").dt.weekday().replace_strict(dict(enumerate(_WEEKDAYS, 1))).alias("weekday"),
        (week + 0.07).alias("left"),
        (week + 0.93).alias("right"),
        (week + 0.5).alias("middle"),
        (pl.col("day") == today).alias("today"),
        told().alias("told"),
        pl.coalesce(mark, _looked_up({state: look.sign for state, look in LOOKS.items()})).alias("sign"),
        _looked_up({state: look.fill(theme) for state, look in LOOKS.items()}).alias("fill"),
        _looked_up({state: look.ink(theme) for state, look in LOOKS.items()}).alias("ink"),
    )


def told() -> pl.Expr:
    """``Final, true zero, kept``: a day's state in words."""
    state = pl.col("state").str.slice(0, 1).str.to_uppercase() + pl.col("state").str.slice(1)
    marks = (
        pl.when(name).then(pl.lit(f", {words}")).otherwise(pl.lit("")) for name, (_, words) in MARKS.items()
    )
    return pl.concat_str(state, *marks)


def _looked_up(values: dict[str, str]) -> pl.Expr:
    return pl.col("state").replace_strict(values, default="", return_dtype=pl.String)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _months(period: Period, theme: Theme) -> alt.Axis:
    """A month's name over the week that holds its first day."""
    monday = _monday(period.start)
    names: dict[int, str] = {}
    day = next_month(period.start) if period.start.day > 1 else period.start
    while day < period.end:
        names[(day - monday).days // 7] = f"{day:%b %Y}" if day.month == 1 or not names else f"{day:%b}"
        day = next_month(day)
    lookup = ", ".join(f"'{week}': '{name}'" for week, name in names.items())
    return alt.Axis(
        title=None,
        orient="top",
        values=list(names),
        labelExpr=f"{{{lookup}}}[format(datum.value, 'd')]",
        labelAlign="left",
        labelColor=theme.muted,
        labelOverlap="greedy",
        labelFlush=False,
        grid=False,
        domain=False,
        ticks=False,
        labelPadding=4,
    )


def _weekdays(theme: Theme) -> alt.Axis:
    return alt.Axis(
        values=["Mon", "Wed", "Fri", "Sun"], labelColor=theme.muted, labelFontSize=10, domain=False,
        ticks=False, labelPadding=6, minExtent=34,
    )  # fmt: skip


def coverage_words(days: pl.DataFrame, name: str) -> str:
    """The calendar in a sentence, for those who cannot see it."""
    counts = days.group_by("state").len().sort("len", descending=True)
    parts = [f"{state} {count}" for state, count in counts.iter_rows()]
    marked = {words: int(days[name].sum()) for name, (_, words) in MARKS.items() if name != "kept"}
    parts += [f"of them {words} {count}" for words, count in marked.items() if count]
    first, last = (day_label(day) for day in (days["day"].min(), days["day"].max()))  # type: ignore[arg-type]
    return f"{name}, {first} to {last}, days by state: {', '.join(parts)}."
