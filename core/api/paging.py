"""The kinds of paging, as generators that end only where Anthropic says so.

A cursor belongs to the exact query that produced it, so a page repeats all parameters. ``has_more`` without
a cursor, a cursor seen before, and a page that brings nothing new raise
:class:`core.errors.IncompleteAnswerError`: half an answer must not be taken for a whole one. A chain without
end is found out after a bounded number of requests, and raises :class:`core.errors.EndlessAnswerError`:

- buckets: as many pages as buckets were asked for; a page without a bucket is none of them
- rows: :data:`MAX_PAGES`, a quarter of an hour at claude.ai's rate limit; a page that begins with a row
  that an earlier one began with goes round in a circle, and where rows may be alike, a page that is alike
- lists: :data:`MAX_PAGES`; a page without an id that is new goes round in a circle
- rows and lists: :data:`MAX_EMPTY_PAGES` pages without a record, one after the other

:class:`core.errors.CursorExpiredError` (410) passes through: the caller starts the sequence again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from msgspec import UNSET, UnsetType

from core.api.client import NO_HEADERS, Client, Response
from core.api.pages import Bucket, BucketPage, BucketResponse, DirectoryResponse, FlatPage, FlatResponse
from core.api.rows import read_all, read_rows
from core.errors import EndlessAnswerError, IncompleteAnswerError, MalformedAnswerError
from core.reach import MAX_DAYS

MAX_PAGES = 1000
MAX_EMPTY_PAGES = 3

Params = Sequence[tuple[str, str]]


class _Page(Protocol):
    @property
    def has_more(self) -> bool | None: ...

    @property
    def next_page(self) -> str | UnsetType | None: ...


class _Listed(Protocol):
    @property
    def id(self) -> str: ...


P = TypeVar("P", bound=_Page)
R = TypeVar("R")
H = TypeVar("H", bound=Hashable)
L = TypeVar("L", bound=_Listed)

Cursor = tuple[str, str | None]
"""The parameter that takes it, and its value; None where the answer has none."""


def list_pages(client: Client, path: str, params: Params, record: type[L]) -> Iterator[list[L]]:
    """Directory lists: ``last_id`` of a page is ``after_id`` of the next, or ``next_page`` is ``page``.

    A record that cannot be read is left out, unless none of its page can.
    """
    news = _News()
    for page in _chain(client, path, params, DirectoryResponse, _list_cursor):
        records = _records(client, page, record)
        news.require((listed.id for listed in records), page.request_id)
        yield records


def _list_cursor(response: DirectoryResponse) -> Cursor | None:
    """``has_more`` decides; where it is left out, the list goes on until a page without a record."""
    if response.next_page:
        return "page", response.next_page
    if response.has_more is None:
        return ("after_id", response.last_id) if response.data and response.last_id else None
    return ("after_id", response.last_id) if response.has_more else None


def _records(client: Client, page: Response[DirectoryResponse], record: type[L]) -> list[L]:
    records: list[L] = []
    problem: MalformedAnswerError | None = None
    for number, raw in enumerate(page.value.data):
        try:
            place = f"$.data[{number}]"
            records.append(client.decode(raw, record, at=place, request_id=page.request_id))
        except MalformedAnswerError as error:
            problem = error
    if problem and not records:
        raise problem
    return records


def _report_cursor(response: _Page) -> Cursor | None:
    """``has_more`` decides; where it is left out, whether there is a next page."""
    following = response.next_page if isinstance(response.next_page, str) and response.next_page else None
    more = following is not None if response.has_more is None else response.has_more
    return ("page", following) if more else None


def _require_end(page: Response[P]) -> None:
    """Raises IncompleteAnswerError for a report that says in no way whether it goes on."""
    if page.value.has_more is None and page.value.next_page is UNSET:
        raise _incomplete("Anthropic does not say whether there is more.", page.request_id)


def bucket_pages(
    client: Client,
    path: str,
    params: Params,
    record: type[R],
    *,
    headers: Mapping[str, str] = NO_HEADERS,
    at_most: int = MAX_DAYS,
) -> Iterator[BucketPage[R]]:
    """Reports in time buckets: ``next_page`` of a page is ``page`` of the next.

    A page comes in parts of one bucket, so that no more than one is decoded at a time. ``at_most``: the
    buckets asked for, so the pages there can be.
    """
    responses = _chain(client, path, params, BucketResponse, _report_cursor, headers, at_most=at_most)
    return (part for page in responses for part in _parts(client, page, record))


def _parts(client: Client, page: Response[BucketResponse], record: type[R]) -> Iterator[BucketPage[R]]:
    body = page.value
    _require_end(page)
    more = _report_cursor(body) is not None
    if more and not body.data:
        raise _incomplete("Anthropic says that there are more days, but sent none.", page.request_id)
    source = (body.data_refreshed_at, body.organization_id or page.organization_id, page.request_id)
    for number, raw in enumerate(body.data):
        place = f"$.data[{number}].results"
        results, odd = read_rows(client, raw.results, record, place, page.request_id)
        if odd and not results and not _others_are_read(client, page, record, number):
            read_all(client, raw.results, record, place, page.request_id)
        bucket = Bucket(starting_at=raw.starting_at, ending_at=raw.ending_at, results=results)
        yield BucketPage([bucket], *source, pages=0 if number else 1, more=more, odd=odd)
    if not body.data:
        yield BucketPage([], *source)


def _others_are_read(client: Client, page: Response[BucketResponse], record: type[R], number: int) -> bool:
    """Whether another bucket of the answer has a row that can be read."""
    others = (raw.results for place, raw in enumerate(page.value.data) if place != number)
    return any(read_rows(client, raw, record, "$.data", page.request_id)[0] for raw in others)


def first_row(records: Sequence[Hashable]) -> Sequence[Hashable]:
    """What tells a page from others: its first row, where no two rows are alike."""
    return records[:1]


def whole_page(records: Sequence[Hashable]) -> Sequence[Hashable]:
    """What tells a page from others where rows may be alike: all of them."""
    return [hash(tuple(records))] if records else []


def flat_pages(
    client: Client,
    path: str,
    params: Params,
    record: type[H],
    *,
    headers: Mapping[str, str] = NO_HEADERS,
    mark: Callable[[Sequence[Hashable]], Sequence[Hashable]] = first_row,
) -> Iterator[FlatPage[H]]:
    """Reports in rows: ``next_page`` of a page is ``page`` of the next. ``mark``: what tells a page."""
    news = _News()
    for page in _chain(client, path, params, FlatResponse, _report_cursor, headers):
        body = page.value
        _require_end(page)
        records, odd = read_rows(client, body.data, record, "$.data", page.request_id)
        if odd and not records:
            read_all(client, body.data, record, "$.data", page.request_id)
        news.require(mark(records), page.request_id)
        organization_id = body.organization_id or page.organization_id
        more = _report_cursor(body) is not None
        yield FlatPage(records, body.data_refreshed_at, organization_id, page.request_id, more=more, odd=odd)


def _chain(
    client: Client,
    path: str,
    params: Params,
    kind: type[P],
    cursor_of: Callable[[P], Cursor | None],
    headers: Mapping[str, str] = NO_HEADERS,
    *,
    at_most: int | None = None,
) -> Iterator[Response[P]]:
    seen: set[str] = set()
    page = client.get(path, params, kind, headers=headers)
    yield page
    while (cursor := cursor_of(page.value)) is not None:
        name, value = cursor
        value = _next_cursor(value, seen, page.request_id, at_most or MAX_PAGES)
        page = client.get(path, [*params, (name, value)], kind, headers=headers)
        yield page


def _next_cursor(cursor: str | None, seen: set[str], request_id: str | None, at_most: int) -> str:
    """The cursor to go on with, remembered in ``seen``."""
    if not cursor:
        raise _incomplete("Anthropic says that there is more, but not where.", request_id)
    if cursor in seen:
        raise _incomplete("Anthropic sent us back to a page already read.", request_id)
    if len(seen) + 1 >= at_most:
        raise _endless(f"Anthropic's answer does not end after {at_most:,} pages.", request_id)
    seen.add(cursor)
    return cursor


class _News:
    """Tells pages that bring something new from those that do not."""

    def __init__(self) -> None:
        self._seen: set[Hashable] = set()
        self._empty = 0

    def require(self, records: Iterable[Hashable], request_id: str | None) -> None:
        """Raises IncompleteAnswerError when none of the records is new, or too many pages had none."""
        keys = set(records)
        self._empty = 0 if keys else self._empty + 1
        if self._empty > MAX_EMPTY_PAGES:
            raise _endless("Anthropic sends page after page without anything on it.", request_id)
        if keys and keys <= self._seen:
            raise _incomplete("Anthropic sent a page again that was already read.", request_id)
        self._seen |= keys


def _incomplete(happened: str, request_id: str | None) -> IncompleteAnswerError:
    return IncompleteAnswerError(happened, means=_UNUSED, remedy=_AGAIN, request_id=request_id)


def _endless(happened: str, request_id: str | None) -> EndlessAnswerError:
    return EndlessAnswerError(happened, means=_UNUSED, remedy=_AGAIN, request_id=request_id)


_UNUSED = "The answer is incomplete, so none of it was used."
_AGAIN = "Sync again; if it stays, report it to Anthropic."
