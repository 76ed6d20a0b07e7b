"""Printed numbers add up: on every page, in every tile and total, as somebody with a pencil would check."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import Settings
from core.store.dashboards import TILE_KINDS, TileLook, add_dashboard, add_tile
from core.store.database import database
from core.store.saved_views import ViewContent, add_view
from tests.ui import books
from tests.ui.conftest import WITH_NUMBERS, shown

Open = Callable[..., AppTest]
UNITS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12, "%": 1, " pts": 1, " / 1M": 1}
NUMBER = re.compile(r"([+−-]?)\$?(\d[\d,]*(?:\.\d+)?)(K|M|B|T|%| pts| / 1M)?")
PERIODS = [
    {"range": ["last_28"]}, {"range": ["last_30"]}, {"range": ["last_7"]}, {"range": ["month_to_date"]},
    {"range": ["last_month"]}, {"range": ["last_month"], "per": ["day"]}, {"range": ["yesterday"]},
]  # fmt: skip


@pytest.fixture(autouse=True)
def full(full_books: None) -> None:
    """Every test here begins with full books."""


def read(text: str) -> Decimal:
    """The number that a text begins with."""
    found = NUMBER.match(text.strip())
    assert found, text
    sign = -1 if found[1] in ("−", "-") else 1
    return sign * Decimal(found[2].replace(",", "")) * UNITS[found[3] or ""]


def is_number(text: object) -> bool:
    return isinstance(text, str) and bool(NUMBER.match(text.strip()))


class Tables(HTMLParser):
    """The tables of a page's HTML: rows of texts."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_data(self, data: str) -> None:
        if self.tables and self.tables[-1] and self.tables[-1][-1]:
            self.tables[-1][-1][-1] += data


def html_tables(app: AppTest) -> list[list[list[str]]]:
    found = []
    for element in app.get("html"):
        parser = Tables()
        parser.feed(element.proto.body)
        found += parser.tables
    return [table for table in found if table[-1][0] == "Total"]


def grids(app: AppTest) -> list[list[list[str]]]:
    """Tables of Streamlit that end with a total, with their heads."""
    frames = [element.value for element in app.dataframe]
    tables = [[list(frame.columns), *frame.values.tolist()] for frame in frames]
    return [table for table in tables if len(table) > 1 and "Total" in table[-1][:2]]


def check_metrics(app: AppTest) -> int:
    """Now less before is the change. Returns how many were compared."""
    compared = [metric for metric in app.metric if metric.delta]
    for metric in compared:
        before = metric.proto.delta_description.removeprefix("vs ")
        assert read(metric.value) - read(before) == read(metric.delta), metric
    return len(compared)


def check_columns(table: list[list[str]], skipped: Iterable[str] = ()) -> int:
    """In each column whose parts add up, they do. Returns how many columns were added up."""
    head, *rows, total = table
    count = 0
    for place, title in enumerate(head):
        if place and is_number(total[place]) and not title.startswith(tuple(RATIOS) + tuple(skipped)):
            parts = [read(row[place]) for row in rows if is_number(row[place])]
            assert sum(parts) == read(total[place]), (title, parts, total[place])
            count += 1
    return count


RATIOS = (
    "Billed",
    "Of list cost",
    "Effective rate",
    "Cache hit rate",
    "Change %",
    "Counted",
    "Rate",
    "Other rate",
    "Last",
    "First",
)


def check_rows(table: list[list[str]]) -> int:
    """In each row, now less before is the change."""
    head, *rows = table
    if "Change" not in head:
        return 0
    change = head.index("Change")
    before = next(n for n, title in enumerate(head) if title.startswith("Before"))
    daily = (n for n, title in enumerate(head) if title.endswith(" per day") and n != before)
    now = head.index("Now") if "Now" in head else next(daily, 1)
    for row in rows:
        if all(is_number(row[n]) for n in (now, before, change)):
            assert read(row[now]) - read(row[before]) == read(row[change]), row
    return len(rows)


def check_legend(app: AppTest) -> int:
    """The entries of the legend add up to the first number of the page."""
    entries = [b.label for b in app.button if (b.key or "").startswith("legend-")]
    amounts = [re.search(r":gray\[(.*)\]", label)[1].replace("\\", "") for label in entries]
    return (
        len(amounts)
        if sum(map(read, filter(is_number, amounts)), Decimal(0)) == read(app.metric[0].value)
        else 0
    )


