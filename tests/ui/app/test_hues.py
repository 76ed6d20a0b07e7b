"""The same value has the same colour on every page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from core.charts.palette import DARK, LIGHT
from tests.ui import books

VIEWS = [
    ("cost", {}),
    ("cost", {"in.model": [books.MODELS[2]]}),
    ("cost", {"in.model": [books.MODELS[1], books.MODELS[2]], "chart": ["line"]}),
    ("usage", {"range": ["last_90"]}),
    ("efficiency", {}),
    ("dashboards", {"board": ["finance"]}),
    ("dashboards", {"board": ["engineering"]}),
]


@pytest.mark.slow
@pytest.mark.usefixtures("full_books")
def test_a_model_has_one_color_on_every_page(open_page: Callable[..., AppTest]) -> None:
    found: dict[str, set[str]] = {}
    for name, params in VIEWS:
        shown = dict(_colored(open_page(name, params)))
        assert shown, f"{name} draws nothing"
        for value, color in shown.items():
            found.setdefault(value, set()).add(color)
    assert {len(found[model]) for model in books.MODELS} == {1}
    assert all(len(colors) == 1 for value, colors in found.items() if value != "Other"), found


def _colored(app: AppTest) -> Iterator[tuple[str, str]]:
    """Values and their colours, from the data of every chart on the page."""
    colors = {*LIGHT.hues, *DARK.hues, *chain(*LIGHT.shades.values(), *DARK.shades.values())}
    for chart in app.get("vega_lite_chart"):
        for dataset in chart.proto.datasets:
            frame = pl.read_ipc_stream(dataset.data.data)
            if {"series", "hue"} <= set(frame.columns):
                yield from (frame.filter(pl.col("hue").is_in(colors)).select("series", "hue").iter_rows())
