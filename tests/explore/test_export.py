"""Files: exact, one row per group, and safe to open."""

import csv
import io
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dimensions import MEASURES
from core.explore.cells import safe_text
from core.explore.engine import rows
from core.explore.export import csv_bytes, file_stem, json_text
from core.explore.query import Empty, Filter, Query
from core.money import MAX_MICROCENTS
from tests.explore.ledgers import CLAUDE_AI, OCTOBER, PLATFORM, ledger_of, row, tokens


def written(folder, lines, *group_by, measures=("cost", "tokens")):
    query = Query(measures, OCTOBER, group_by)
    return csv_bytes(rows(ledger_of(folder, lines), query), query)


def test_the_file_byte_by_byte(tmp_path):
    lines = [
        tokens(day=1, model='a "b", c', tokens=5, cost=41_280_000_001),
        tokens(day=2, model="ü", tokens=7),
        row(day=2, cost=-1),
    ]
    assert (
        written(tmp_path, lines, "day", "model")
        == (
            "\ufeffday,model,cost_usd,tokens\r\n"
            '2026-10-01,"a ""b"", c",412.80000001,5\r\n'
            "2026-10-02,No model,-0.00000001,\r\n"
            "2026-10-02,ü,,7\r\n"
        ).encode()
    )


def test_every_measure_has_its_header_and_rates_are_plain_decimals(tmp_path):
    lines = [
        tokens(type_="cache_read_input_tokens", tokens=3, cost=1),
        tokens(type_="uncached_input_tokens", tokens=4),
    ]
    text = written(tmp_path, lines, measures=tuple(MEASURES)).decode("utf-8-sig")
    (line,) = csv.DictReader(io.StringIO(text))
    assert list(line) == [measure.column for measure in MEASURES.values()]
    assert line["effective_rate_usd_per_million_tokens"] == "0.003333333333"
    assert line["cache_hit_ratio"] == "0.428571428571"
    assert line["requests"] == ""


def test_the_largest_amount_is_exact(tmp_path):
    assert b"92233720368.54775807" in written(tmp_path, [row(cost=MAX_MICROCENTS)])


def test_empties_read_as_their_labels_and_values_as_the_api_spells_them(tmp_path):
    lines = [
        tokens(type_="cache_creation.ephemeral_5m_input_tokens", workspace="Default workspace", cost=1),
        row(cost=2),
        row(CLAUDE_AI, cost=3),
    ]
    text = written(tmp_path, lines, "workspace", "token_type", measures=("cost",)).decode("utf-8-sig")
    assert text.splitlines()[1:] == [
        "Default workspace,Not tokens,0.00000002",
        "Not applicable,Not tokens,0.00000003",
        "“Default workspace”,cache_creation.ephemeral_5m_input_tokens,0.00000001",
    ]


def test_no_rows_leave_the_header(tmp_path):
    assert written(tmp_path, [], "model") == b"\xef\xbb\xbfmodel,cost_usd,tokens\r\n"


DANGEROUS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\rx",
    "\n=1",
    " =1",
    "\u00a0=1",
    "\u200b=1",
    "\ufeff=1",
    "\x00=1",
    '"=1',
    "' =1",
    "“=1”",
    "＝1",
    "＋1",
    "－1",
    "＠x",
    "﹦1",
    "−1",
    " \"' ＝cmd|' /C calc'!A0",
)


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_that_could_be_a_formula_gets_an_apostrophe(text):
    assert safe_text(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["Model=x", "a-b", "ann@acme.com", "1+1", "", "“Default workspace”", "üñ", "*b*", "<b>"]
)
def test_other_text_is_left_alone(text):
    assert safe_text(text) == text


def test_a_formula_after_a_foreign_separator_is_disarmed_too():
    assert safe_text("a;=1+1") == "a;'=1+1"
    assert safe_text("\t=1") == "'\t'=1"
    assert safe_text('x;"=1;y\t+2') == "x;'\"=1;y\t'+2"


@given(st.text(alphabet=" \t\r\n;\"'=+-@＝aé\u200b“", max_size=8))
def test_no_text_starts_a_formula_wherever_it_is_cut(text):
    for cell in safe_text(text).replace("\t", ";").split(";"):
        assert cell.lstrip(' "\r\n\u200b“')[:1] not in set("=+-@＝")


def test_names_with_formulas_are_disarmed_and_numbers_are_not_touched(tmp_path):
    lines = [row(workspace="=HYPERLINK(1)", api_key="@x", cost=-5), row(workspace="-3", cost=5)]
    text = written(tmp_path, lines, "workspace", "api_key", measures=("cost",)).decode("utf-8-sig")
    assert text.splitlines()[1:] == [
        "'-3,No API key (Console),0.00000005",
        "'=HYPERLINK(1),'@x,-0.00000005",
    ]


def test_a_hostile_cost_center_is_disarmed(tmp_path):
    hostile = (replace(PLATFORM, cost_center="=cmd", organization_name="+o"),)
    query = Query(("cost",), OCTOBER, ("cost_center", "organization"))
    text = csv_bytes(rows(ledger_of(tmp_path, [row(cost=1)], hostile), query), query).decode("utf-8-sig")
    assert text.splitlines()[1] == "'=cmd,'+o,0.00000001"


def test_json_folds_kinds_of_empty_and_keeps_values_raw(tmp_path):
    lines = [
        row(day=1, cost=2, user="=u"),
        row(day=1, cost=3),
        row(day=1, cost=4, cost_basis="unattributed"),
        tokens(day=1, tokens=10),
        row(CLAUDE_AI, day=1, cost=5, requests=1),
    ]
    query = Query(("cost", "tokens", "requests", "effective_rate"), OCTOBER, ("day", "workspace", "user"))
    rate = MEASURES["effective_rate"].column
    found = json.loads(json_text(rows(ledger_of(tmp_path, lines), query), query))
    assert sorted(found, key=lambda one: one["user"] or "") == [
        {
            "day": "2026-10-01",
            "workspace": None,
            "user": None,
            "cost_usd": "0.00000012",
            "tokens": 10,
            "requests": 1,
            rate: None,
        },
        {
            "day": "2026-10-01",
            "workspace": None,
            "user": "=u",
            "cost_usd": "0.00000002",
            "tokens": None,
            "requests": None,
            rate: None,
        },
    ]


def test_json_of_nothing_is_an_empty_list(tmp_path):
    query = Query(("cost",), OCTOBER, ("model",))
    assert json.loads(json_text(rows(ledger_of(tmp_path, []), query), query)) == []


def test_the_file_name_tells_the_view_and_nothing_that_was_sent():
    filters = (Filter("workspace", ("../../etc",)), Filter("user", (Empty.NONE,), exclude=True))
    query = Query(("cost", "list_cost"), OCTOBER, ("day", "model"), filters)
    assert file_stem(query) == (
        "token-ledger_cost-list_cost_by-day-model_2026-10-01_2026-10-31_only-workspace_without-user"
    )
    assert len(file_stem(Query(tuple(MEASURES), OCTOBER, ("service_account_id", "inference_geo")))) <= 140
