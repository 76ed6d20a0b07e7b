"""A simulated Anthropic that answers from memory, so that nearly all time is the client's own.

One day of an organization is asked of ``core.demo`` once for each question; every other day is the same with
another date. Runs in a process of its own, ``python -m tests.bench.anthropic <kind> <size> <latency in ms>``,
and prints its address. ``/asked`` gives the requests since the last call and how few could have brought the
same.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from core.api import enterprise, platform
from core.clock import parse_rfc3339, rfc3339
from core.demo.company import Organization
from core.demo.service import Request, Simulator
from core.periods import ONE_DAY, Period, runs_of
from tests.support.custom import claude_ai_organization, platform_organization

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SAMPLE = Period(date(2026, 11, 10), date(2026, 11, 11))
ANALYTICS = "/v1/organizations/analytics"
USAGE = "/v1/organizations/usage_report/messages"
FLAT = {
    f"{ANALYTICS}/user_cost_report": enterprise.COST_GROUPS,
    f"{ANALYTICS}/user_usage_report": enterprise.USAGE_GROUPS,
}
COST = "/v1/organizations/cost_report"
BUCKETS = (USAGE, COST, f"{ANALYTICS}/cost_report", f"{ANALYTICS}/usage_report")
CHUNK = 100
"""Groups that are kept together: pages are cut between chunks."""
PAGE_CHUNKS = 10
MAX_DAYS = 31

Params = Sequence[tuple[str, str]]
Answer = tuple[int, Sequence[bytes]]
_OF_THE_PAGE = frozenset({"starting_at", "ending_at", "limit", "page"})


class _Flat(msgspec.Struct):
    data: msgspec.Raw
    next_page: str | None = None


class _Bucket(msgspec.Struct):
    results: msgspec.Raw


class _Buckets(msgspec.Struct):
    data: list[_Bucket]


def organization(kind: str, size: int) -> Organization:
    """``enterprise`` with so many users, each active every day; ``platform`` with so many API keys."""
    if kind == "enterprise":
        return claude_ai_organization("bench", users=size, loads_per_user=1, unattributed=False)
    return platform_organization("bench", api_keys=size, users=0)


class Anthropic:
    """The organization's reports, by day and page."""

    def __init__(self, kind: str, size: int) -> None:
        self.organization = organization(kind, size)
        self._simulator = Simulator([self.organization], lambda: NOW)
        self._enterprise = kind == "enterprise"
        self._rows = {path: self._chunks(path) for path in FLAT if self._enterprise}
        self._buckets: dict[tuple[str, tuple[tuple[str, str], ...]], bytes] = {}
        self.asked: list[str] = []

    def answer(self, path: str, params: Params, headers: dict[str, str]) -> Answer:
        """The status, and the body in chunks."""
        if path in FLAT:
            return 200, list(self._flat_page(path, dict(params)))
        if path in BUCKETS:
            return self._bucket_page(path, params, headers)
        found = self._simulator.handle(Request(path, list(params), headers))
        return found.status, [found.body]

    def fewest(self, days: int) -> int:
        """Requests that bring so many days: windows of 31 days, full pages, one page of each list.

        The Platform's usage takes two questions a window at the least: the whole, and one part.
        """
        first, today = NOW.date() - (days - 1) * ONE_DAY, NOW.date()
        periods = runs_of(Period(first, today + ONE_DAY), at_most=MAX_DAYS)
        if not self._enterprise:
            finished = runs_of(Period(first, today), at_most=MAX_DAYS)
            return 2 * len(periods) + len(finished) + 2 + -(-len(self.organization.api_keys) // 1000)
        return sum(
            2 + sum(-(-len(chunks) * period.days // PAGE_CHUNKS) for chunks in self._rows.values())
            for period in periods
        )

    def _chunks(self, path: str) -> list[bytes]:
        chunks, cursor = [], None
        while True:
            page = [("page", cursor)] if cursor else []
            body = self._ask(path, [("limit", str(CHUNK)), *page], FLAT[path])
            found = msgspec.json.decode(body, type=_Flat)
            chunks.append(bytes(found.data)[1:-1])
            cursor = found.next_page
            if not cursor:
                return chunks

    def _ask(self, path: str, params: list[tuple[str, str]], groups: Sequence[str]) -> bytes:
        times = [("starting_at", rfc3339(SAMPLE.starting_at)), ("ending_at", rfc3339(SAMPLE.ending_at))]
        grouped = [("group_by[]", name) for name in groups]
        headers = {
            "x-api-key": self.organization.key,
            "anthropic-version": "2023-06-01",
            "anthropic-beta": platform.SPEED_HEADER["anthropic-beta"],
        }
        request = Request(path, [*times, ("bucket_width", "1d"), *params, *grouped], headers)
        return self._simulator.handle(request).body

    def _flat_page(self, path: str, params: dict[str, str]) -> Iterator[bytes]:
        chunks, days = self._rows[path], list(_period(params))
        total, begin = len(chunks) * len(days), int(params.get("page", "0"))
        end = min(begin + PAGE_CHUNKS, total)
        yield b'{"data":['
        for at in range(begin, end):
            day = days[at // len(chunks)]
            yield (b"," if at > begin else b"") + _dated(chunks[at % len(chunks)], day)
        yield self._tail(str(end) if end < total else None)

    def _bucket_page(self, path: str, params: Params, headers: dict[str, str]) -> Answer:
        question = path, tuple((name, value) for name, value in params if name not in _OF_THE_PAGE)
        if question not in self._buckets:
            times = [("starting_at", rfc3339(SAMPLE.starting_at)), ("ending_at", rfc3339(SAMPLE.ending_at))]
            asked = self._simulator.handle(Request(path, [*question[1], *times, ("limit", "1")], headers))
            if asked.status != 200:
                return asked.status, [asked.body]
            found = msgspec.json.decode(asked.body, type=_Buckets)
            self._buckets[question] = bytes(found.data[0].results)
        return 200, list(self._bucket_chunks(self._buckets[question], dict(params)))

    def _bucket_chunks(self, results: bytes, params: dict[str, str]) -> Iterator[bytes]:
        days = list(_period(params))
        begin = int(params.get("page", "0"))
        end = min(begin + int(params["limit"]), len(days))
        yield b'{"data":['
        for at in range(begin, end):
            start, stop = _bounds(days[at])
            head = f'{{"starting_at":"{start}","ending_at":"{stop}","results":'
            yield (b"," if at > begin else b"") + head.encode()
            yield results
            yield b"}"
        yield self._tail(str(end) if end < len(days) else None)

    def _tail(self, cursor: str | None) -> bytes:
        rest = {"has_more": cursor is not None, "next_page": cursor}
        named = {"data_refreshed_at": rfc3339(NOW), "organization_id": self.organization.id}
        return b"]," + json.dumps({**rest, **named}).encode()[1:]


def _period(params: dict[str, str]) -> Period:
    return Period(*(parse_rfc3339(params[name]).date() for name in ("starting_at", "ending_at")))


def _bounds(day: date) -> tuple[str, str]:
    one = Period(day, day + ONE_DAY)
    return rfc3339(one.starting_at), rfc3339(one.ending_at)


def _dated(chunk: bytes, day: date) -> bytes:
    for name, old, new in zip(("starting_at", "ending_at"), _bounds(SAMPLE.start), _bounds(day), strict=True):
        chunk = chunk.replace(f'"{name}":"{old}"'.encode(), f'"{name}":"{new}"'.encode())
    return chunk


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    anthropic: Anthropic
    latency = 0.0

    def do_GET(self) -> None:
        ready_at = time.monotonic() + self.latency
        parts = urlsplit(self.path)
        params = parse_qsl(parts.query)
        if parts.path == "/asked":
            return self._send(200, [json.dumps(self._asked(int(dict(params)["days"]))).encode()])
        self.anthropic.asked.append(self.path)
        status, chunks = self.anthropic.answer(
            parts.path, params, {name.lower(): value for name, value in self.headers.items()}
        )
        time.sleep(max(0.0, ready_at - time.monotonic()))
        return self._send(status, chunks)

    def _asked(self, days: int) -> dict[str, Any]:
        asked, self.anthropic.asked = self.anthropic.asked, []
        return {"asked": asked, "fewest": self.anthropic.fewest(days)}

    def _send(self, status: int, chunks: Sequence[bytes]) -> None:
        self.send_response_only(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(sum(map(len, chunks))))
        self.send_header("anthropic-organization-id", self.anthropic.organization.id)
        self.end_headers()
        self.wfile.writelines(chunks)

    def log_message(self, *args: Any) -> None:
        """Standard output is for the address."""


def main(kind: str, size: str, latency_ms: str) -> None:
    """Serve until standard input ends."""
    _Handler.anthropic = Anthropic(kind, int(size))
    _Handler.latency = float(latency_ms) / 1000
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
