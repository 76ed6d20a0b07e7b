"""A clock that is wrong, or jumps: no day is taken for another, or for final."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from core.clock import Clock
from core.periods import ONE_DAY, day_of
from core.store.connections import Connection
from core.store.coverage import covered_days, is_final
from core.store.database import database
from core.sync.worker import needs_refresh
from core.ui.app.text import markdown_text
from tests.faults.company import Company
from tests.faults.conftest import Lab
from tests.faults.places import MIDDLE, USAGE, Place
from tests.faults.record import CLOCK, Record
from tests.faults.world import NOW, REPORTS, TODAY, PagedAnthropic, Transport, answering, content, servers

pytestmark = pytest.mark.parametrize("place", [Place(USAGE, MIDDLE)], ids=str)

FAR = timedelta(days=60)


@dataclass(frozen=True)
class Jump:
    """A clock that is so far off, and so far after so many requests."""

    first: timedelta
    then: timedelta
    after: int = 0

    def clock(self, world: dict[str, PagedAnthropic]) -> Clock:
        def now() -> datetime:
            sent = sum(len(server.asked) for server in world.values())
            return NOW + (self.first if sent < self.after else self.then)

        return now


AHEAD = "two months ahead"
NAMED = {
    AHEAD: Jump(FAR, FAR),
    "two months behind": Jump(-FAR, -FAR),
    "set ahead during the sync": Jump(timedelta(), FAR, 12),
    "set back during the sync": Jump(timedelta(), -FAR, 12),
}
CLOCKS = {**NAMED, "ahead at first, then set right": Jump(FAR, timedelta(), 4)}


def dated(transport_for: Transport) -> Transport:
    """Answers with the date at which they are sent, as a server gives."""

    def dating(connection: Connection) -> httpx.BaseTransport:
        sound = transport_for(connection)

        def answer(request: httpx.Request) -> httpx.Response:
            response = sound.handle_request(request)
            response.headers["date"] = format_datetime(NOW)
            return response

        return httpx.MockTransport(answer)

    return dating


def finals(company: Company, today: datetime = NOW) -> set[tuple[str, str]]:
    """Days that no later sync would ask for again."""
    with database(company.settings) as db:
        return {
            (stream, day.isoformat())
            for stream in REPORTS
            for connection_id in (1, 2)
            for day, coverage in covered_days(db, connection_id, stream).items()
            if is_final(coverage, day, day_of(today))
        }


@pytest.mark.parametrize("title", NAMED)
def test_a_clock_that_is_not_anthropics_is_named(
    company: Company, lab: Lab, seen: Record, place: Place, title: str
) -> None:
    final_before = finals(company)
    world = servers()
    code, said = company.sync(dated(answering(world)), clock=NAMED[title].clock(world))
    assert code == 1 and "This machine's clock says" in said
    assert "Set this machine's clock, then sync again" in said
    assert markdown_text("This machine's clock says") in company.page()
    _require_sound(company, lab, final_before)
    seen.tell(CLOCK, title, "The date of Anthropic's answers shows it: " + _first_sentences(said))
    assert company.sync(dated(answering(servers()))) == (0, "")
    assert content(company.settings) == lab.undisturbed(USAGE)


def _first_sentences(said: str) -> str:
    sentences = said.splitlines()[0].split(": ", 1)[1]
    return "“" + sentences.split(" (Anthropic request id")[0] + "”"


def _require_sound(company: Company, lab: Lab, final_before: set[tuple[str, str]]) -> None:
    """Each day is whole, none is of days to come, and none is final that would not be with a right clock."""
    found, before, now = content(company.settings), lab.held(USAGE), lab.undisturbed(USAGE)
    for name in REPORTS:
        for day in {row[1] for row in found.facts[name]}:
            rows = [[r for r in c.facts[name] if r[1] == day] for c in (found, before, now)]
            assert rows[0] in rows[1:]
    soonest = {(stream, (TODAY - 30 * ONE_DAY).isoformat()) for stream in REPORTS}
    older = {(USAGE.name, (TODAY - n * ONE_DAY).isoformat()) for n in range(31, 35)}
    assert finals(company) <= final_before | soonest | older
    assert all(str(day) <= TODAY.isoformat() for _, _, day, *_ in found.coverage)


@pytest.mark.parametrize("title", CLOCKS)
def test_where_no_answer_tells_a_date_the_right_clock_heals(
    company: Company, lab: Lab, seen: Record, place: Place, title: str
) -> None:
    final_before = finals(company)
    world = servers()
    company.sync(answering(world), clock=CLOCKS[title].clock(world))
    _require_sound(company, lab, final_before)
    if title == AHEAD:
        assert needs_refresh(company.settings, NOW + timedelta(minutes=20)), "a sync of the future is none"
    assert company.sync(answering(servers())) == (0, "")
    assert content(company.settings) == lab.undisturbed(USAGE)
