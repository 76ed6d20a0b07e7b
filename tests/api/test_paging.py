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
    return list_pages(api, "/v1/x", PARAMS, Organization)


def buckets(api: Client) -> Iterator[Any]:
    return bucket_pages(api, "/v1/x", PARAMS, Organization, headers={"anthropic-beta": "b"})


def flats(api: Client) -> Iterator[Any]:
    return flat_pages(api, "/v1/x", PARAMS, Organization)


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


@every_kind
def test_has_more_must_be_said(fetch: Fetch, make: Make, sent: str, read: str) -> None:
    body = make(item(1))
    del body["has_more"]
    with pytest.raises(MalformedAnswerError, match="has_more"):
        drain(fetch, Script(ok(body)))


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


def test_a_day_that_is_not_what_it_must_be_is_found_when_it_is_read() -> None:
    broken = page(bucket(item(1)), bucket({"id": 5}, day="2026-03-02"))
    with client(Script(ok(broken))) as api:
        found = buckets(api)
        assert next(found).buckets[0].results[0].id == "org_1"
        with pytest.raises(MalformedAnswerError, match=r"data\[1\].results\[0\]") as caught:
            next(found)
    assert caught.value.request_id == "req_1"
