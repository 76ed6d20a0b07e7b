"""People and API keys: the ranking against the ledger, who is idle, what needs a look, and the click."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.dimensions import Origin
from core.explore.engine import total
from core.explore.query import Query
from core.explore.sheets import Column, sheet_bytes
from core.ledger.build import refresh_ledger
from core.ledger.snapshot import open_ledger
from core.money import MICROCENTS_PER_USD
from core.operations import remove
from core.periods import Period
from core.settings import Settings
from core.store.connections import list_connections
from core.store.database import database
from core.store.directory import replace_directory
from core.store.grants import Role, Scope
from core.store.states import FAILED, StreamState, record_state
from core.ui.ranking import attention, summary, table
from tests.ui import books, people
from tests.ui.conftest import number, shown

Open = Callable[..., AppTest]
OCTOBER = {"from": ["2026-10-01"], "to": ["2026-11-01"]}
PAGES = ("people", "keys")
LONG_AGO = "2025-01-01T00:00:00Z"


def key(id_: str, status: str = "active", creator: str | None = "user_boss") -> dict[str, object]:
    return {
        "api_key_id": id_, "name": f"Name of {id_}", "key_hint": None, "status": status, "workspace_id": None,
        "created_by_id": creator, "created_at": LONG_AGO, "expires_at": None,
    }  # fmt: skip


def user(id_: str) -> dict[str, object]:
    return {"user_id": id_, "email": f"{id_}@x.example", "name": None, "role": "user", "added_at": LONG_AGO}


def put_lists(settings: Settings, keys: list[dict[str, object]], users: list[dict[str, object]]) -> None:
    with database(settings) as db:
        (platform,) = [c.id for c in list_connections(db) if c.origin is Origin.PLATFORM]
        replace_directory(db, platform, "api_keys", keys, books.NOW)
        replace_directory(db, platform, "users", users, books.NOW)


def metrics(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def tables(app: AppTest) -> list[list[dict[str, object]]]:
    return [table.value.to_dict("records") for table in app.dataframe]


def ranking_of(app: AppTest) -> list[dict[str, object]]:
    """The rows above the total, numbers as such."""
    (table,) = [rows for rows in tables(app) if rows and "Trend" in rows[0]]
    assert next(iter(table[-1].values())) == "Total"
    return [{title: number(cell) for title, cell in row.items()} for row in table[:-1]]


def is_fine(app: AppTest) -> None:
    assert not app.exception
    assert not app.error, [error.value for error in app.error]


def october(settings: Settings) -> dict[str, int | float | None]:
    query = Query(("cost", "tokens"), Period(date(2026, 10, 1), date(2026, 11, 1)))
    return total(open_ledger(settings), query)


@pytest.mark.parametrize("page", PAGES)
def test_the_table_adds_up_to_the_ledger(
    open_page: Open, settings: Settings, full_books: None, page: str
) -> None:
    app = open_page(page, OCTOBER)
    is_fine(app)
    rows, expected = ranking_of(app), october(settings)
    tokens = sum(row["Tokens"] for row in rows if isinstance(row["Tokens"], float))
    assert tokens == expected["tokens"]
    cost = sum(Decimal(str(row["Cost"])) for row in rows)
    assert cost == round(Decimal(expected["cost"]) / MICROCENTS_PER_USD, 2)
    assert all(len(row["Trend"]) == 31 for row in rows)
    assert sum(row["Share"] for row in rows if isinstance(row["Share"], float)) == pytest.approx(100)


def test_both_origins_and_who_is_nobody(open_page: Open, full_books: None) -> None:
    rows = {row["User"]: row for row in ranking_of(open_page("people", OCTOBER))}
    person, nobody = rows["person1@example.com"], rows["No user"]
    assert person["claude.ai"] == person["Cost"] > 0
    assert rows["person1@example.com"]["Products"] == "chat"
    assert nobody["Claude Platform"] == nobody["Cost"] > 0
    assert "Unattributed" in rows
    keys = {row["API key"]: row for row in ranking_of(open_page("keys", OCTOBER))}
    assert keys["Key 1"]["Workspaces"] == "Checkout"
    assert keys["Key 2"]["Workspaces"] == books.NASTY
    assert keys["No API key (Console)"]["Last seen"] != keys["Key 1"]["Last seen"] == "2026-11-23"
    assert keys["Not applicable"]["claude.ai"] == keys["Not applicable"]["Cost"]


def test_a_long_range_draws_whole_weeks(open_page: Open, full_books: None) -> None:
    rows = ranking_of(open_page("people", {"from": ["2026-09-02"], "to": ["2026-11-01"]}))
    assert {len(row["Trend"]) for row in rows} == {7}, "September 7 to October 26, Monday to Monday"


def test_search_runs_on_the_server(open_page: Open, full_books: None) -> None:
    app = open_page("people", OCTOBER)
    (box,) = [box for box in app.text_input if box.label == "Search"]
    box.set_value("PERSON3").run()
    assert [row["User"] for row in ranking_of(app)] == ["person3@example.com"]
    box.set_value("nobody at all").run()
    is_fine(app)
    assert "No name and no ID contains this" in shown(app)


def test_many_people_show_a_thousand_and_all_in_the_file(
    open_page: Open, settings: Settings, full_books: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[bytes] = []
    monkeypatch.setattr(table, "_download", lambda page: found.append(sheet_bytes(table.file_columns(page))))
    books.add_users(settings, 1500)
    app = open_page("people", {"from": ["2026-11-23"], "to": ["2026-11-24"]})
    assert not app.exception
    assert len(ranking_of(app)) == 1001, "a thousand, and one row for those left over"
    assert "The first 1,000 of" in shown(app)
    (box,) = [box for box in app.text_input if box.label == "Search"]
    box.set_value("extra1499@").run()
    assert [row["User"] for row in ranking_of(app)] == ["extra1499@example.com"]
    rows = list(csv.DictReader(io.StringIO(found[0].decode("utf-8-sig"), newline="")))
    assert len(rows) > 1500
    query = Query(("cost",), Period(date(2026, 11, 23), date(2026, 11, 24)))
    cost = total(open_ledger(settings), query)["cost"] or 0
    assert sum(Decimal(row["cost_usd"]) for row in rows if row["cost_usd"]) * MICROCENTS_PER_USD == cost


def test_idle_people_and_keys(open_page: Open, settings: Settings, full_books: None) -> None:
    put_lists(
        settings, [key("apikey_1"), key("apikey_9"), key("apikey_off", "inactive")], [user("user_boss")]
    )
    app = open_page("keys")
    assert metrics(app)["Idle for 30 days"] == "1"
    (idle,) = [rows for rows in tables(app) if rows and "Idle" in rows[0]]
    assert [(row["API key"], row["Last seen"], row["Idle"]) for row in idle] == [
        ("Name of apikey_9", "Never", "Yes")
    ]
    people = open_page("people")
    (idle,) = [rows for rows in tables(people) if rows and "Idle" in rows[0]]
    assert [row["User"] for row in idle] == ["user_boss@x.example"]


def test_idle_ones_of_other_organizations_are_filtered_out(
    open_page: Open, settings: Settings, full_books: None
) -> None:
    listed = [key("apikey_1", "inactive"), *map(key, ("apikey_2", "apikey_3", "apikey_9"))]
    put_lists(settings, listed, [user("user_boss")])
    for origin, idle, suspects in (("Claude Platform", "1", "1"), ("claude.ai", "0", "0")):
        found = metrics(open_page("keys", {"in.origin": [origin]}))
        assert (found["Idle for 30 days"], found["To look at"]) == (idle, suspects)


def test_days_not_pulled_make_idle_unknown(open_page: Open, settings: Settings) -> None:
    books.fill(settings, missing=[date(2026, 11, 10)])
    put_lists(settings, [key("apikey_9")], [user("user_boss")])
    app = open_page("keys")
    assert metrics(app)["Idle for 30 days"] == "–"
    (idle,) = [rows for rows in tables(app) if rows and "Idle" in rows[0]]
    assert [row["Idle"] for row in idle] == ["Unknown: days not pulled"]
    (rows,) = [row["Trend"] for row in ranking_of(app) if row["API key"] == "Key 1"]
    assert len(rows) == 28 - 2, "neither a day that is not pulled nor today, which is not over, is drawn"


def test_keys_that_need_a_look(open_page: Open, settings: Settings, full_books: None) -> None:
    put_lists(
        settings,
        [key("apikey_1", "inactive"), key("apikey_2", creator="user_left"), key("apikey_3")],
        [user("user_boss")],
    )
    app = open_page("keys")
    is_fine(app)
    assert metrics(app)["To look at"] == "2"
    *flagged, total = next(rows for rows in tables(app) if rows and "Why" in rows[0])
    assert {row["API key"]: row["Why"] for row in flagged} == {
        "Name of apikey_1": "Its state is “inactive”.",
        "Name of apikey_2": "Its creator is not in the list of users.",
    }
    assert total["API key"] == "Total"
    assert {row["API key"]: row["State"] for row in ranking_of(app)}["Name of apikey_1"] == "Inactive"


def test_keys_in_use_that_no_list_names(open_page: Open, settings: Settings, full_books: None) -> None:
    put_lists(settings, [key("apikey_1")], [user("user_boss")])
    app = open_page("keys")
    assert metrics(app)["To look at"] == "2"
    *flagged, total = next(rows for rows in tables(app) if rows and "Why" in rows[0])
    assert {row["API key ID"] for row in flagged} == {"apikey_2", "apikey_3"}
    costs = [number(row["Cost in 30 days"]) for row in flagged]
    assert sum(costs) == pytest.approx(number(total["Cost in 30 days"])) and costs[0] >= costs[1] > 0
    assert all(row["Why"].startswith("In no list of API keys") for row in flagged)


def test_an_old_list_of_users_accuses_nobody(open_page: Open, settings: Settings, full_books: None) -> None:
    listed = [key("apikey_1", creator="user_since"), key("apikey_2"), key("apikey_3")]
    put_lists(settings, listed, [user("user_boss")])
    assert metrics(open_page("keys"))["To look at"] == "1"
    with database(settings) as db:
        (platform,) = [c.id for c in list_connections(db) if c.origin is Origin.PLATFORM]
        record_state(db, StreamState(platform, "users", FAILED, "Refused.", None, None, books.NOW))
    assert metrics(open_page("keys"))["To look at"] == "0"


@pytest.mark.parametrize("page", PAGES)
def test_a_list_that_could_not_be_pulled_is_named(
    open_page: Open, settings: Settings, full_books: None, page: str
) -> None:
    with database(settings) as db:
        (platform,) = [c.id for c in list_connections(db) if c.origin is Origin.PLATFORM]
        record_state(db, StreamState(platform, "users", FAILED, "Refused *here*.", "req_1", None, books.NOW))
    app = open_page(page)
    is_fine(app)
    (note,) = app.info
    assert r"Refused \*here\*\." in note.value
    assert "never read" in note.value


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("origin", Origin)
def test_one_origin_only(
    open_page: Open, settings: Settings, full_books: None, page: str, origin: Origin
) -> None:
    with database(settings) as db:
        others = [c.id for c in list_connections(db) if c.origin is not origin]
    for id_ in others:
        remove(settings, id_)
    app = open_page(page, OCTOBER)
    is_fine(app)
    assert ranking_of(app)


def test_a_click_opens_the_cost_of_one(
    open_page: Open, settings: Settings, full_books: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AppTest cannot click in a table: a button in its place calls what a click on a name calls."""

    def buttons(found: summary.RankingPage, rows: pl.DataFrame) -> None:
        for row in rows.rows(named=True):
            label = f"Open {row['label']}"
            st.button(label, key=row["identity"], on_click=summary.open_cost, args=(found.ranking, row))

    monkeypatch.setattr(table, "_table", buttons)
    app = open_page("people", {**OCTOBER, "in.product": ["claude_code"]})
    (click,) = [button for button in app.button if button.label == "Open person2@example.com"]
    click.click().run()
    is_fine(app)
    assert "What was spent, on what, by whom" in shown(app)
    assert app.query_params["in.user"] == "person2@example.com"
    assert app.query_params["in.product"] == "claude_code"
    assert app.query_params["from"] == "2026-10-01"


