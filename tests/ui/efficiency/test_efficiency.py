"""The Efficiency page: its numbers against the books, what it leaves out, its files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from streamlit.testing.v1 import AppTest

from core.dimensions import Origin
from core.explore.efficiency import EffectTotal
from core.explore.sheets import sheet_bytes
from core.operations import remove
from core.settings import Settings
from core.store.connections import list_connections
from core.store.database import database
from core.ui.app.answers import Answer
from core.ui.app.downloads import File
from core.ui.efficiency import effects, reads, tables
from tests.ui.conftest import shown

Open = Callable[..., AppTest]
OCTOBER = {"from": ["2026-10-01"], "to": ["2026-11-01"]}


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def only(settings: Settings, origin: Origin) -> None:
    """Remove the connections of the other Origin."""
    with database(settings) as db:
        others = [c.id for c in list_connections(db) if c.origin is not origin]
    for id_ in others:
        remove(settings, id_)


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What the download buttons would give, by what the second column is."""
    found: dict[str, bytes] = {}

    def caught(answer: Answer, title: str, height: int, words: object, file: File) -> None:
        found[file.stem] = sheet_bytes(file.columns())

    monkeypatch.setattr(tables, "_head", caught)
    return found


def test_the_numbers_of_a_month(open_page: Open, full_books: None) -> None:
    found = metrics(open_page("efficiency", OCTOBER))
    assert found["Cache hit rate"] == "80.0%"
    assert found["Saved by batch"] == "$0.00"
    assert found["Extra for US-only"] == "$0.00"
    assert found["Discount"].startswith("$")


def test_without_speeds_in_the_report_fast_use_is_unknown(open_page: Open, full_books: None) -> None:
    app = open_page("efficiency", OCTOBER)
    assert metrics(app)["Extra for fast"] == "–"
    assert "have no speed in the report: unknown" in shown(app)
    only_claude_ai = open_page("efficiency", {**OCTOBER, "in.product": ["chat"]})
    assert metrics(only_claude_ai)["Saved by batch"] == "$0.00"


def test_what_is_not_priced_is_said_to_be_unknown(open_page: Open, full_books: None) -> None:
    text = shown(open_page("efficiency", OCTOBER))
    assert "have no cost in the bill: unknown, not zero" in text


@pytest.mark.parametrize("by", ["model", "workspace", "api_key", "user", "product"])
def test_the_file_adds_up_to_the_number(
    open_page: Open, full_books: None, files: dict[str, bytes], by: str
) -> None:
    app = open_page("efficiency", {**OCTOBER, "by": [by]})
    assert not app.exception and not app.error
    (caching,) = [data for name, data in files.items() if "cache_hit_rate" in name]
    rows = list(csv.DictReader(io.StringIO(caching.decode("utf-8-sig"), newline="")))
    saved = sum(Decimal(row["net_saved_usd"]) for row in rows if row["net_saved_usd"])
    assert metrics(app)["Saved by caching"] in (f"${saved:,.2f}", f"${saved:,.0f}")
    assert all(row[by][:1] not in "=+-@" for row in rows)


PLANTED = {
    "cache_read": EffectTotal(10, 10, cost=374_400_000, reference_cost=3_740_600_000),
    "cache_write": EffectTotal(10, 10, cost=9_245_400_000, reference_cost=5_414_600_000),
    "batch": EffectTotal(10, 10, cost=100_400_000, reference_cost=200_600_000),
}
"""$3.744 instead of $37.406, $92.454 instead of $54.146, $1.004 instead of $2.006."""


