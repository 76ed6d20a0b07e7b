"""Every fault at the first, a middle and the last page of every list, report and control total."""

from __future__ import annotations

import pytest

from core.store.states import FAILED
from core.ui.app.text import markdown_text
from tests.faults.catalog import CASES, CONNECTION, DAYS, FAULTS, MIDDLES, NOTHING, WINDOW, Fault
from tests.faults.company import Company, connection_name, struck
from tests.faults.conftest import Lab
from tests.faults.places import LIST, Place
from tests.faults.record import Record
from tests.faults.world import CONNECTION_IDS, REPORTS, Content, Rows, answering, content, servers

MOST_REQUESTS = 40
"""Of one connection in one run; undisturbed it sends up to 14."""

ONE_EACH = [next(case for case in MIDDLES if case[0] is fault) for fault in FAULTS]
WIDE = [*ONE_EACH, *(case for case in MIDDLES if case[0].title == "500")]
"""Once for each fault and for each report the other connection is synced beside the struck one, the ledger is
built, looked through and compared, and ``status`` is asked. None of it depends on the page that is struck.
"""


@pytest.mark.parametrize(("fault", "place"), CASES, ids=str)
def test_nothing_is_lost_and_the_next_sync_heals(
    company: Company, lab: Lab, seen: Record, fault: Fault, place: Place
) -> None:
    wide = (fault, place) in WIDE
    transport_for, server = struck(fault, place)
    only = () if wide else ("--connection", connection_name(place))
    code, said = company.sync(transport_for, *only, build=wide)
    assert server.strikes and server.requests <= MOST_REQUESTS
    assert company.time.slept <= fault.waits
    _require_whole(company, lab, fault, place, wide=wide)
    seen.note(fault, place, _require_said(company, fault, place, code, said))
    if wide:
        assert company.state(place).message in company.command("status")[1]
    _require_healed(company, lab, place, wide=wide)


def _require_whole(company: Company, lab: Lab, fault: Fault, place: Place, *, wide: bool) -> None:
    """Each window is as it was or as it is now, and all that need not wait is as it is now."""
    before, now = lab.held(place.kind), lab.undisturbed(place.kind)
    found = content(company.settings, with_ledger=False)
    if fault.stops_at(place) not in (NOTHING, DAYS):
        assert found.window(place.kind) == before.window(place.kind)
    elif fault.stops_at(place) == DAYS:
        _require_whole_days(*(content.window(place.kind) for content in (before, found, now)))
    for name in REPORTS:
        if wide or _is_beside(name, place):
            _require_report(name, (before, found, now), fault, place)


def _require_whole_days(before: Rows, found: Rows, now: Rows) -> None:
    """Some days are as they were, the others as they are now; none is in between."""
    days = {row[1] for row in (*before, *now)}
    of = {name: _by_day(rows, days) for name, rows in (("before", before), ("found", found), ("now", now))}
    assert all(of["found"][day] in (of["before"][day], of["now"][day]) for day in days)
    assert any(of["found"][day] == of["now"][day] for day in days)
    assert any(of["found"][day] != of["now"][day] for day in days)


def _by_day(rows: Rows, days: set[object]) -> dict[object, Rows]:
    return {day: [row for row in rows if row[1] == day] for day in days}


def _is_beside(name: str, place: Place) -> bool:
    """Whether a report is of the struck connection."""
    return name.startswith("claude_ai") == place.kind.of_claude_ai


def _require_report(name: str, states: tuple[Content, Content, Content], fault: Fault, place: Place) -> None:
    for older in (False, True):
        before, found, now = (state.report(name, older=older) for state in states)
        if name == place.kind.name:
            goes_on = older and fault.stops_at(place) in (WINDOW, DAYS, NOTHING)
        else:
            goes_on = not (_is_beside(name, place) and fault.stops_at(place) == CONNECTION)
        whole = found == now if goes_on else found in (before, now)
        assert whole or (name == place.kind.name and fault.stops_at(place) in (NOTHING, DAYS))


def _require_said(company: Company, fault: Fault, place: Place, code: int, said: str) -> str:
    """The same sentences on the command line and kept with the report."""
    state = company.state(place)
    if fault.stops_at(place) == NOTHING:
        assert (code, said, state.state) == (0, "", "ok")
        return ""
    assert (code, state.state) == (1, FAILED)
    assert fault.says in state.message and state.message in said
    assert state.message.endswith(".") and "Traceback" not in said
    assert (state.period is None) is (place.kind.shape == LIST)
    if fault.named:
        assert state.request_id and f"(Anthropic request id: {state.request_id})" in said
    return state.message


def _require_healed(company: Company, lab: Lab, place: Place, *, wide: bool) -> None:
    assert company.sync(answering(servers()), "--connection", connection_name(place), build=wide) == (0, "")
    assert company.state(place).state == "ok"
    found, wanted = content(company.settings, with_ledger=wide), lab.undisturbed(place.kind)
    connection_id = CONNECTION_IDS[connection_name(place)]
    assert found.of(connection_id) == wanted.of(connection_id)
    assert found == wanted or not wide


@pytest.mark.parametrize(("fault", "place"), ONE_EACH, ids=str)
def test_the_page_says_what_the_command_line_says(company: Company, fault: Fault, place: Place) -> None:
    company.sync(struck(fault, place)[0], build=False)
    page = company.page()
    if fault.stops_at(place) == NOTHING:
        assert page == ""
    else:
        assert markdown_text(company.state(place).message) in page
        assert "The last sync is incomplete" in page


@pytest.mark.parametrize(("fault", "place"), [case for case in MIDDLES if case[0].passing], ids=str)
def test_what_passes_is_tried_again_and_is_no_failure(
    company: Company, lab: Lab, fault: Fault, place: Place, seen: Record
) -> None:
    transport_for, server = struck(fault, place, times=1)
    assert company.sync(transport_for, build=False) == (0, "")
    assert server.strikes == 1 and company.time.slept > 0
    assert content(company.settings, with_ledger=False).facts == lab.undisturbed(place.kind).facts
    seen.passed.add(fault.title)
