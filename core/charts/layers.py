"""Layered charts that are drawn on every click: only their data is made anew.

Altair takes longer to put a layer together than the ledger to answer. What it makes of a look is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

import altair as alt
import polars as pl

_FRAME, _BESIDE = "frame", "beside"
BESIDE = alt.NamedData(name=_BESIDE)
"""Stands for the second frame of a layer, where a lookup reads it."""

Make = Callable[..., alt.Chart]
Specification = dict[str, Any]


@dataclass(frozen=True)
class Layer:
    """``specification`` of a frame, and of one ``beside`` it that a lookup reads; shared: never change it."""

    specification: Specification
    frame: pl.DataFrame
    beside: pl.DataFrame | None = None


def layer(frame: pl.DataFrame, make: Make, *look: Hashable, beside: pl.DataFrame | None = None) -> Layer:
    """What ``make`` draws of a chart and of ``look``: a function of a module, that knows nothing else."""
    return Layer(_specification(make, *look), frame, beside)


@lru_cache(maxsize=512)
def _specification(make: Make, *look: Hashable) -> Specification:
    return _inner(make(alt.Chart(alt.NamedData(name=_FRAME)), *look), {})


def _inner(chart: alt.Chart, datasets: dict[str, Any]) -> Specification:
    """Of a chart inside another one; inline data goes to ``datasets``."""
    context = {"top_level": False, "datasets": datasets}
    specification: Specification = chart.to_dict(validate=False, context=context)
    return specification


class TrustedLayers(alt.LayerChart):
    """Not checked against Vega-Lite's schema when shown, which takes longer than the query; tests do that."""

    def __init__(self, *, layer: Sequence[Layer | alt.Chart], **options: Any) -> None:
        """Without Altair's own way to put layers together, which copies each of them several times."""
        super(alt.LayerChart, self).__init__(layer=list[Any](layer), **options)

    def to_dict(self, validate: bool = False, **_: Any) -> Specification:
        """The Vega-Lite specification; see ``altair.LayerChart.to_dict``."""
        data, params = _Data(), list[Specification]()
        parts = cast("list[Layer | alt.Chart]", self.layer)
        layers = [_placed(data.filled(part), place, params) for place, part in enumerate(parts)]
        around = alt.TopLevelLayerSpec(
            layer=[], height=self.height, width=self.width, description=self.description,
            padding=self.padding, config=self.config,
        ).to_dict(validate=False)  # fmt: skip
        whole = {"$schema": alt.SCHEMA_URL, **around, "layer": layers}
        whole |= {"params": params} if params else {}
        whole |= {"datasets": data.sets} if data.sets else {}
        if validate:
            alt.TopLevelLayerSpec.validate(whole)
        theme = alt.theme.get()
        around_it: Specification = {**theme()} if theme else {}
        return {**alt.utils.update_nested(around_it, whole, copy=True)}


def _placed(part: Specification, place: int, params: list[Specification]) -> Specification:
    """A layer whose selections are those of the whole, as Vega-Lite wants it."""
    if "params" not in part:
        return part
    name = f"view_{place}"
    params += ({**param, "views": [name]} for param in part["params"])
    return {key: value for key, value in part.items() if key != "params"} | {"name": name}


class _Data:
    """The data of a chart's layers, each once; as Altair hands it out."""

    def __init__(self) -> None:
        self.sets: dict[str, Any] = {}
        self._names: dict[int, Specification] = {}

    def filled(self, part: Layer | alt.Chart) -> Specification:
        if isinstance(part, alt.Chart):
            return _inner(part, self.sets)
        filled = {**part.specification, "data": self._name(part.frame)}
        if part.beside is not None:
            beside = self._name(part.beside)
            filled["transform"] = [_reading(step, beside) for step in filled["transform"]]
        return filled

    def _name(self, frame: pl.DataFrame) -> Specification:
        if id(frame) not in self._names:
            self._names[id(frame)] = self._handed_out(frame)
        return self._names[id(frame)]

    def _handed_out(self, frame: pl.DataFrame) -> Specification:
        transform = alt.data_transformers.get()
        told: Specification = transform(frame) if transform else {}
        if "values" not in told:
            return told  # who shows it keeps the data itself
        name = f"data-{len(self.sets)}"
        self.sets[name] = told["values"]
        return {"name": name}


def _reading(step: Specification, beside: Specification) -> Specification:
    """A lookup in the frame beside."""
    return {**step, "from": {**step["from"], "data": beside}} if "lookup" in step else step
