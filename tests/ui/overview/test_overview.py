"""The Overview: every number on it opens the view it came from, and is the same number there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from core import follow_up
from core.dimensions import Origin
from core.formats import UNKNOWN
from core.ledger.build import refresh_ledger
from core.settings import Settings
from core.store.connections import Connection
from core.store.database import database
from core.store.findings import FoundNow, SeriesKey, acknowledge, keep_findings, mute, open_findings
from tests.ui import books
from tests.ui.conftest import PROJECT, shown
from tests.ui.test_sums import check, read

Open = Callable[..., AppTest]


class Link(NamedTuple):
    href: str
    title: str
    texts: dict[str, str]


class _Links(HTMLParser):
    """The links of a page: where to, the title, and the text of each class inside."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[Link] = []
        self.open = ""
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a":
            self.links.append(Link(given["href"] or "", given.get("title") or "", {}))
            self.inside, self.open = True, ""
        elif self.inside and given.get("class") in ("name", "number", "why", "amount", "tl-card-title"):
            self.open = given["class"] or ""

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "a"

    def handle_data(self, data: str) -> None:
        if self.inside:
            texts = self.links[-1].texts
            texts[self.open] = texts.get(self.open, "") + data.replace("\u2060", "")


def links(app: AppTest) -> list[Link]:
    parser = _Links()
    for element in app.get("html"):
        parser.feed(element.proto.body)
    return parser.links


def follow(app: AppTest, href: str) -> AppTest:
    """Where the link leads, in a new tab."""
    page, _, query = href.partition("?")
    app.switch_page(str(PROJECT / "pages" / f"{page}.py"))
    app.query_params.clear()
    for key, values in parse_qs(query).items():
        app.query_params[key] = values
    app.run()
    assert not app.exception and not app.error and not app.info, (href, app.info, app.error)
    return app


def dollars(text: str) -> list[Decimal]:
    """Every amount of a text."""
    found = re.findall(r"(−?)\\?\$(\d[\d,]*(?:\.\d+)?)", text)
    return [Decimal(sign.replace("−", "-") + digits.replace(",", "")) for sign, digits in found]


def exactly(text: str) -> Decimal:
    """What a number's help, or a row's title, says that it is."""
    return dollars(text.partition("Exactly ")[2] or text)[0]


def cost_there(app: AppTest, href: str) -> tuple[Decimal, Decimal | None]:
    """The first number of the page a link leads to, and the one before, exactly."""
    metric = follow(app, href).metric[0]
    assert metric.label == "Cost"
    now, *before = dollars(metric.help.partition("Exactly ")[2])
    return now, before[0] if before else None


@pytest.fixture(autouse=True)
def full(full_books: None) -> None:
    """Every test here begins with full books."""


def of_rows(app: AppTest) -> Iterator[Link]:
    """Without those of what is worth a look."""
    for link in links(app):
        if "number" in link.texts or "amount" in link.texts:
            yield link


def test_every_row_opens_the_view_of_its_number(open_page: Open) -> None:
    """To the micro-cent, and as printed; rows without a view of their own open the list they are of."""
    app, other = open_page("overview"), open_page("cost")
    rows = [link for link in of_rows(app) if link.texts.get("name") != "All others"]
    assert len(rows) >= 2 + 4 + 3 + 5 + 3
    for link in rows:
        there, before = cost_there(other, link.href)
        if "→" not in link.texts.get("why", ""):
            assert there == exactly(link.title), link
            continue
        was, now = dollars(link.title)
        assert (there, before) == (now, was), link
        assert read(other.metric[0].delta) == read(link.texts["number"])


def test_each_number_opens_its_view(open_page: Open) -> None:
    app, other = open_page("overview"), open_page("cost")
    to_date, before, rate = (link for link in links(app) if "Open" in link.title)
    there, earlier = cost_there(other, to_date.href)
    assert there == exactly(app.metric[0].help) and earlier == exactly(app.metric[1].help)
    assert other.metric[0].delta == app.metric[0].delta
    assert cost_there(other, before.href)[0] == earlier
    assert cost_there(other, rate.href)[0] == there, "the days that it is projected from"
    assert rate.texts[""].endswith("by day, with the days ahead")
    assert "Dashed: each day ahead" in shown(other)


@pytest.mark.parametrize(
    ("page", "label"), [("people", "Users"), ("keys", "API keys"), ("cost", "Workspaces")]
)
def test_a_list_opens_all_of_it(open_page: Open, page: str, label: str) -> None:
    app, other = open_page("overview"), open_page("cost")
    (link,) = (link for link in links(app) if link.texts.get("") == label)
    assert link.href.startswith(f"{page}?")
    assert other is follow(other, link.href)
    assert exactly(other.metric[0].help) == exactly(app.metric[0].help)


def test_rows_add_up_to_the_whole(open_page: Open) -> None:
    app = open_page("overview")
    check(app)
    rows = [link for link in of_rows(app) if "→" not in link.texts.get("why", "")]
    sums: list[list[Decimal]] = [[]]
    for link in rows:
        if "amount" not in link.texts:
            sums[-1].append(read(link.texts["number"]))
            if link.texts["name"] == "All others":
                sums.append([])
    assert [sum(one) for one in sums if one] == [read(app.metric[0].value)] * len(
        [one for one in sums if one]
    )
    assert len([one for one in sums if one]) == 3
    origins = [read(link.texts["amount"]) for link in rows if "amount" in link.texts]
    assert sum(origins) == read(app.metric[0].value)


def test_the_reasons_of_a_mover_add_up_to_its_change(open_page: Open) -> None:
    rows = [link for link in of_rows(open_page("overview")) if "→" in link.texts.get("why", "")]
    for link in rows:
        reasons = re.findall(r"[+−]\$[\d,.]*\d", link.texts["why"])
        assert reasons and sum(map(read, reasons)) == read(link.texts["number"]), link
    assert len(rows) == 3


