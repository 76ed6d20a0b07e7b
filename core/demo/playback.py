"""A recorded service: answers from a folder that ``python -m core record`` wrote.

It knows of one day. Of other days its reports tell nothing: buckets are missing, rows are not there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import httpx

from core.clock import parse_rfc3339
from core.dimensions import Origin

_OF_TIME = frozenset({"starting_at", "ending_at", "bucket_width", "limit"})

Question = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Recording:
    """What a folder holds."""

    day: date
    origin: Origin
    answers: dict[Question, tuple[int, Any]]

    @property
    def organization_id(self) -> str | None:
        """The organization all of it is of; None where no answer tells."""
        bodies = [body for status, body in self.answers.values() if status == 200 and isinstance(body, dict)]
        told = [body["organization_id"] for body in bodies if body.get("organization_id")]
        me = self.answers.get(("/v1/organizations/me", ()), (0, {}))[1]
        return (me or {}).get("id") or next(iter(told), None)


def read_recording(folder: Path) -> Recording:
    """Raises OSError, ValueError or KeyError where the folder is no recording."""
    about = json.loads((folder / "recording.json").read_text(encoding="utf-8"))
    answers: dict[Question, tuple[int, Any]] = {}
    for path in sorted(folder.glob("[0-9]*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        answers.setdefault(_question(told["path"], told["params"]), (told["status"], told["body"]))
    return Recording(date.fromisoformat(about["day"]), Origin(about["origin"]), answers)


class PlaybackTransport(httpx.BaseTransport):
    """Answers every request from a recording, whatever the key. ``missed``: questions it does not hold."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self.missed: list[Question] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        question = _question(request.url.path, params.multi_items())
        if question not in self._recording.answers:
            self.missed.append(question)
            message = f"Not in this recording: {request.url.path}"
            refusal = {"type": "error", "error": {"type": "not_found_error", "message": message}}
            return httpx.Response(404, json=refusal)
        status, body = self._recording.answers[question]
        if status == 200 and isinstance(body, dict) and "ending_at" in params:
            span = parse_rfc3339(params["starting_at"]), parse_rfc3339(params["ending_at"])
            body = {**body, "data": [item for item in body.get("data", []) if _within(item, *span)]}
        return httpx.Response(status, json=body, headers={"request-id": "req_recorded"})


def _question(path: str, params: Iterable[Iterable[str]]) -> Question:
    """A question without the days it is about."""
    pairs = sorted((str(name), str(value)) for name, value in params)
    return path, tuple(pair for pair in pairs if pair[0] not in _OF_TIME)


def _within(item: Any, start: datetime, end: datetime) -> bool:
    begins = item.get("starting_at") if isinstance(item, dict) else None
    return begins is None or start <= parse_rfc3339(begins) < end
