"""Paging ends where Anthropic says so, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.api import paging
from core.api.client import Client
from core.api.paging import bucket_pages, flat_pages, list_pages
from core.api.records import Organization
from core.errors import (
    ApiError,
    CursorExpiredError,
    EndlessAnswerError,
    IncompleteAnswerError,
    MalformedAnswerError,
    ServerError,
)
from tests.api.fakes import Script, bucket, client, listing, ok, page, refused

PARAMS = [("limit", "2"), ("group_by[]", "model")]


def item(number: int) -> dict[str, str]:
    return {"id": f"org_{number}", "name": "x"}


def lists(api: Client) -> Iterator[Any]:
    return list_pages(api, "/v1/organizations/me", PARAMS, Organization)


def buckets(api: Client) -> Iterator[Any]:
    return bucket_pages(api, "/v1/organizations/me", PARAMS, Organization, headers={"anthropic-beta": "b"})


def flats(api: Client) -> Iterator[Any]:
    return flat_pages(api, "/v1/organizations/me", PARAMS, Organization)


def of_reports(*data: Any, more: str | None = None) -> dict[str, Any]:
    return page(*(bucket(record) for record in data), more=more)


Fetch = Callable[[Client], Iterator[Any]]
Make = Callable[..., dict[str, Any]]
KINDS: list[tuple[Fetch, Make, str, str]] = [
    (lists, listing, "after_id", "last_id"),
    (buckets, of_reports, "page", "next_page"),
    (flats, page, "page", "next_page"),
]
every_kind = pytest.mark.parametrize(("fetch", "make", "sent", "read"), KINDS)
of_records = pytest.mark.parametrize(("fetch", "make", "sent", "read"), [KINDS[0], KINDS[2]])


def drain(fetch: Fetch, script: Script) -> list[Any]:
    with client(script) as api:
        return list(fetch(api))


@every_kind
def test_all_pages_are_read_with_the_same_query(fetch: Fetch, make: Make, sent: str, read: str) -> None:
    pages = [make(item(1), more="c1"), make(item(2), more="c2"), make(item(3))]
    script = Script(*map(ok, pages))
    assert len(drain(fetch, script)) == 3
    assert script.params(0) == PARAMS
    assert script.params(1) == [*PARAMS, (sent, "c1")]
    assert script.params(2) == [*PARAMS, (sent, "c2")]
    assert len({str(request.headers) for request in script.requests}) == 1


@every_kind
def test_a_cursor_is_opaque(fetch: Fetch, make: Make, sent: str, read: str) -> None:
    cursor = "a+b/c==&limit=1 é#"
    script = Script(ok(make(item(1), more=cursor)), ok(make()))
    drain(fetch, script)
    assert script.params(1) == [*PARAMS, (sent, cursor)]


@every_kind
def test_an_empty_answer_is_one_empty_page(fetch: Fetch, make: Make, sent: str, read: str) -> None:
    assert len(drain(fetch, Script(ok(make())))) == 1


@of_records
def test_an_empty_page_in_the_middle_is_not_the_end(fetch: Fetch, make: Make, sent: str, read: str) -> None:
    pages = [make(item(1), more="c1"), make(more="c2"), make(item(2))]
    assert len(drain(fetch, Script(*map(ok, pages)))) == 3


@every_kind
def test_a_cursor_on_the_last_page_is_not_followed(fetch: Fetch, make: Make, sent: str, read: str) -> None:
    last = {**make(item(1), more="c1"), "has_more": False}
    assert len(drain(fetch, Script(ok(last)))) == 1


@every_kind
@pytest.mark.parametrize("cursor", [None, "", "absent"])
def test_more_without_a_cursor_is_no_end(
    fetch: Fetch, make: Make, sent: str, read: str, cursor: str | None
) -> None:
    body = {**make(item(1), more="c1"), read: cursor}
    if cursor == "absent":
        del body[read]
    with pytest.raises(IncompleteAnswerError, match="not where") as caught:
        drain(fetch, Script(ok(body)))
    assert caught.value.request_id == "req_1"


@every_kind
@pytest.mark.parametrize("cursors", [["c1", "c1"], ["c1", "c2", "c1"]])
def test_a_repeated_cursor_is_no_end(
    fetch: Fetch, make: Make, sent: str, read: str, cursors: list[str]
) -> None:
    script = Script(*(ok(make(item(n), more=cursor)) for n, cursor in enumerate(cursors)), ok(make()))
    with pytest.raises(IncompleteAnswerError, match="already read"):
        drain(fetch, script)
    assert len(script.requests) == len(cursors)


def endless(fetch: Fetch, make: Callable[[int], dict[str, Any]]) -> tuple[int, ApiError]:
    """How many pages were asked for before it was given up, and why."""
    asked = count()

    def answer(request: httpx.Request) -> httpx.Response:
        return ok(make(next(asked)))

    with client(answer) as api, pytest.raises(IncompleteAnswerError) as caught:
        list(fetch(api))
    return next(asked), caught.value


@pytest.mark.slow
@of_records
def test_a_chain_without_end_is_given_up(fetch: Fetch, make: Make, sent: str, read: str) -> None:
    asked, error = endless(fetch, lambda n: make(item(n), more=f"c{n}"))
    assert asked == paging.MAX_PAGES == 1000
    assert isinstance(error, EndlessAnswerError) and "does not end after 1,000 pages" in error.happened


def test_a_report_of_days_has_no_more_pages_than_days() -> None:
    asked, error = endless(buckets, lambda n: of_reports(item(n), more=f"c{n}"))
    assert asked == 31 and isinstance(error, EndlessAnswerError)


def test_a_page_without_a_day_is_none_of_them() -> None:
    asked, error = endless(buckets, lambda n: page(more=f"c{n}"))
    assert asked == 1 and "sent none" in error.happened


@of_records
def test_pages_without_anything_are_soon_enough(fetch: Fetch, make: Make, sent: str, read: str) -> None:
    asked, error = endless(fetch, lambda n: make(more=f"c{n}"))
    assert asked == paging.MAX_EMPTY_PAGES + 1 and isinstance(error, EndlessAnswerError)


@of_records
@pytest.mark.parametrize("round_of", [1, 2, 5])
def test_pages_that_go_round_in_a_circle_are_found_out(
    fetch: Fetch, make: Make, sent: str, read: str, round_of: int
) -> None:
    asked, error = endless(fetch, lambda n: make(item(n % round_of), more=f"c{n}"))
    assert asked == round_of + 1 and "already read" in error.happened


of_a_report = pytest.mark.parametrize(("fetch", "make"), [KINDS[1][:2], KINDS[2][:2]])


def without(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in names}


@of_a_report
def test_a_report_that_says_in_no_way_whether_it_goes_on_is_no_end(fetch: Fetch, make: Make) -> None:
    body = without(make(item(1)), "has_more", "next_page")
    with pytest.raises(IncompleteAnswerError, match="whether there is more") as caught:
        drain(fetch, Script(ok(body)))
    assert caught.value.request_id == "req_1"
    later = Script(ok(make(item(1), more="c1")), ok(body))
    with pytest.raises(IncompleteAnswerError, match="whether there is more"):
        drain(fetch, later)


@of_a_report
@pytest.mark.parametrize("last", [None, ""])
def test_where_has_more_is_left_out_the_next_page_tells(fetch: Fetch, make: Make, last: str | None) -> None:
    pages = [
        without(make(item(1), more="c1"), "has_more"),
        {**without(make(item(2)), "has_more"), "next_page": last},
    ]
    script = Script(*map(ok, pages))
    assert len(drain(fetch, script)) == 2
    assert script.params(1) == [*PARAMS, ("page", "c1")]


@pytest.mark.parametrize("cut", [("has_more",), ("has_more", "last_id"), ("has_more", "last_id", "first_id")])
def test_a_list_without_has_more_goes_on_while_it_says_where(cut: tuple[str, ...]) -> None:
    last = without(listing(), "has_more")
    script = Script(ok(without(listing(item(1), more="org_1"), *cut)), ok(last))
    ((record,), *rest) = drain(lists, script)
    assert record.id == "org_1" and rest in ([], [[]])
    assert len(script.requests) == (1 if "last_id" in cut else 2)


def test_a_newer_list_goes_on_by_its_next_page_alone() -> None:
    pages = [{"data": [item(1)], "next_page": "c1"}, {"data": [], "next_page": "c2"}]
    script = Script(*map(ok, [*pages, {"data": [item(2)], "next_page": None}]))
    assert [record.id for found in drain(lists, script) for record in found] == ["org_1", "org_2"]
    assert [script.params(n)[-1] for n in (1, 2)] == [("page", "c1"), ("page", "c2")]


def test_a_list_keeps_the_records_that_can_be_read() -> None:
    script = Script(ok(listing(item(1), {"id": 7, "name": "x"}, {"name": "no id"}, item(2))))
    ((first, second),) = drain(lists, script)
    assert (first.id, second.id) == ("org_1", "org_2")


def test_a_list_of_which_nothing_can_be_read_is_malformed() -> None:
    with pytest.raises(MalformedAnswerError, match=r"data\[1\]") as caught:
        drain(lists, Script(ok(listing({"id": 7, "name": "x"}, {"id": 8, "name": "y"}))))
    assert caught.value.request_id == "req_1"


@every_kind
def test_no_data_is_not_empty_data(fetch: Fetch, make: Make, sent: str, read: str) -> None:
    body = make(item(1))
    del body["data"]
    with pytest.raises(MalformedAnswerError, match="data"):
        drain(fetch, Script(ok(body)))


@every_kind
def test_a_failure_on_a_later_page_is_a_failure(fetch: Fetch, make: Make, sent: str, read: str) -> None:
    script = Script(ok(make(item(1), more="c1")), *[refused(500)] * 5)
    with pytest.raises(ServerError):
        drain(fetch, script)


@every_kind
def test_an_expired_cursor_is_the_callers_to_restart(fetch: Fetch, make: Make, sent: str, read: str) -> None:
    script = Script(ok(make(item(1), more="c1")), refused(410), ok(make(item(1))))
    with client(script) as api:
        with pytest.raises(CursorExpiredError):
            list(fetch(api))
        assert len(list(fetch(api))) == 1
    assert script.params(2) == PARAMS


def test_pages_come_as_they_are_read() -> None:
    script = Script(ok(page(item(1), more="c1")), ok(page(item(2))))
    with client(script) as api:
        pages = flats(api)
        assert script.requests == []
        next(pages)
        assert len(script.requests) == 1


def test_headers_go_with_every_page() -> None:
    script = Script(ok(of_reports(item(1), more="c1")), ok(of_reports()))
    drain(buckets, script)
    assert [request.headers["anthropic-beta"] for request in script.requests] == ["b", "b"]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=12), st.booleans())
def test_however_pages_are_cut_the_records_are_the_same(sizes: list[int], gap: bool) -> None:
    sizes = [*sizes, 0, 0, 1] if gap else sizes
    numbers = count()
    pages = [
        page(
            *(item(next(numbers)) for _ in range(size)), more=f"c{index}" if index + 1 < len(sizes) else None
        )
        for index, size in enumerate(sizes)
    ]
    found = drain(flats, Script(*map(ok, pages)))
    ids = [record.id for read in found for record in read.records]
    assert ids == [f"org_{number}" for number in range(sum(sizes))]


def test_a_page_of_days_comes_a_day_at_a_time_and_counts_once() -> None:
    days = (f"2026-03-0{n}" for n in range(1, 4))
    first = page(*(bucket(item(n), day=day) for n, day in enumerate(days)), more="c1")
    found = drain(buckets, Script(ok(first), ok(page(bucket(item(9), day="2026-03-04")))))
    assert [part.pages for part in found] == [1, 0, 0, 1]
    assert [[record.id for b in part.buckets for record in b.results] for part in found] == [
        ["org_0"],
        ["org_1"],
        ["org_2"],
        ["org_9"],
    ]


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_a_day_of_which_no_row_can_be_read_does_not_cost_the_others(broken: int) -> None:
    rows: list[Any] = [item(number) for number in range(3)]
    rows[broken] = {"id": 5}
    days = [bucket(row, day=f"2026-03-0{number}") for number, row in enumerate(rows, 1)]
    found = drain(buckets, Script(ok(page(*days))))
    assert [len(part.buckets[0].results) for part in found] == [int(n != broken) for n in range(3)]
    assert [len(part.odd) for part in found] == [int(n == broken) for n in range(3)]


def test_an_answer_of_which_no_row_can_be_read_is_malformed() -> None:
    for broken in (page(bucket(), bucket({"id": 5}, day="2026-03-02")), page({"id": 5}, {"id": 6})):
        fetch = buckets if broken["data"][0].get("results") == [] else flats
        with pytest.raises(MalformedAnswerError, match=r"data(\[1\].results)?\[0\]") as caught:
            drain(fetch, Script(ok(broken)))
        assert caught.value.request_id == "req_1"


def test_a_day_that_is_no_list_of_rows_is_malformed() -> None:
    odd = {**bucket(), "results": {"id": "org_1"}}
    with pytest.raises(MalformedAnswerError, match="Expected `array`"):
        drain(buckets, Script(ok(page(bucket(item(1)), odd))))
