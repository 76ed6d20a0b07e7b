"""Whatever way a Platform bill names its cells: each key's cost is what the key used, from API to ledger."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from core.demo.behaviour import Behaviour
from core.explore.engine import rows
from core.explore.query import Filter, Query
from core.ledger.snapshot import open_ledger
from core.periods import Period
from tests.support.organizations import NOW, SINCE, connected, organizations, sync

NOTHING: frozenset[str] = frozenset()
FINISHED = Period(SINCE, NOW.date())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("behaviour", "moved"),
    [
        (Behaviour(), 0),
        (Behaviour(flex_billed_as=None, bill_geo="known"), 0),
        (Behaviour(flex_billed_as="batch", bill_geo="none", descriptions_name=NOTHING), 0.001),
        (
            Behaviour(
                bill_geo="none", bill_context_window=False, bill_speed=False, descriptions_name=NOTHING
            ),
            0.001,
        ),
    ],
    ids=["as it was last read", "tiers and geos null", "flex is batch", "next to nothing"],
)
def test_each_key_pays_for_what_it_used(tmp_path: Path, behaviour: Behaviour, moved: float) -> None:
    with connected(tmp_path / "data", behaviour) as (settings, simulator, _):
        assert sync(settings).outcome == "ok"
        main, true = organizations()["Main"], Counter[str | None]()
        for day in FINISHED:
            for key, one in simulator.totals_by(main.id, day, "api_key_id").items():
                true[key] += one.cost_microcents
        query = Query(("cost",), FINISHED, ("api_key_id",), (Filter("cost_center", ("Main",)),))
        answer = rows(open_ledger(settings), query).select("api_key_id_value", "api_key_id_empty", "cost")
        found = Counter({(key, empty): cost for key, empty, cost in answer.iter_rows() if cost})
    keys = {key for key in true if key is not None}
    off = sum(abs(true[key] - found[key, None]) for key in keys)
    assert off <= moved * true.total() * 2 and len(keys) > 2 and found.total() == true.total()