def test_of_one_origin_there_is_no_hole(
    open_page: Open, settings: Settings, full_books: list[Connection]
) -> None:
    """No workspaces and no keys: their lists are not there, and neither is the split by Origin."""
    platform = next(connection for connection in full_books if connection.origin is Origin.PLATFORM)
    with database(settings) as db:
        db["connections"].delete(platform.id)
    refresh_ledger(settings, lambda: books.NOW)
    app = open_page("overview")
    check(app)
    titles = re.findall(r'<h2 class="tl-card-title"><a[^>]*>([^<]*)', shown(app))
    assert "Users" in titles and "Workspaces" not in titles and "API keys" not in titles
    assert not [link for link in of_rows(app) if "amount" in link.texts]


def test_where_nothing_stands_out_there_is_no_list(open_page: Open) -> None:
    assert "Worth a look" not in shown(open_page("overview"))


def test_a_day_far_off_is_worth_a_look_and_opens(
    open_page: Open, settings: Settings, full_books: list[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twenty times the tokens of one workspace on one day: found once, one click away, until answered."""
    day, before = date(2026, 11, 17), books._volume
    monkeypatch.setattr(books, "_volume", lambda one, salt: before(one, salt) * (20 if salt // 3 == 1 else 1))
    platform = next(connection for connection in full_books if connection.origin is Origin.PLATFORM)
    with database(settings) as db:
        books._pull(db, platform, {day}, 0)
    refresh_ledger(settings, lambda: books.NOW)
    follow_up.look_for_anomalies(settings, lambda: books.NOW)
    app, other = open_page("overview"), open_page("cost")
    found = [link for link in links(app) if link.texts.get("name") == "Unusual"]
    assert len(found) == 1
    (link,) = found
    assert "spent more than expected, Nov 17, 2026" in link.texts["why"]
    cost, usually, _ = dollars(link.texts["why"])
    assert cost_there(other, link.href)[0] == exactly(link.title), "to the micro-cent"
    assert abs(exactly(link.title) - cost) < cost / 100, "the sentence rounds it"
    more = read(link.texts["number"])
    assert abs(more - (cost - usually)) < cost / 100 and cost * 9 / 10 < more < cost
    with database(settings) as db:
        for one in open_findings(db):
            acknowledge(db, one.id)
    assert "Worth a look" not in shown(open_page("overview"))


FAR_OFF = FoundNow(
    SeriesKey("user", "user_1"), "שלום", "spike", "cost", 1, date(2026, 11, 17), date(2026, 11, 17),
    date(2026, 11, 17), 95 * 10**8, 1465 * 10**8,
)  # fmt: skip
OLD = replace(FAR_OFF, key=SeriesKey("user", "user_2"), first=date(2026, 9, 3), last=date(2026, 9, 4))
CACHE = replace(
    FAR_OFF, key=SeriesKey("model", "claude-opus-5"), label="claude-opus-5", kind="cache", unit="cache",
    sign=-1, expected=800_000, actual=300_000,
)  # fmt: skip
NEW = replace(FAR_OFF, key=SeriesKey("user", "user_3"), label="Person 3", kind="new", expected=0)


def kept(settings: Settings, *found: FoundNow) -> None:
    with database(settings) as db:
        keep_findings(db, found, date(2026, 9, 1), books.NOW)


def test_anomalies_stand_among_the_others_by_what_they_are_off(open_page: Open, settings: Settings) -> None:
    kept(settings, CACHE, NEW, replace(FAR_OFF, actual=96 * 10**8))
    told = [link for link in links(open_page("overview")) if "why" in link.texts and "name" in link.texts]
    told = [link for link in told if link.texts["name"] in ("Unusual", "New")]
    assert [link.texts["name"] for link in told] == ["New", "Unusual", "Unusual"]
    assert [link.texts["number"] for link in told] == ["+$1,465.00", "+$1.00", UNKNOWN], (
        "a rate has no dollars"
    )
    assert told[1].texts["why"].startswith("User \u2068שלום\u2069 spent more"), (
        "the amounts stay where they are"
    )
    assert told[2].href.startswith("usage?") and "cache_hit_rate" in told[2].href and not told[2].title


@pytest.mark.parametrize(
    ("expected", "actual"), [(107_546, 140_934), (27_815_000, 14_544_390)], ids=["a cent", "whole dollars"]
)
def test_the_number_of_an_anomaly_is_the_one_in_its_words(
    open_page: Open, settings: Settings, expected: int, actual: int
) -> None:
    kept(settings, replace(FAR_OFF, expected=expected * 10**5, actual=actual * 10**5))
    (link,) = [link for link in links(open_page("overview")) if link.texts.get("name") == "Unusual"]
    assert f"({link.texts['number']})" in link.texts["why"]
    was, now = (read(text) for text in re.findall(r"\$([\d,.]+\d)", link.texts["why"])[1::-1])
    assert now - was == read(link.texts["number"])


def test_those_of_older_days_are_counted_and_answered_on_their_page(
    open_page: Open, settings: Settings
) -> None:
    def way() -> list[str]:
        return [link.texts[""] for link in links(open_page("overview")) if link.href == "anomalies"]

    assert way() == []
    kept(settings, FAR_OFF, OLD)
    app = open_page("overview")
    assert len([link for link in links(app) if link.texts.get("name") == "Unusual"]) == 1
    assert way() == ["2 anomalies to answer, 1 of them from before these days"]
    with database(settings) as db:
        mute(db, OLD.key, OLD.label, books.NOW)
    assert way() == ["1 anomaly to answer"]
