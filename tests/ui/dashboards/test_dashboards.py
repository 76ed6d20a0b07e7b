"""Dashboards: what is saved is shown, in every tab, and one tile cannot take the others down."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from core import operations
from core.explore import dashboard_exchange, engine
from core.explore.dashboard_files import encoded
from core.explore.projected_days import Total
from core.explore.query import Filter, Query
from core.explore.view_words import view_line
from core.ledger.snapshot import open_ledger
from core.periods import ONE_DAY, Period, preset
from core.settings import Settings
from core.store.connections import Connection
from core.store.dashboards import (
    PLAN,
    TILE_KINDS,
    Dashboard,
    TileLook,
    add_dashboard,
    add_tile,
    list_dashboards,
    remove_dashboard,
)
from core.store.database import database
from core.store.saved_views import ViewContent, add_view, get_view, list_views, note_opened, replace_view
from core.ui.app import forecasts, times
from core.ui.app.address import Address
from core.ui.app.text import markdown_text
from core.ui.dashboards import tile_kinds
from tests.ui import books
from tests.ui.conftest import compared_cost, shown

Open = Callable[..., AppTest]
TODAY = books.NOW.date()
TOTAL = ViewContent("cost", {"measure": ["cost"], "range": ["last_30"]})
BY_MODEL = ViewContent("cost", {"measure": ["cost"], "by": ["model"], "range": ["last_30"]})
SPOILT = ViewContent("cost", {"measure": ["cost"], "by": ["flavour"]})


@pytest.fixture(autouse=True)
def full(full_books: None) -> None:
    """Every test here begins with full books."""


def make(settings: Settings, *tiles: tuple[ViewContent, TileLook], name: str = "Mine") -> Dashboard:
    with database(settings) as db:
        board = add_dashboard(db, name)
        for number, (content, look) in enumerate(tiles):
            view = add_view(db, f"{name} {number}", content, books.NOW)
            add_tile(db, board.id, view.id, look)
        return board


def open_board(open_page: Open, board: Dashboard | str, **params: list[str]) -> AppTest:
    address = board if isinstance(board, str) else str(board.id)
    app = open_page("dashboards", {"board": [address], **params})
    assert not app.exception
    return app


def stored(settings: Settings) -> list[Dashboard]:
    with database(settings) as db:
        return list_dashboards(db)


def cost(settings: Settings, name: str, *filters: Filter) -> str:
    """Of the complete days of a preset, as precise as that and the days before need."""
    days = Period(preset(name, TODAY).start, TODAY)
    before = days.shifted(-7 * -(-days.days // 7))
    return compared_cost(settings, days, before, *filters).now_text


def button(app: AppTest, label: str):
    return next(one for one in app.button if one.label == label)


def by_help(app: AppTest, words: str):
    return next(one for one in app.button if one.help == words)


def upload(app: AppTest, content: bytes) -> AppTest:
    (uploader,) = app.get("file_uploader")
    uploader.upload("board.json", content, "application/json").run()
    return button(app, "Import").click().run()


def test_every_kind_the_store_knows_can_be_drawn(open_page: Open, settings: Settings) -> None:
    assert tuple(tile_kinds.KINDS) == TILE_KINDS
    looks = [TileLook(kind, height=height) for kind in TILE_KINDS for height in ("small", "tall")]
    app = open_board(open_page, make(settings, *((BY_MODEL, look) for look in looks)))
    assert not app.error
    assert len(app.get("vega_lite_chart") + app.get("arrow_vega_lite_chart")) >= 2
    plans = [look for look in looks if look.kind == PLAN]
    assert shown(app).count("Last 30 days · Oct 25 – Nov 23, 2026") == len(looks) - len(plans)
    assert shown(app).count("whatever the range of the dashboard") == len(plans) == 2


@pytest.mark.parametrize("name", ["finance", "Engineering"])
def test_the_shipped_ones_show_numbers_without_complaint(open_page: Open, name: str) -> None:
    app = open_board(open_page, name)
    assert not app.error and not app.info and not app.warning
    assert len(app.metric) >= 3
    assert "could not be shown" not in shown(app) and "no longer be read" not in shown(app)


def test_two_tiles_of_one_name_tell_their_filters(open_page: Open, settings: Settings) -> None:
    narrow = ViewContent("cost", {**BY_MODEL.params, "in.model": ["claude-opus-5"], "not.user": ["שלום"]})
    look = TileLook("bars", title="Cost by user")
    app = open_board(open_page, make(settings, (BY_MODEL, look), (narrow, look)))
    heads = [one.proto.body for one in app.get("html") if '"tl-tile-title"' in one.proto.body]
    plain, narrowed = heads
    assert "tl-tile-filters" not in plain
    assert "User is not \u2068שלום\u2069, Model is claude-opus-5" in narrowed.split("tl-tile-filters")[1]
    labels = [one.proto.label for one in app.get("page_link") if "Cost by user" in one.proto.label]
    assert len(set(labels)) == 2


def test_a_number_is_the_engines_with_its_change(open_page: Open, settings: Settings) -> None:
    (metric,) = open_board(open_page, make(settings, (TOTAL, TileLook("number")))).metric
    complete = Period(date(2026, 10, 25), date(2026, 11, 23))
    expected = compared_cost(settings, complete, complete.shifted(-35))
    assert (metric.value, metric.delta) == (expected.now_text, expected.change_text)
    assert metric.proto.delta_description == f"vs {expected.before_text}"


def test_a_month_under_way_says_where_it_is_heading(open_page: Open, settings: Settings) -> None:
    content = ViewContent("cost", {"measure": ["cost"], "range": ["month_to_date"]})
    text = shown(open_board(open_page, make(settings, (content, TileLook("number")))))
    ledger, rate = open_ledger(settings), Fraction(0)
    complete, today = Period(date(2026, 11, 1), TODAY), Period(TODAY, TODAY + ONE_DAY)
    for connection in ledger.connections:
        only = (Filter("cost_center", (connection.cost_center,)),)
        so_far, under_way = (
            int(engine.total(ledger, Query(("cost",), days, filters=only))["cost"] or 0)
            for days in (complete, today)
        )
        rate += so_far + max(Fraction(so_far, 22), Fraction(under_way)) + Fraction(so_far * 7, 22)
    heading = re.search(
        r"Forecast to month end \$([\d.,]+), four in five from \$([\d.,]+) to \$([\d.,]+); 22 complete days",
        text,
    )
    assert heading, text
    point, low, high = (float(part.replace(",", "")) for part in heading.groups())
    assert low <= point <= high and point == pytest.approx(float(rate) / 10**8, rel=0.1)


def test_a_month_with_too_little_history_says_its_run_rate(
    open_page: Open, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    month = Period(date(2026, 11, 1), date(2026, 12, 1))
    lacking = Total(month, 0, frozenset(), 0, 0, 0, 0, None, young=("Field <b>service</b>",))
    monkeypatch.setattr(forecasts, "month_total", lambda *_: lacking)
    content = ViewContent("cost", {"measure": ["cost"], "range": ["month_to_date"]})
    text = shown(open_board(open_page, make(settings, (content, TileLook("number")))))
    assert re.search(r"Run rate to month end \$[\d.,]+, from 22 complete days", text)
    assert "Too little history in Field &lt;b&gt;service&lt;/b&gt; for a forecast" in text


def test_tiles_share_a_range_except_those_that_keep_their_own(open_page: Open, settings: Settings) -> None:
    board = make(settings, (TOTAL, TileLook("number")), (TOTAL, TileLook("number", range="own")))
    app = open_board(open_page, board, range=["last_7"])
    assert [metric.value for metric in app.metric] == [
        cost(settings, "last_7"),
        cost(settings, "last_30"),
    ]
    app.selectbox(key="w.board.range").select("as_saved").run()
    assert "range" not in app.query_params
    assert {metric.value for metric in app.metric} == {cost(settings, "last_30")}


def test_a_range_picked_by_hand_is_in_the_address(open_page: Open, settings: Settings) -> None:
    app = open_board(open_page, make(settings, (TOTAL, TileLook("number"))))
    app.selectbox(key="w.board.range").select("custom").run()
    app.date_input(key="w.board.days").set_value((date(2026, 11, 2), date(2026, 11, 8))).run()
    assert (app.query_params["from"], app.query_params["to"]) == ("2026-11-02", "2026-11-09")
    days = Period(date(2026, 11, 2), date(2026, 11, 9))
    assert app.metric[0].value == compared_cost(settings, days, days.shifted(-7)).now_text


def test_tiles_share_filters_within_their_own(open_page: Open, settings: Settings) -> None:
    staff = ViewContent("cost", {**TOTAL.params, "in.origin": ["claude.ai"]})
    board = make(settings, (TOTAL, TileLook("number")), (staff, TileLook("number")))
    app = open_board(open_page, board)
    app.multiselect(key="w.board.origin").select("Claude Platform").run()
    kept = Filter("origin", ("Claude Platform",))
    assert [metric.value for metric in app.metric] == [cost(settings, "last_30", kept)]
    assert "leave nothing in common" in shown(app)
    app.multiselect(key="w.board.cost_center").select("Everyone").run()
    assert not app.metric and app.query_params["in.cost_center"] == "Everyone"


def test_each_tile_opens_exactly_its_view(open_page: Open, settings: Settings) -> None:
    board = make(settings, (BY_MODEL, TileLook("table")))
    app = open_board(open_page, board, **{"range": ["last_7"], "in.origin": ["claude.ai"]})
    (link,) = app.get("page_link")
    params = parse_qs(link.proto.query_string)
    assert params == {"by": ["model"], "range": ["last_7"], "in.origin": ["claude.ai"]}


def test_a_tile_that_cannot_be_read_says_so_and_the_rest_goes_on(open_page: Open, settings: Settings) -> None:
    board = make(settings, (SPOILT, TileLook("number")), (TOTAL, TileLook("number")))
    app = open_board(open_page, board)
    assert "can no longer be read" in shown(app) and "flavour" in shown(app)
    assert [metric.value for metric in app.metric] == [cost(settings, "last_30")]


def test_a_fault_in_one_tile_stays_there(
    open_page: Open, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret detail sk-ant-admin01-xyz")

    spoilt = tile_kinds.TileKind(broken, tile_kinds.ROWS)
    monkeypatch.setitem(tile_kinds.KINDS, "bars", spoilt)
    app = open_board(open_page, make(settings, (BY_MODEL, TileLook("bars")), (TOTAL, TileLook("number"))))
    assert "This tile could not be shown" in shown(app) and "secret detail" not in shown(app)
    assert len(app.metric) == 1
    assert "in broken\n" in caplog.text and "xyz" not in caplog.text


def test_days_that_were_not_pulled_are_said_on_the_tile(open_page: Open, settings: Settings) -> None:
    early = ViewContent("cost", {"measure": ["cost"], "from": ["2026-07-25"], "to": ["2026-08-11"]})
    never = ViewContent("cost", {"measure": ["cost"], "from": ["2020-01-01"], "to": ["2020-02-01"]})
    board = make(settings, (early, TileLook("number")), (never, TileLook("number")))
    app = open_board(open_page, board)
    assert "Not known: Jul 25 – 31, 2026, before history begins" in shown(app)
    assert "These days lie before history begins" in shown(app)
    assert len(app.metric) == 1


def test_a_gap_of_one_connection_makes_the_tile_incomplete(open_page: Open, settings: Settings) -> None:
    shutil.rmtree(settings.data_dir)
    books.fill(settings, missing=[date(2026, 11, 3), date(2026, 11, 4)])
    board = make(settings, (TOTAL, TileLook("number")), (TOTAL, TileLook("chart")))
    assert (
        shown(open_board(open_page, board)).count("Not in these numbers: Nov 3 – 4, 2026 of Engineering") == 2
    )


def test_a_difference_from_anthropics_totals_is_said_once(open_page: Open, settings: Settings) -> None:
    board = make(settings, (TOTAL, TileLook("number")), (BY_MODEL, TileLook("bars")))
    with database(settings) as db:
        db.conn.execute(
            "UPDATE control_checks SET actual = actual + 1 WHERE measure = 'cost' AND day = '2026-11-10'"
        )
    (error,) = open_board(open_page, board).error
    assert "The ledger and Anthropic's own sums differ" in error.value


def test_names_are_text(open_page: Open, settings: Settings) -> None:
    content = ViewContent("cost", {"measure": ["cost"], "by": ["workspace"]})
    board = make(
        settings,
        (content, TileLook("bars", title=books.NASTY)),
        (content, TileLook("table")),
        name="<u>x</u>",
    )
    app = open_board(open_page, board)
    app.toggle(key="w.board.edit").set_value(True).run()
    assert not app.exception
    assert "<b>bold</b>" not in shown(app) and "<u>" not in shown(app).replace(r"\<u\>", "")
    assert "&lt;b&gt;bold&lt;/b&gt;" in shown(app)


def test_a_link_to_a_deleted_dashboard_says_so(open_page: Open, settings: Settings) -> None:
    board = make(settings, (TOTAL, TileLook("number")))
    with database(settings) as db:
        remove_dashboard(db, board.id)
    app = open_board(open_page, f"{board.id}-mine")
    assert "This dashboard no longer exists" in shown(app) and not app.metric
    app.selectbox(key="w.board").select(stored(settings)[0].id).run()
    assert app.metric and app.query_params["board"] == "1-finance"


@pytest.mark.parametrize(
    "params",
    [
        {"range": ["forever"]},
        {"from": ["yesterday"]},
        {"in.nope": ["x"]},
        {"in.model": ["claude-opus-5"]},
        {"not.origin": ["claude.ai"]},
    ],
)
def test_rubbish_in_the_address_is_named_and_the_tiles_stand(
    open_page: Open, settings: Settings, params: dict[str, list[str]]
) -> None:
    app = open_board(open_page, make(settings, (TOTAL, TileLook("number"))), **params)
    assert app.info and app.metric[0].value == cost(settings, "last_30")


def test_arranging_is_kept_for_every_tab(open_page: Open, settings: Settings) -> None:
    board = make(settings, (TOTAL, TileLook("number", title="One")), (TOTAL, TileLook("number", title="Two")))
    app = open_board(open_page, board)
    app.toggle(key="w.board.edit").set_value(True).run()
    by_help(app, "Move Two earlier").click().run()
    first, second = stored(settings)[-1].tiles
    assert [first.look.title, second.look.title] == ["Two", "One"]
    (width,) = [one for one in app.get("button_group") if one.key == f"w.tile.width.{first.id}"]
    width.set_value("full").run()
    app.text_input(key=f"w.tile.title.{first.id}").input("Spend").run()
    by_help(app, "Take One off this dashboard").click().run()
    (tile,) = stored(settings)[-1].tiles
    assert tile.look == TileLook("number", "full", title="Spend")
    assert "Spend" in shown(open_board(open_page, board))


def test_a_dashboard_is_created_renamed_copied_and_deleted(open_page: Open, settings: Settings) -> None:
    app = open_board(open_page, "finance")
    app.text_input(key="w.board.new").input("Mine *own*")
    button(app, "Create").click().run()
    assert "This dashboard has no tiles yet" in shown(app)
    assert stored(settings)[2].name == "Mine *own*"
    app.toggle(key="w.board.edit").set_value(True).run()
    app.text_input(key="w.board.name.3").input("FINANCE")
    button(app, "Save name").click().run()
    assert "“Finance” is already used" in app.error[0].value
    app.text_input(key="w.board.name.3").input("Ours")
    button(app, "Save name").click().run()
    assert (stored(settings)[2].name, app.query_params["board"]) == ("Ours", "3-ours")
    button(app, "Duplicate").click().run()
    assert app.query_params["board"] == "4-ours-2"
    button(app, "Delete this dashboard").click().run()
    assert [board.name for board in stored(settings)] == ["Finance", "Engineering", "Ours"]
    assert "was deleted" in app.toast[0].value


def test_a_saved_view_is_added_from_the_dashboard(open_page: Open, settings: Settings) -> None:
    board = make(settings)
    app = open_board(open_page, board)
    app.toggle(key="w.board.edit").set_value(True).run()
    button(app, "Add").click().run()
    assert len(stored(settings)[-1].tiles) == 1 and not app.error


def test_without_dashboards_there_are_three_ways_to_one(open_page: Open, settings: Settings) -> None:
    for board in stored(settings):
        with database(settings) as db:
            remove_dashboard(db, board.id)
    app = open_page("dashboards")
    assert "There are no dashboards" in shown(app)
    button(app, "Restore shipped dashboards").click().run()
    assert [board.name for board in stored(settings)] == ["Finance", "Engineering"]
    assert app.metric


def test_an_export_is_imported_beside_the_original(open_page: Open, settings: Settings) -> None:
    app = open_board(open_page, "finance")
    with database(settings) as db:
        content = encoded(dashboard_exchange.exported(db, 1))
    assert b"sk-ant" not in content
    upload(app, content)
    assert not app.error
    first, _, third = stored(settings)
    assert third.name == "Finance (2)"
    assert [(t.view_id, t.look) for t in third.tiles] == [(t.view_id, t.look) for t in first.tiles]
    assert app.query_params["board"] == "3-finance-2"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "This file is not JSON"),
        (json.dumps({"format": "token-ledger-dashboard", "version": 9}).encode(), "has version 9"),
        (json.dumps({"panels": []}).encode(), "not a dashboard of Token Ledger"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason_and_changes_nothing(
    open_page: Open, settings: Settings, content: bytes, words: str
) -> None:
    app = open_board(open_page, "finance")
    before = stored(settings)
    upload(app, content)
    (error,) = app.error
    assert words in error.value.replace("\\", "") and "Nothing was imported" in error.value
    assert stored(settings) == before and app.metric


def test_a_view_is_saved_and_replaced_from_the_explorer(open_page: Open, settings: Settings) -> None:
    app = open_page("cost", {"measure": ["cost"], "by": ["workspace"], "range": ["last_7"]})
    app.text_input(key="w.save.name").input("Checkout")
    button(app, "Save as new").click().run()
    with database(settings) as db:
        (saved,) = [one for one in list_views(db) if one.name == "Checkout"]
    assert saved.content.page == "cost" and saved.content.params["by"] == ["workspace"]
    app.text_input(key="w.save.name").input("checkout")
    button(app, "Save as new").click().run()
    assert "“Checkout” is already used" in app.error[0].value
    app.selectbox(key="w.range").select("last_90")
    app.selectbox(key="w.save.replace").select(saved.id)
    button(app, "Replace").click().run()
    with database(settings) as db:
        (saved,) = [one for one in list_views(db) if one.name == "Checkout"]
    assert saved.content.params["range"] == ["last_90"]


@pytest.mark.parametrize("way", ["Save as new", "Pin"])
def test_what_is_chosen_just_before_the_press_is_kept(way: str, open_page: Open, settings: Settings) -> None:
    """And the name that none typed is of it: both come with one request, before the page is drawn anew."""
    app = open_page("cost", {"measure": ["cost"], "by": ["model"], "range": ["last_7"]})
    with database(settings) as db:
        before = {view.id for view in list_views(db)}
    app.selectbox(key="w.range").select("last_90")
    app.multiselect(key="w.groups").set_value(["product", "model"])
    button(app, way).click().run()
    assert not app.error, app.error[0].value
    with database(settings) as db:
        (saved,) = [view for view in list_views(db) if view.id not in before]
    assert (saved.content.params["range"], saved.content.params["by"]) == (["last_90"], ["product", "model"])
    assert "product" in saved.name


def test_a_view_is_pinned_from_the_explorer(open_page: Open, settings: Settings) -> None:
    app = open_page("usage", {"measure": ["output_tokens"], "by": ["model"], "range": ["last_7"]})
    app.selectbox(key="w.pin.board").select(2)
    app.text_input(key="w.pin.title").input("Written")
    button(app, "Pin").click().run()
    assert not app.error and "is on the dashboard" in app.toast[0].value
    tile = stored(settings)[1].tiles[-1]
    button(app, "Pin").click().run()
    again = stored(settings)[1].tiles[-1]
    assert again.view_id == tile.view_id, "the same view is saved once"
    assert "Written" in shown(open_board(open_page, "engineering"))


def test_pinning_to_a_new_dashboard(open_page: Open, settings: Settings) -> None:
    app = open_page("cost")
    app.selectbox(key="w.pin.board").select(0)
    button(app, "Pin").click().run()
    made = stored(settings)[-1]
    assert (made.name, len(made.tiles)) == ("New dashboard", 1)


def test_saved_views_are_renamed_copied_and_deleted(open_page: Open, settings: Settings) -> None:
    board = make(settings, (TOTAL, TileLook("number")))
    app = open_page("saved_views")
    (view_id,) = [one.id for one in library_views(settings) if one.name == "Mine 0"]
    app.text_input(key=f"w.view.name.{view_id}").input("Renamed")
    form = next(b for b in app.button if b.form_id == f"rename-view-form-{view_id}")
    form.click().run()
    app.button(key=f"w.view.copy.{view_id}").click().run()
    assert {"Renamed", "Renamed (2)"} <= {one.name for one in library_views(settings)}
    assert any("On the dashboard “Mine”" in text.value for text in app.markdown)
    app.button(key=f"w.view.delete.{view_id}").click().run()
    assert "Renamed" not in {one.name for one in library_views(settings)}
    assert next(one for one in stored(settings) if one.id == board.id).tiles == ()


def listed(app: AppTest) -> list[str]:
    """The names of the views on the page, from the top."""
    heads = re.findall(r'tl-card-title">([^<]*)<', "\n".join(one.proto.body for one in app.get("html")))
    return [head for head in heads if head in {"Apple", "Berry", "Cherry", "Date"}]


def test_views_with_a_star_come_first_then_those_used_last(open_page: Open, settings: Settings) -> None:
    with database(settings) as db:
        ids = {name: add_view(db, name, TOTAL, books.NOW).id for name in ("Date", "Cherry", "Berry", "Apple")}
        note_opened(db, ids["Cherry"], books.NOW - timedelta(hours=5))
        note_opened(db, ids["Berry"], books.NOW - timedelta(hours=4))
    app = open_page("saved_views")
    assert listed(app) == ["Berry", "Cherry", "Apple", "Date"]
    assert "Opened 4 h ago." in shown(app)
    app.button(key=f"w.view.star.{ids['Date']}").click().run()
    assert listed(app) == ["Date", "Berry", "Cherry", "Apple"]
    app.button(key=f"w.view.star.{ids['Date']}").click().run()
    assert listed(app) == ["Berry", "Cherry", "Apple", "Date"]


def test_opening_a_saved_view_by_its_link_is_noted_once(
    open_page: Open, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database(settings) as db:
        view = add_view(db, "Mine", BY_MODEL, books.NOW)
    (link,) = [
        one.proto
        for one in open_page("saved_views").get("page_link")
        if one.proto.query_string.endswith(f"view={view.id}")
    ]
    app = open_page("cost", parse_qs(link.query_string))
    assert not app.exception and not app.info
    later = books.NOW + timedelta(hours=1)
    monkeypatch.setattr(times, "utc_now", lambda: later)
    app.selectbox(key="w.range").select("last_90").run()
    with database(settings) as db:
        assert get_view(db, view.id).opened_at == books.NOW
    open_page("cost", parse_qs(link.query_string))
    with database(settings) as db:
        assert get_view(db, view.id).opened_at == later


@pytest.mark.parametrize("text", ["0", "-1", "x", "9" * 30, "\u0663", "99"])
def test_a_link_that_names_a_saved_view_there_is_not_is_a_link_all_the_same(
    open_page: Open, text: str
) -> None:
    app = open_page("cost", {"range": ["last_7"], "view": [text]})
    assert not app.exception and not app.error and not app.info and app.metric


def test_a_view_is_found_by_what_it_is_narrowed_to(open_page: Open, settings: Settings) -> None:
    narrow = ViewContent("cost", {**BY_MODEL.params, "in.model": ["claude-opus-5"]})
    with database(settings) as db:
        add_view(db, "Apple", narrow, books.NOW), add_view(db, "Berry", BY_MODEL, books.NOW)
    app = open_page("saved_views")
    app.text_input(key="w.views.search").input(" OPUS-5 ").run()
    assert listed(app) == ["Apple"]
    app.text_input(key="w.views.search").input("<i>nothing").run()
    assert listed(app) == [] and "No saved view has “&lt;i&gt;nothing” in its name" in shown(app)


def test_a_view_is_saved_and_pinned_in_one_step(open_page: Open, settings: Settings) -> None:
    app = open_page("cost", {"by": ["workspace"], "range": ["last_7"]})
    app.text_input(key="w.save.name").input("Weekly")
    app.selectbox(key="w.save.board").select(2)
    button(app, "Save as new").click().run()
    words = markdown_text("“Weekly” is saved. It is on the dashboard “Engineering”.")
    assert [one.value for one in app.toast] == [words]
    (saved,) = [one for one in library_views(settings) if one.name == "Weekly"]
    assert stored(settings)[1].tiles[-1].view_id == saved.id
    app.selectbox(key="w.save.board").select(2)
    app.text_input(key="w.save.name").input("weekly")
    button(app, "Save as new").click().run()
    assert "already used" in app.error[0].value
    assert stored(settings)[1].tiles[-1].view_id == saved.id, "neither saved nor pinned"


def test_a_saved_view_follows_a_connection_that_is_renamed(
    open_page: Open, settings: Settings, full_books: list[Connection]
) -> None:
    first = full_books[0]
    content = ViewContent("cost", {**TOTAL.params, "in.cost_center": [first.name]})
    board = make(settings, (content, TileLook("number")))
    (before,) = open_board(open_page, board).metric
    operations.rename(settings, first.id, "Called otherwise")
    app = open_board(open_page, board)
    (after,) = app.metric
    assert (after.value, after.delta) == (before.value, before.delta)
    assert "Connection is Called otherwise" in shown(app)


def test_a_text_is_added_changed_and_moved(open_page: Open, settings: Settings) -> None:
    board = make(settings, (TOTAL, TileLook("number", title="One")))
    app = open_board(open_page, board)
    app.toggle(key="w.board.edit").set_value(True).run()
    app.text_area(key="w.add.text").input("  Booked **monthly**, $5 to $9 ![x](http://evil) <img src=x>")
    button(app, "Add text").click().run()
    assert not app.error
    text = stored(settings)[-1].tiles[1]
    assert "Booked **monthly**, \\$5 to \\$9 !\u2060[x](http://evil) <img src=x>" in shown(app)
    by_help(app, "Move the text earlier").click().run()
    app.text_input(key=f"w.tile.title.{text.id}").input("Plan").run()
    app.text_area(key=f"w.tile.text.{text.id}").input("Other").run()
    first, second = stored(settings)[-1].tiles
    assert (first.text, first.look.title, second.look.title) == ("Other", "Plan", "One")
    app.text_area(key="w.add.text").input("  ")
    button(app, "Add text").click().run()
    assert "The text of the tile is empty" in app.error[0].value
    app.text_area(key=f"w.tile.text.{text.id}").input(" ").run()
    assert stored(settings)[-1].tiles[0].text == "Other"


def remembered(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """What ``remember.js`` keeps in a cookie."""
    monkeypatch.setattr(
        Address, "_remembered", lambda self: parse_qs(address) if self.name == "board" else {}
    )


def test_a_dashboard_shown_last_that_was_deleted_gives_way_to_another(
    open_page: Open, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = make(settings, (TOTAL, TileLook("number")))
    remembered(monkeypatch, f"board={board.id}-mine&range=last_7")
    app = open_page("dashboards")
    assert app.query_params["board"] == f"{board.id}-mine" and len(app.metric) == 1
    with database(settings) as db:
        remove_dashboard(db, board.id)
    app = open_page("dashboards")
    assert not app.exception and "no longer exists" not in shown(app)
    assert app.query_params["board"] == "1-finance" and app.query_params["range"] == "last_7"


def library_views(settings: Settings):
    with database(settings) as db:
        return list_views(db)


def test_many_saved_views_are_searched(open_page: Open, settings: Settings) -> None:
    with database(settings) as db:
        for number in range(300):
            add_view(db, f"View {number}", TOTAL, books.NOW)
        add_view(db, "Straße", SPOILT, books.NOW)
    app = open_page("saved_views")
    assert f"25 of {len(library_views(settings))} views are listed" in shown(app)
    app.text_input(key="w.views.search").input("STRASSE").run()
    assert "Can no longer be read: There is no dimension named" in shown(app)
    assert "View 1<" not in shown(app)


def test_a_view_that_changes_meaning_changes_every_tile(open_page: Open, settings: Settings) -> None:
    board = make(settings, (TOTAL, TileLook("number")))
    with database(settings) as db:
        (view,) = [one for one in list_views(db) if one.name == "Mine 0"]
        replace_view(db, view.id, ViewContent("usage", {"measure": ["tokens"]}), books.NOW)
    (metric,) = open_board(open_page, board).metric
    assert metric.label == "Tokens"


def test_words_of_a_view() -> None:
    content = ViewContent("cost", {"measure": ["cost"], "by": ["model"], "not.user": ["a", "b", "c"]})
    assert view_line(content, TODAY) == "Cost by model, Last 30 days, User is not a or 2 others"


@pytest.mark.parametrize("board", ["finance", "engineering"])
@pytest.mark.parametrize("shared", [{}, {"range": ["last_month"], "in.origin": ["Claude Platform"]}])
def test_a_number_is_that_of_the_explorer_its_link_opens(
    open_page: Open, board: str, shared: dict[str, list[str]]
) -> None:
    app = open_board(open_page, board, **shared)
    tiles = [(tile.label, tile.value, tile.delta) for tile in app.metric]
    links = [one.proto for one in app.get("page_link")][: len(tiles)]
    for tile, link in zip(tiles, links, strict=True):
        number = open_page(link.page, parse_qs(link.query_string)).metric[0]
        assert (number.label, number.value, number.delta) == tile