def test_a_click_on_a_key_to_look_at_opens_its_cost(
    open_page: Open, settings: Settings, full_books: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_lists(settings, [key("apikey_1", "inactive"), key("apikey_2"), key("apikey_3")], [user("user_boss")])
    draw = attention.summed_table.show

    def shown_with_button(name: str, *given: object, picked: Callable[[int], None], **more: object) -> None:
        draw(name, *given, picked=picked, **more)
        st.button(f"Open the first of {name}", on_click=picked, args=(0,))

    monkeypatch.setattr(attention.summed_table, "show", shown_with_button)
    app = open_page("keys", OCTOBER)
    (click,) = [button for button in app.button if button.label == "Open the first of suspects"]
    click.click().run()
    is_fine(app)
    assert "What was spent, on what, by whom" in shown(app)
    assert app.query_params["in.api_key_id"] == "apikey_1"


def test_a_nasty_name_is_no_formula_in_a_file() -> None:
    assert b"'=cmd" in sheet_bytes([Column("user", [books.NASTY])])


def test_many_idle_ones_show_a_thousand(open_page: Open, settings: Settings, full_books: None) -> None:
    put_lists(settings, [key(f"apikey_x{n}") for n in range(1200)], [user("user_boss")])
    app = open_page("keys")
    is_fine(app)
    assert "The first 1,000 are shown; the CSV file has all" in shown(app)


def test_who_spends_elsewhere_is_not_idle_but_has_an_unused_seat(
    open_page: Open, settings: Settings, full_books: None
) -> None:
    spender, idler = user("user_other"), user("user_boss")
    put_lists(settings, [key("apikey_1")], [{**spender, "email": "Person1@Example.com"}, idler])
    app = open_page("people", OCTOBER)
    is_fine(app)
    assert metrics(app)["Idle for 30 days"] == "1"
    (unused,) = [rows for rows in tables(app) if rows and "Unused at" in rows[0]]
    (seat,) = unused
    assert (seat["User"], seat["Unused at"], seat["ID"]) == (
        "person1@example.com", "Claude Platform", "user_other",
    )  # fmt: skip
    assert seat["Last seen there"] == "Never" and seat["Last seen elsewhere"] > "2026-11-01"
    names = [row["User"] for row in ranking_of(app)]
    assert names.count("person1@example.com") == 1


def moved_to_chat(settings: Settings, email: str) -> None:
    """Whatever this person used in the last forty days was the chat."""
    with database(settings) as db:
        for name in db.table_names():
            columns = {row["name"] for row in db.query(f"SELECT name FROM pragma_table_info('{name}')")}
            if {"product", "day"} <= columns and columns & {"user_email", "email"}:
                mail = "user_email" if "user_email" in columns else "email"
                db.conn.execute(
                    f'UPDATE "{name}" SET product = :to WHERE "{mail}" = :email AND day > :day',
                    {"to": "chat", "email": email, "day": "2026-10-10"},
                )
        db.conn.execute("UPDATE month_revisions SET revision = revision + 1")
    refresh_ledger(settings, lambda: books.NOW)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.VIEWER])
