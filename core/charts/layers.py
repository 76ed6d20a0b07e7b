"""Layered charts that are drawn on every click."""

from __future__ import annotations

from typing import Any

import altair as alt


class TrustedLayers(alt.LayerChart):
    """Not checked against Vega-Lite's schema when shown, which takes longer than the query; tests do that."""

    def to_dict(self, validate: bool = False, **options: Any) -> dict[str, Any]:
        """The Vega-Lite specification; see ``altair.LayerChart.to_dict``."""
        specification: dict[str, Any] = super().to_dict(validate=validate, **options)
        return specification
