"""What ``status`` says as figures, in the text format that Prometheus and node_exporter read.

What is not known has no sample: a zero would say that it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core import __version__
from core.clock import parse_rfc3339
from core.errors import ConfigurationError
from core.private_files import replace_readable

Labels = Mapping[str, str]
Samples = Sequence[tuple[Labels, float | None]]

_OUTCOMES = ("ok", "partial", "failed", "stopped", "died")
_PREFIX = "token_ledger_"


@dataclass(frozen=True)
class Metric:
    """All are gauges: what is so now."""

    name: str
    help: str
    samples: Samples

    def lines(self) -> Iterator[str]:
        """Nothing where no sample is known."""
        known = [(labels, value) for labels, value in self.samples if value is not None]
        if known:
            yield f"# HELP {_PREFIX}{self.name} {self.help}\n"
            yield f"# TYPE {_PREFIX}{self.name} gauge\n"
        for labels, value in known:
            yield f"{_PREFIX}{self.name}{_braces(labels)} {_number(value)}\n"


def exposition(status: Mapping[str, Any], now: datetime) -> str:
    """The figures of :func:`core.cli.status.status_of`."""
    metrics = (*_program(status, now), *_connections(status["connections"], now))
    return "".join(line for metric in metrics for line in metric.lines())


def write_exposition(text: str, path: Path) -> None:
    """All of it or nothing, readable by others, as node_exporter runs as another account.

    Raises:
        ConfigurationError: it cannot be written.
    """
    try:
        replace_readable(path, text.encode())
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written: {error.strerror or error}.",
            remedy="Name a file in a folder that is there and can be written.",
        ) from None


def _program(status: Mapping[str, Any], now: datetime) -> Iterator[Metric]:
    yield Metric("info", "The version that wrote this.", [({"version": __version__}, 1)])
    yield Metric("written_timestamp_seconds", "When this was written.", [({}, now.timestamp())])
    yield Metric("sync_running", "1 while a sync runs.", [({}, int(status["sync"] is not None))])
    last = status["last_sync"]
    outcomes = [({"outcome": name}, int(last["outcome"] == name)) for name in _OUTCOMES] if last else []
    yield Metric("last_sync_outcome", "1 for how the last sync ended.", outcomes)
    backup = status["backup"]
    at, failed = _instant(backup["last_at"]), int(backup["problem"] is not None)
    yield Metric("last_backup_timestamp_seconds", "When a daily backup was last made.", [({}, at)])
    yield Metric("backup_failed", "1 where the latest daily backup failed.", [({}, failed)])
    yield Metric("connections", "Organizations connected.", [({}, len(status["connections"]))])


def _failed(connection: Mapping[str, Any]) -> int:
    return sum(problem["state"] == "failed" for problem in connection["problems"])


_OF_A_CONNECTION: tuple[tuple[str, str, Callable[[Mapping[str, Any]], float | None]], ...] = (
    ("failed_reports", "Reports and lists whose last pull failed.", _failed),
    ("rows", "Rows stored.", lambda c: c["rows"]),
    ("rows_set_aside", "Rows of days in reach that could not be counted.", lambda c: c["rows_set_aside"]),
    ("differences", "Sums of the ledger that are not those of the reports.", lambda c: c["differences"]),
    ("provisional_days", "Days whose numbers may still change.", lambda c: c["provisional_days"]),
    ("missing_days", "Days between the first and the last that lack a report.", lambda c: c["gap_days"]),
    ("unbuilt_months", "Months pulled and not yet in the ledger.", lambda c: c["months_not_built"]),
)


def _connections(connections: Sequence[Mapping[str, Any]], now: datetime) -> Iterator[Metric]:
    labelled = [(_labels(connection), connection) for connection in connections]
    good = [(labels, _instant(connection["last_good_sync_at"])) for labels, connection in labelled]
    yield Metric("last_good_sync_timestamp_seconds", "When all of it was last pulled.", good)
    ages = [(labels, None if at is None else max(0.0, now.timestamp() - at)) for labels, at in good]
    yield Metric("last_good_sync_age_seconds", "How long ago that was when this was written.", ages)
    for name, help_, value in _OF_A_CONNECTION:
        yield Metric(name, help_, [(labels, value(connection)) for labels, connection in labelled])


def _labels(connection: Mapping[str, Any]) -> Labels:
    """The id keeps a series one when its connection is renamed."""
    return {"id": str(connection["id"]), "connection": connection["name"], "origin": connection["origin"]}


def _instant(text: str | None) -> float | None:
    return parse_rfc3339(text).timestamp() if text else None


def _braces(labels: Labels) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