def test_to_whom_a_part_is_shown_nothing_is_said_of_use_elsewhere(
    open_page: Open, settings: Settings, full_books: None, monkeypatch: pytest.MonkeyPatch, role: Role
) -> None:
    """Somebody left one product for another: idle in what is shown of the one, and not idle at all."""
    left = "person2@example.com"
    moved_to_chat(settings, left)
    people.grant(settings, role, Scope(products=("claude_code",)) if role is Role.VIEWER else None)
    people.sign_in(monkeypatch, people.claims())
    app = open_page("people", {"range": ["last_90"]})
    is_fine(app)
    idle = [row for rows in tables(app) if rows and "Idle" in rows[0] for row in rows]
    (words,) = [metric.help for metric in app.metric if metric.label == "Idle for 30 days"]
    if role is Role.ADMIN:
        assert left not in [row["User"] for row in idle]
        assert "No use anywhere: " in shown(app) and "no use anywhere in the last 30" in words
        return
    assert [(row["User"], row["Idle"]) for row in idle] == [(left, "Yes, in what you may see")]
    assert "No use in what you may see: " in shown(app)
    assert "1 row without use in Oct 24 – Nov 22, 2026 (UTC) in what you may see." in shown(app)
    assert "no use in what you may see in the last 30" in words
    assert "use anywhere" not in people.sent(app)
