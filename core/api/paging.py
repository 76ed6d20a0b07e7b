"""The three kinds of paging, as generators that end only where Anthropic says so.

A cursor belongs to the exact query that produced it, so a page repeats all parameters. ``has_more`` without
a cursor, a cursor seen before, and a chain without end raise :class:`core.errors.IncompleteAnswerError`:
half an answer must not be taken for a whole one. :class:`core.errors.CursorExpiredError` (410) passes
through: the caller starts the sequence again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from core.api.client import NO_HEADERS, Answer, Client
from core.api.records import BucketAnswer, BucketPage, DirectoryAnswer, FlatAnswer, FlatPage
from core.errors import IncompleteAnswerError

MAX_PAGES = 100_000

Params = Sequence[tuple[str, str]]


class _Page(Protocol):
    @property
    def has_more(self) -> bool: ...


P = TypeVar("P", bound=_Page)
R = TypeVar("R")


def list_pages(
    client: Client, path: str, params: Params, answer: type[DirectoryAnswer[R]]
) -> Iterator[list[R]]:
    """Directory lists: ``last_id`` of a page is ``after_id`` of the next."""
    for page in _chain(client, path, params, answer, "after_id", lambda found: found.last_id, NO_HEADERS):
        yield page.value.data


def bucket_pages(
    client: Client,
    path: str,
    params: Params,
    answer: type[BucketAnswer[R]],
    *,
    headers: Mapping[str, str] = NO_HEADERS,
) -> Iterator[BucketPage[R]]:
    """Reports in time buckets: ``next_page`` of a page is ``page`` of the next."""
    for page in _chain(client, path, params, answer, "page", lambda found: found.next_page, headers):
        found = page.value
        organization_id = found.organization_id or page.organization_id
        yield BucketPage(found.data, found.data_refreshed_at, organization_id, page.request_id)


def flat_pages(
    client: Client, path: str, params: Params, answer: type[FlatAnswer[R]]
) -> Iterator[FlatPage[R]]:
    """Reports in rows: ``next_page`` of a page is ``page`` of the next."""
    for page in _chain(client, path, params, answer, "page", lambda found: found.next_page, NO_HEADERS):
        found = page.value
        organization_id = found.organization_id or page.organization_id
        yield FlatPage(found.data, found.data_refreshed_at, organization_id, page.request_id)


def _chain(
    client: Client,
    path: str,
    params: Params,
    answer: type[P],
    cursor_name: str,
    cursor_of: Callable[[P], str | None],
    headers: Mapping[str, str],
) -> Iterator[Answer[P]]:
    seen: set[str] = set()
    page = client.get(path, params, answer, headers=headers)
    yield page
    while page.value.has_more:
        cursor = _next_cursor(cursor_of(page.value), seen, page.request_id)
        page = client.get(path, [*params, (cursor_name, cursor)], answer, headers=headers)
        yield page


def _next_cursor(cursor: str | None, seen: set[str], request_id: str | None) -> str:
    """The cursor to go on with, remembered in ``seen``."""
    if not cursor:
        raise _incomplete("Anthropic says that there is more, but not where.", request_id)
    if cursor in seen:
        raise _incomplete("Anthropic sent us back to a page already read.", request_id)
    if len(seen) + 1 >= MAX_PAGES:
        raise _incomplete(f"Anthropic's answer does not end after {MAX_PAGES:,} pages.", request_id)
    seen.add(cursor)
    return cursor


def _incomplete(happened: str, request_id: str | None) -> IncompleteAnswerError:
    return IncompleteAnswerError(
        happened,
        means="The answer is incomplete, so none of it was used.",
        remedy="Sync again; if it stays, report it to Anthropic.",
        request_id=request_id,
    )
