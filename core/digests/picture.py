"""Draws a view over time as a PNG, for mails, which run no script."""

from __future__ import annotations

import io

import altair as alt
from PIL import Image

from core.charts.bands import signs
from core.charts.over_time import Plot, over_time_chart
from core.charts.palette import LIGHT, colors
from core.charts.timeline import NO_DATA, Timeline, known_timeline
from core.digests.letter import Picture
from core.explore.provenance import provenance
from core.explore.stored_reads import StoredView

_WIDTH, _HEIGHT = 552, 220
_MARGIN = 60
"""Room for the labels of the axis."""
_FONT = "DejaVu Sans, Helvetica, Arial, sans-serif"
_PIXELS = 2
"""For each pixel of the mail, for screens that show them."""


def hues_of(view: StoredView) -> dict[str, str]:
    """The colours of its groups in the picture."""
    ranked = view.ranked_series()
    unnamed = ranked.filter("unnamed")["series"] if view.state.query.group_by else ()
    return colors(ranked["series"], LIGHT, unnamed=unnamed)


def picture_of(view: StoredView, title: str) -> Picture | None:
    """None where there is nothing to draw, or it cannot be drawn: the mail's words say the same."""
    hues, series = hues_of(view), tuple(dict.fromkeys(view.ranked_series()["series"]))
    if not series or not view.shown_period.days:
        return None
    held = provenance(view.ledger, view.db, view.whole_query, view.today)
    timeline = known_timeline(view.shown_period, view.grain, held, view.measure.name)
    plot = Plot(view.measure, timeline, series, hues, LIGHT, height=_HEIGHT)
    png = _png(over_time_chart(view.drawn(), plot, view.state.display.chart))
    description = f"{title}. The numbers stand in the text."
    return Picture(png, title, description, _marks(timeline), _WIDTH) if png else None


def _marks(timeline: Timeline) -> str:
    """What the picture has to be explained of."""
    marks = [f"{words}." for _, words in signs(timeline)]
    marks += ["A band: no data."] if timeline.spans(NO_DATA) else []
    return " ".join(marks)


def _png(chart: alt.LayerChart) -> bytes | None:
    import vl_convert  # a browser's engine: who draws nothing need not load it

    specification = {**chart.to_dict(), "width": _WIDTH - _MARGIN, "background": "#ffffff"}
    specification["config"] = {**specification.get("config", {}), "font": _FONT}
    try:
        png: bytes = vl_convert.vegalite_to_png(specification, scale=_PIXELS, allowed_base_urls=[])
    except ValueError:
        return None
    return _packed(png)


def _packed(png: bytes) -> bytes:
    """The same picture in a tenth of the bytes."""
    packed = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(packed, "PNG", optimize=True)
    return packed.getvalue()