def test_what_is_saved_is_printed_alike_above_and_in_the_tables(
    open_page: Open, full_books: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As $3.74 beside $37.41 a reader finds $33.67 saved, though it is $33.662."""
    monkeypatch.setattr(reads, "effect", lambda ledger, query, name: PLANTED.get(name, EffectTotal()))
    app = open_page("efficiency", {"from": ["2026-11-12"], "to": ["2026-11-13"]})
    assert not app.exception
    lines = re.findall(r">(\$[\d.]+ (?:saved|extra))<", shown(app))
    assert lines == ["$33.67 saved", "$38.30 extra", "$1.01 saved"]
    caching = app.dataframe[0].value.tail(1).to_dict("records")[0]
    assert [caching[name] for name in ("Saved by reads", "Extra for writes", "Net saved")] == [
        "$33.67",
        "$38.30",
        "−$4.63",
    ]
    found = metrics(app)
    assert (found["Saved by caching"], found["Saved by batch"]) == ("−$4.63", "$1.01")


@pytest.mark.parametrize("day", range(2, 8))
def test_the_discount_is_that_of_the_table(open_page: Open, full_books: None, day: int) -> None:
    app = open_page("efficiency", {"from": [f"2026-11-{day:02}"], "to": [f"2026-11-{day + 1:02}"]})
    discounts = app.dataframe[1].value.tail(1).to_dict("records")[0]
    assert metrics(app)["Discount"] == discounts["Discount"]


def test_the_file_of_effects_says_what_is_left_out(
    open_page: Open, full_books: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[bytes] = []
    monkeypatch.setattr(
        effects, "_effects_head", lambda answer: found.append(sheet_bytes(effects.effects_file(answer)))
    )
    assert not open_page("efficiency", OCTOBER).exception
    rows = list(csv.DictReader(io.StringIO(found[0].decode("utf-8-sig"), newline="")))
    by_name = {row["effect"]: row for row in rows}
    read = by_name["cache_read"]
    assert Decimal(read["saved_usd"]) == Decimal(read["reference_cost_usd"]) - Decimal(read["cost_usd"])
    assert int(read["tokens"]) - int(read["counted_tokens"]) == int(read["unpriced_tokens"]) > 0
    assert by_name["fast"]["saved_usd"] == ""


@pytest.mark.parametrize("origin", Origin)
def test_one_origin_only(open_page: Open, settings: Settings, full_books: None, origin: Origin) -> None:
    only(settings, origin)
    app = open_page("efficiency", OCTOBER)
    assert not app.exception and not app.error
    if origin is Origin.PLATFORM:
        assert metrics(app)["Discount"] == "–"
        assert "Claude Platform's legacy reports tell none" in shown(app)


def test_names_are_text(open_page: Open, full_books: None) -> None:
    app = open_page("efficiency", {**OCTOBER, "by": ["workspace"]})
    assert not app.exception and not app.error
    assert "<b>bold</b>" not in shown(app)


def test_a_link_keeps_what_is_compared(open_page: Open, full_books: None) -> None:
    app = open_page("efficiency", {**OCTOBER, "by": ["workspace"], "in.origin": ["Claude Platform"]})
    (chosen,) = [box for box in app.selectbox if box.label == "Compare by"]
    assert chosen.value == "workspace"
    chosen.set_value("api_key").run()
    assert app.query_params["by"] == "api_key"
    assert app.query_params["in.origin"] == "Claude Platform"


def test_the_rate_of_one_token_type(open_page: Open, full_books: None) -> None:
    app = open_page("efficiency", OCTOBER)
    (kind,) = [box for box in app.selectbox if box.label == "Token type"]
    kind.set_value("output_tokens").run()
    assert not app.exception and not app.error
    kind.set_value("cache_creation.ephemeral_1h_input_tokens").run()
    assert "No priced tokens of this kind in these days" in shown(app)


def test_the_rate_of_a_token_type_that_the_filter_leaves_out_is_not_drawn(
    open_page: Open, full_books: None
) -> None:
    app = open_page("efficiency", {**OCTOBER, "in.token_type": ["output_tokens"]})
    (kind,) = [box for box in app.selectbox if box.label == "Token type"]
    kind.set_value("cache_read_input_tokens").run()
    assert "The filter on Token type leaves none of this kind." in shown(app)
    kind.set_value("output_tokens").run()
    assert not app.exception and "leaves none" not in shown(app)