def check_sentences(app: AppTest) -> int:
    """What a sentence says of a change, the table below it says too. Returns how many were compared."""
    (table, *_) = html_tables(app)
    changes = {row[0].strip(): row[table[0].index("Change")] for row in table[1:]}
    said = "".join(element.proto.body for element in app.get("html") if "tl-said" in element.proto.body)
    named = re.findall(
        r"(?:: |, |and )([^,:()]+) \(([+−]\$[\d,.]*\d)", re.sub(r"<[^>]*>|[\u2066-\u2069]", "", said)
    )
    compared = [(name, amount) for name, amount in named if name in changes]
    for name, amount in compared:
        assert changes[name] == amount
    return len(compared)


def check(app: AppTest) -> None:
    assert not app.exception and not app.error
    check_metrics(app)
    for table in (*html_tables(app), *grids(app)):
        check_columns(table)
        check_rows(table)
    text = shown(app)
    assert "could not be shown" not in text
    assert not re.search(r"[−-]\$0(\.0+)?(?![\d.,])", text), "a minus before nothing"
    assert not re.search(r"-\$\d", text), "another minus"


@pytest.mark.parametrize("page", WITH_NUMBERS)
def test_every_page_adds_up(open_page: Open, page: str) -> None:
    check(open_page(page))


@pytest.mark.parametrize(
    ("page", "shape", "asked"),
    [
        *(("cost", shape, asked) for shape in ("time", "change", "pivot") for asked in PERIODS),
        *(("usage", "time", asked) for asked in PERIODS[::3]),
        ("usage", "pivot", PERIODS[0]),
        ("usage", "change", PERIODS[0]),
    ],
)
def test_every_range_and_shape_adds_up(open_page: Open, page: str, shape: str, asked: dict) -> None:
    measure = {"cost": "cost", "usage": "tokens"}[page]
    app = open_page(page, {"measure": [measure], "by": ["model"], "show": [shape], **asked})
    check(app)
    assert check_metrics(app) >= 1
    (table,) = grids(app)
    assert check_rows(table) == len(table) - 1 > 1
    assert check_columns(table) >= 4
    if shape == "pivot" or (page, shape) == ("cost", "change"):
        assert html_tables(app)
    if (page, shape) == ("cost", "change"):
        assert check_sentences(app) >= 2
    elif shape == "time" and "per" not in asked:
        assert check_legend(app) >= 2


@pytest.mark.parametrize("board", ["finance", "engineering"])
@pytest.mark.parametrize("asked", [{}, *PERIODS[:5]])
def test_every_tile_adds_up(open_page: Open, board: str, asked: dict) -> None:
    app = open_page("dashboards", {"board": [board], **asked})
    check(app)
    assert check_metrics(app) >= 1


@pytest.mark.parametrize("page", ["cost", "usage"])
def test_subtotals_add_up_to_the_total_and_rows_to_their_subtotal(open_page: Open, page: str) -> None:
    app = open_page(page, {"by": ["workspace", "model"]})
    assert not app.exception
    ((head, *lines, total),) = grids(app)
    assert check_rows([head, *lines, total]) > 5
    assert head[:2] == ["Rows", "Workspace › Model"]
    subtotals = [line for line in lines if line[0]]
    assert check_columns([head, *subtotals, total], ["Rows"]) >= 3
    for subtotal, following in zip(subtotals, [*subtotals[1:], None], strict=True):
        below = lines[lines.index(subtotal) + 1 : lines.index(following) if following else None]
        assert subtotal[0] == f"− {len(below)}" and all(line[1].startswith("\u2003") for line in below)
        assert check_columns([head, *below, subtotal], ["Rows"]) >= 2


def test_the_default_view_of_cost(open_page: Open) -> None:
    """Number, before, change, table and legend are of the same days; today stands apart."""
    app = open_page("cost")
    (table,) = grids(app)
    head, total = table[0], table[-1]
    assert total[head.index("Cost")].split(".")[0] == app.metric[0].value.split(".")[0]
    assert "Today so far" in head
    assert re.search(r"27 complete days, and \$[\d,.]+ today so far", shown(app))


def test_days_before_history_begins_are_not_counted_as_known(open_page: Open) -> None:
    """The books begin on 1 August."""
    app = open_page("cost", {"from": ["2026-07-20"], "to": ["2026-08-10"]})
    assert "21 complete days, 9 of them known" in shown(app)


def test_the_overview_is_of_the_same_days(open_page: Open) -> None:
    app = open_page("overview")
    now, before, _ = app.metric
    assert now.delta and read(now.value) - read(before.value) == read(now.delta)
    assert re.search(r"22 complete days, and \$[\d,.]+ today so far", shown(app))


