"""Records one finished day of every stream and list, without anything private: a folder to share.

A recording holds the questions a sync asks, and those of every other endpoint of the contract.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import msgspec

from core import __version__
from core.api import platform
from core.api.client import Client
from core.api.exchange import Reply
from core.clock import Clock
from core.dimensions import Origin
from core.errors import (
    ApiError,
    AuthenticationError,
    ClockError,
    ConfigurationError,
    InputError,
    NetworkError,
)
from core.periods import ONE_DAY, Period, day_of
from core.probe.disguise import disguised
from core.probe.endpoints import endpoints_of
from core.probe.opening import opener
from core.probe.redraw import Exchange, redraw
from core.settings import Settings
from core.store.connections import Connection
from core.store.learned import Learned
from core.sync.directories import DIRECTORIES
from core.sync.grants import Grants
from core.sync.pull import LESSONS, teaches
from core.sync.sources import Source, sources_of
from core.sync.usage_questions import FiltersRefusedError

FORMAT = 1
MANIFEST = "recording.json"

_HOPELESS = (AuthenticationError, ClockError, NetworkError)


@dataclass(frozen=True)
class Recorded:
    """``linear``: reports whose numbers were multiplied by one number, which can be worked out."""

    answers: int
    linear: tuple[str, ...]


class _Tape:
    """Keeps the last answer to each question."""

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], Exchange] = {}

    def hear(self, path: str, params: Sequence[tuple[str, str]], reply: Reply) -> None:
        try:
            body: Any = msgspec.json.decode(reply.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            body = None
        self._found[(path, *params)] = Exchange(path, list(params), reply.status, body)

    @property
    def exchanges(self) -> list[Exchange]:
        return list(self._found.values())


def record(
    settings: Settings,
    connection: Connection,
    folder: Path,
    *,
    day: date | None,
    clock: Clock,
    transport: httpx.BaseTransport | None = None,
    sleep: Callable[[float], None] = time.sleep,
    chance: random.Random | None = None,
) -> Recorded:
    """Ask for a day (by default the one before yesterday), and store what came.

    Raises:
        InputError: the folder holds something, or the day is not finished.
        ApiError: the key was refused, or no answer came.
        ConfigurationError: the folder cannot be written.
    """
    day = day or day_of(clock()) - 2 * ONE_DAY
    _require(folder, day, day_of(clock()))
    open_client = opener(settings, connection, clock=clock, transport=transport, sleep=sleep)
    tape = _Tape()
    with open_client(tape.hear, None) as client:
        _ask_all(client, connection.origin, Period(day, day + ONE_DAY), Grants(Learned(), clock()))
    exchanges = tape.exchanges
    redrawn = redraw(exchanges, chance or random.SystemRandom())
    about = {
        "format": FORMAT,
        "program": __version__,
        "anthropic_version": settings.anthropic_version,
        "origin": connection.origin.value,
        "day": day.isoformat(),
        "multiplied_by_one_number": redrawn.linear,
    }
    _write(folder, about, disguised(exchanges))
    return Recorded(len(exchanges), tuple(redrawn.linear))


def _require(folder: Path, day: date, today: date) -> None:
    if day >= today:
        raise InputError("A recording is of a finished day.", field="day", remedy="Choose a past UTC day.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} holds something already.", remedy="Name a new folder, or an empty one.")


def _ask_all(client: Client, origin: Origin, day: Period, grants: Grants) -> None:
    """A refusal is an answer, too; what could not be asked at all ends it."""
    questions: list[Callable[[], object]] = []
    if origin is Origin.PLATFORM:
        questions = [lambda read=read: list(read(client)) for read in DIRECTORIES.values()]  # type: ignore[misc]
        questions.append(lambda: platform.fetch_organization(client))
    for source in sources_of(origin):
        questions.append(lambda source=source: _pull(client, source, day, grants))  # type: ignore[misc]
        questions.append(lambda total=source.total: list(total(client, day)))  # type: ignore[misc]
    for endpoint in endpoints_of(origin):
        questions.append(
            lambda e=endpoint: client.get(e.path, e.params(day), dict[str, Any], headers=e.headers)  # type: ignore[misc]
        )
    for ask in questions:
        try:
            ask()
        except _HOPELESS:
            raise
        except ApiError:
            continue  # recorded as it came


def _pull(client: Client, source: Source, day: Period, grants: Grants) -> None:
    """All pages of a stream, asked for as a sync does: a refusal teaches to ask for less."""
    for _ in range(LESSONS):
        report = source.begin(client, day, grants)
        try:
            for _page in report.pages:
                pass
            return
        except (ApiError, FiltersRefusedError) as error:
            if not teaches(grants, source.stream.name, report, error):
                raise


def _write(folder: Path, about: dict[str, Any], exchanges: list[Exchange]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _dump(folder / MANIFEST, about)
        for number, exchange in enumerate(exchanges, 1):
            name = exchange.path.removeprefix("/v1/organizations/").replace("/", "-")
            told = {"path": exchange.path, "params": exchange.params, "status": exchange.status}
            _dump(folder / f"{number:03d}-{name}.json", {**told, "body": exchange.body})
    except OSError as error:
        problem = ConfigurationError(
            f"{folder} cannot be written: {error.strerror}.", remedy="Name another folder."
        )
    else:
        return
    raise problem


def _dump(path: Path, value: Any) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")
