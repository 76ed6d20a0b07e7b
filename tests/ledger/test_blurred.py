"""Organizations with known true costs, their bills blurred: what goes to the wrong key, and its basis."""

from __future__ import annotations

import pytest

from tests.bench.split import EFFICIENCY, HEADER, compared, ledger_of, lines, measures
from tests.support.blurred import BLURS, World, make_world
from tests.test_docs import DOCS, table


@pytest.fixture(scope="module")
def worlds() -> list[World]:
    return [make_world(seed) for seed in (3, 7)]


@pytest.mark.slow
@pytest.mark.parametrize("blur", BLURS)
def test_costs_stay_with_their_keys_and_tiers(worlds: list[World], blur: str) -> None:
    rows = [compared(world, ledger_of(world, blur)) for world in worlds]
    found = measures(rows)
    assert found["wrong billed"] == found["wrong allocated"] == 0
    assert max(found["keys"], found["tiers"]) < 0.001
    assert abs(found["saved by batch"]) < 0.001
    assert max(abs(found[name]) for name in EFFICIENCY) < (0.02 if blur == "all at once" else 0.002)
    for world, one in zip(worlds, rows, strict=True):
        assert one["found"].sum() == world.bill(blur)["amount_microcents"].sum()


@pytest.mark.slow
@pytest.mark.parametrize("blur", ["nothing", "tier collapsed to standard", "all at once"])
def test_what_is_known_for_sure_is_said_so(worlds: list[World], blur: str) -> None:
    """Never a wrong "billed" is easy to have by never saying it."""
    found = measures([compared(world, ledger_of(world, blur)) for world in worlds])
    assert found["billed"] + found["allocated"] > (0.99 if blur == "nothing" else 0.3)


@pytest.mark.slow
def test_the_table_in_the_docs_is_what_comes_out() -> None:
    assert table(DOCS / "how-it-stays-right.md", *HEADER) == lines()
