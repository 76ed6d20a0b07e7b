"""Every fault of an answer, as data: how it strikes, what it must say, what it may keep from going on."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.faults import strikes
from tests.faults.places import BUCKET, LIST, MIDDLE, ROWS, Place, places
from tests.faults.strikes import Hit, Strike

NOTHING, DAYS, WINDOW, REPORT, CONNECTION = (
    "nothing: it is no failure",
    "the days in question",
    "the window, or the list",
    "the other windows of this report too",
    "the rest of this connection",
)
"""What is left for the next sync."""


@dataclass(frozen=True)
class Fault:
    """``says`` is in its sentence. ``stops`` is what must wait for the next sync.

    ``server_waits``: so many seconds the server makes a run wait. ``fits``: which answers can have it.
    ``passing``: met once, it is gone at the next try, so that nothing fails. ``lasting``: met once, every
    later answer to this connection has it. ``stops_rows`` is ``stops`` for reports in rows, where it differs.
    ``large``: it may be met because too much was asked for at once, so that less is asked for; pages in the
    middle are no more then, and with them the fault.
    """

    title: str
    strike: Strike
    says: str
    stops: str = WINDOW
    server_waits: float = 0.0
    passing: bool = False
    lasting: bool = False
    named: bool = True
    fits: Callable[[Place], bool] = lambda place: True
    stops_rows: str = ""
    large: bool = False

    @property
    def waits(self) -> float:
        """Seconds at most between the tries of a run: none where trying again is no use."""
        return self.server_waits or (15.0 if self.passing else 0.0)

    def stops_at(self, place: Place) -> str:
        if self.large and place.page == MIDDLE and place.kind.shape != LIST:
            return NOTHING
        return self.stops_rows if self.stops_rows and place.kind.shape == ROWS else self.stops

    def __str__(self) -> str:
        return self.title.replace(" ", "_")


def _of_reports(place: Place) -> bool:
    return place.kind.shape != LIST


def _of_money(place: Place) -> bool:
    return place.kind.has_money


_TRANSFER = (
    Fault(
        "connection refused",
        strikes.raising(httpx.ConnectError),
        "could not be reached",
        passing=True,
        named=False,
    ),
    Fault(
        "no connection in time",
        strikes.raising(httpx.ConnectTimeout),
        "could not be reached",
        passing=True,
        named=False,
    ),
    Fault(
        "no answer in time",
        strikes.raising(httpx.ReadTimeout),
        "took too long to answer",
        passing=True,
        named=False,
    ),
    Fault(
        "connection reset",
        strikes.raising(httpx.ReadError),
        "closed the connection",
        passing=True,
        named=False,
    ),
    Fault(
        "connection closed in the middle of the answer", strikes.cut, "cut short", passing=True, named=False
    ),
    Fault("half an answer", strikes.half, "cut short", passing=True),
    Fault(
        "a web page with status 200",
        strikes.sending(b"<html><body>Sign in</body></html>"),
        "A web page came",
        passing=True,
    ),
)

_FORM = (
    Fault("JSON of another shape", strikes.sending([1, 2]), "not of the form it promises"),
    Fault(
        "a field is missing",
        strikes.changing_rows(lambda kind, row: row.pop(strikes.promised(kind))),
        "missing required field",
    ),
    Fault(
        "a field of the wrong type",
        strikes.changing_rows(lambda kind, row: row.update({strikes.promised(kind): 1.5})),
        "Expected `",
    ),
    Fault("half a surrogate pair in a text", strikes.changing_rows(strikes.halve), "", NOTHING),
    Fault("an unknown value of an enum", strikes.changing_rows(strikes.unknown), "", NOTHING),
    Fault(
        "an unknown field",
        strikes.changing_rows(lambda kind, row: row.update(surprise={"deep": [1]})),
        "",
        NOTHING,
    ),
)

_STATUS = (
    Fault(
        "400",
        strikes.refusing(400, "group_by: not permitted"),
        "did not accept the request",
        REPORT,
        large=True,
    ),
    Fault(
        "401: the key is revoked during the run",
        strikes.refusing(401, "invalid x-api-key"),
        "does not accept this API key",
        CONNECTION,
        lasting=True,
    ),
    Fault("402", strikes.refusing(402, "Your billing is overdue."), "organization's billing", REPORT),
    Fault(
        "403 on one report only",
        strikes.refusing(403, "This API key lacks a scope."),
        "not permitted to read",
        REPORT,
    ),
    Fault("404", strikes.refusing(404, "Not found"), "does not know what was asked for", REPORT),
    Fault(
        "410",
        strikes.refusing(410, "The cursor outlived a data refresh."),
        "refreshed the data while it was being read",
    ),
    Fault("413", strikes.refusing(413, "Too large"), "found the request too large", large=True),
    Fault(
        "429 with retry-after",
        strikes.refusing(429, "Slow down.", retry_after="30"),
        "asks for fewer requests",
        server_waits=120,
        passing=True,
    ),
    Fault(
        "429 without retry-after", strikes.refusing(429, "Spend limit reached."), "a spend limit is reached"
    ),
    Fault(
        "429 with a retry-after of a year",
        strikes.refusing(429, "Slow down.", retry_after="31536000"),
        "asks to wait more than a month",
    ),
    Fault("500", strikes.refusing(500, "Internal server error"), "could not answer", passing=True),
    Fault(
        "502", lambda hit: strikes.answer(b"<html>Bad gateway</html>", 502), "could not answer", passing=True
    ),
    Fault("503", strikes.refusing(503, "Unavailable"), "could not answer", passing=True),
    Fault("504", strikes.refusing(504, "Timed out"), "could not answer", passing=True, large=True),
    Fault("529", strikes.refusing(529, "Overloaded"), "is overloaded", passing=True),
)

_CONTENT = (
    Fault("a repeated cursor", strikes.changing(lambda hit: strikes.set_cursor(hit, hit.cursor or "0")), ""),
    Fault(
        "more to come without a cursor",
        strikes.changing(lambda hit: strikes.set_cursor(hit, None)),
        "there is more, but not where",
    ),
    Fault("an endless chain of cursors", strikes.changing(strikes.go_on_for_ever), "", stops_rows=REPORT),
    Fault(
        "rows outside the window", strikes.changing(strikes.move), "which was not asked for", fits=_of_reports
    ),
    Fault("a row twice", strikes.changing(strikes.double), "", NOTHING, fits=_of_reports),
    Fault(
        "an amount that is not a number",
        strikes.amount("12,50"),
        "not a decimal amount",
        DAYS,
        fits=_of_money,
    ),
    Fault("a huge amount", strikes.amount("9" * 30), "out of range", DAYS, fits=_of_money),
    Fault(
        "another currency",
        strikes.changing_rows(lambda kind, row: row.update(currency="EUR")),
        "in EUR, which cannot be added to dollars",
        DAYS,
        fits=_of_money,
    ),
    Fault(
        "a second row that cannot be counted",
        strikes.changing(strikes.add_uncountable),
        "",
        NOTHING,
        fits=_of_money,
    ),
    Fault("a zero written 0E-10", strikes.amount("0E-10"), "", NOTHING, fits=_of_money),
    Fault(
        "a day left out in the middle",
        strikes.changing(strikes.leave_out),
        "leaves out",
        DAYS,
        fits=lambda place: place.kind.shape == BUCKET,
    ),
    Fault(
        "a null watermark",
        strikes.changing(lambda hit: hit.body.update(data_refreshed_at=None)),
        "",
        NOTHING,
        fits=lambda place: _of_reports(place) and place.kind.of_claude_ai,
    ),
    Fault(
        "a list that does not say whether it goes on",
        strikes.changing(lambda hit: hit.body.pop("has_more")),
        "",
        NOTHING,
        fits=lambda place: not _of_reports(place),
    ),
    Fault(
        "tags and tool use that are null",
        strikes.changing_rows(lambda kind, row: row.update(tags=None, server_tool_use=None)),
        "",
        NOTHING,
        fits=lambda place: not place.kind.has_money,
    ),
    Fault("a negative amount (a credit)", strikes.amount(strikes.CREDIT), "", NOTHING, fits=_of_money),
    Fault("an amount with 12 fractional digits", strikes.amount(strikes.FINE), "", NOTHING, fits=_of_money),
)

GROUPS: dict[str, tuple[Fault, ...]] = {
    "On the way": _TRANSFER,
    "Refusals": _STATUS,
    "The form of an answer": _FORM,
    "What an answer says": _CONTENT,
}
FAULTS = tuple(fault for group in GROUPS.values() for fault in group)
CASES = [(fault, place) for fault in FAULTS for place in places() if fault.fits(place)]
MIDDLES = [(fault, place) for fault, place in CASES if place.page == MIDDLE]


@dataclass
class Struck(httpx.BaseTransport):
    """A server whose answers have the fault at the place: always, or the first ``times``."""

    server: Callable[[httpx.Request], httpx.Response]
    fault: Fault
    place: Place
    times: int | None = None
    strikes: int = 0
    requests: int = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        hit = Hit(request, self.place.kind, {"data": [], "has_more": True})
        if not strikes.is_endless(hit.cursor):
            true = self.server(request)
            hit = Hit(request, self.place.kind, json.loads(true.content))
            if true.status_code != httpx.codes.OK or not self._hits(request, hit.body):
                return true
        self.strikes += 1
        return self.fault.strike(hit)

    def _hits(self, request: httpx.Request, body: dict[str, Any]) -> bool:
        if self.times is not None and self.strikes >= self.times:
            return False
        if self.fault.lasting and self.strikes:
            return True
        return self.place.is_hit(request, body)