@pytest.mark.parametrize("page", ["people", "keys"])
def test_the_total_of_a_ranking_is_its_number(open_page: Open, page: str) -> None:
    app = open_page(page, {"range": ["last_28"]})
    table = next(one for one in grids(app) if "Cost" in one[0])
    assert check_columns(table) >= 3
    assert (
        round(read(table[-1][1])) == round(read(app.metric[0].value)) or table[-1][1] == app.metric[0].value
    )
    assert "27 complete days" in shown(app)


@pytest.mark.parametrize("day", range(2, 6))
def test_the_parts_at_both_origins_are_the_cost_of_each_row(open_page: Open, day: int) -> None:
    columns = ("Claude Platform", "claude.ai")
    app = open_page("people", {"from": [f"2026-11-0{day}"], "to": [f"2026-11-0{day + 1}"]})
    (head, *rows), *_ = (table for table in grids(app) if "Share" in table[0])
    for row in rows:
        parts = [read(row[head.index(name)]) for name in columns if is_number(row[head.index(name)])]
        assert sum(parts, Decimal(0)) == read(row[head.index("Cost")]), row


@pytest.mark.parametrize(("page", "one", "nobody"), [
    ("people", "a user", ("No user", "Unattributed")),
    ("keys", "an API key", ("No API key (Console)", "Unattributed")),
])  # fmt: skip
@pytest.mark.parametrize("day", range(2, 6))
def test_what_nobody_is_behind_is_the_sum_of_its_rows(
    open_page: Open, page: str, one: str, nobody: tuple[str, ...], day: int
) -> None:
    app = open_page(page, {"from": [f"2026-11-0{day}"], "to": [f"2026-11-0{day + 1}"]})
    (said,) = [metric.value for metric in app.metric if metric.label == f"Cost without {one}"]
    (head, *rows, _), *_ = (table for table in grids(app) if "Share" in table[0])
    parts = [row[head.index("Share")] for row in rows if row[0] in nobody]
    assert sum(map(read, filter(is_number, parts)), Decimal(0)) == read(said) and parts


@pytest.mark.parametrize(("page", "asked"), [("keys", {}), ("cost", {"by": ["workspace"]})])
def test_what_has_no_value_is_told_as_its_row_tells_it(open_page: Open, page: str, asked: dict) -> None:
    """Of the same days, though the range has others that stand apart."""
    app = open_page(page, {"range": ["last_28"], **asked})
    told = re.search(r"([\d.]+%) of the cost here \((\$[\d,.]+)\) is of", shown(app))
    table = next(rows for rows in grids(app) if "Share" in rows[0])
    row = next(row for row in table if row[0] == "Not applicable")
    assert "so far" in shown(app)
    assert told and told.groups() == (row[table[0].index("Share")], row[table[0].index("Cost")])


def test_the_parts_of_the_basis_are_the_whole(open_page: Open) -> None:
    for day in range(2, 9):
        app = open_page("cost", {"from": [f"2026-11-0{day}"], "to": [f"2026-11-{day + 1:02}"]})
        (said,) = re.findall(r"Cost basis: ([^<]+)", shown(app))
        assert sum(Decimal(part) for part in re.findall(r" ([\d.]+)%", said)) == 100


@pytest.mark.parametrize("shape", ["time", "change", "pivot"])
def test_what_is_folded_into_other_adds_up_too(open_page: Open, shape: str) -> None:
    app = open_page("cost", {"measure": ["cost"], "by": ["user"], "top": ["2"], "show": [shape]})
    check(app)
    if shape == "time":
        assert check_legend(app) == 3


def test_tiles_fold_the_rest_into_other(open_page: Open, settings: Settings) -> None:
    content = ViewContent(
        "cost", {"measure": ["cost"], "by": ["user", "model"], "top": ["2"], "range": ["last_28"]}
    )
    with database(settings) as db:
        board, view = add_dashboard(db, "Mine"), add_view(db, "By user", content, books.NOW)
        for kind in TILE_KINDS:
            add_tile(db, board.id, view.id, TileLook(kind))
    app = open_page("dashboards", {"board": ["Mine"]})
    check(app)
    (table,) = html_tables(app)
    assert [row[0] for row in table[-2:]] == ["Other", "Total"] and check_columns(table) >= 1


def test_nothing_complete_is_all_there_is(open_page: Open) -> None:
    day = books.NOW.date().isoformat()
    app = open_page("cost", {"measure": ["cost"], "from": [day], "to": ["2026-11-24"]})
    assert "1 day, not complete yet" in shown(app)
    check(app)
