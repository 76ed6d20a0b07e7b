"""Anthropic's own limits in a sync: stored where they are told, and nobody's failure where they are not."""

from __future__ import annotations

from typing import Any

import pytest

from core.dimensions import Origin
from core.settings import Settings
from core.store.connections import remove_connection
from core.store.database import database
from core.store.erasing import erase_person, find_person
from core.store.failures import count_failures
from core.store.spend_limits import (
    LimitAnswer,
    LimitList,
    MemberLimit,
    Refused,
    SpendLimit,
    limit_answers,
    list_member_limits,
    list_spend_limits,
)
from core.store.states import list_states
from tests.api.fakes import USER_COST
from tests.api.test_spend_limits import MEMBER, SET
from tests.sync.anthropic import LIMITS, NOW, Anthropic, connected, refuse, sync

LISTS: dict[str, list[dict[str, Any]]] = {"spend_limits": [SET], "effective": [MEMBER]}


def server(**given: Any) -> Anthropic:
    return Anthropic(**{"serves_limits": True, "lists": LISTS, "watermark": NOW, **given})


def stored(settings: Settings) -> tuple[list[SpendLimit], list[MemberLimit], list[LimitAnswer]]:
    with database(settings) as db:
        return list_spend_limits(db), list_member_limits(db), limit_answers(db)


def refusals(settings: Settings) -> list[Refused | None]:
    return [answer.refused for answer in stored(settings)[2]]


def test_an_enterprise_has_both_lists_to_the_last_fraction_of_a_cent(settings: Settings) -> None:
    connected(settings, origin=Origin.CLAUDE_AI)
    assert sync(settings, server()).outcome == "ok"
    limits, members, answers = stored(settings)
    assert [(limit.scope_type, limit.scope_id, limit.amount) for limit in limits] == [
        ("workspace", "wrkspc_1", 50_000 * 10**6)
    ]
    (member,) = members
    assert (member.user, member.amount, member.spent) == ("ann@acme.com", None, 12_050_500_000)
    assert (member.source_type, member.source_id, member.period) == ("seat_tier", "premium", "daily")
    assert [(answer.list, answer.refused, answer.read_at) for answer in answers] == [
        (LimitList.MEMBERS, None, NOW),
        (LimitList.SET, None, NOW),
    ]


def test_the_platform_is_not_asked_for_members(settings: Settings) -> None:
    connected(settings)
    anthropic = server()
    sync(settings, anthropic)
    assert [path for path in anthropic.paths() if path in LIMITS] == [LIMITS[0]]
    assert stored(settings)[1] == []


@pytest.mark.parametrize(
    ("status", "message", "why"),
    [
        (403, "This API key has the scopes [read:analytics] but needs [read:spend_limits].", Refused.SCOPE),
        (403, "This organization is not enrolled in the beta of this endpoint.", Refused.NOT_OFFERED),
        (400, "This endpoint is not available to organizations of this type.", Refused.NOT_OFFERED),
        (404, "Not found", Refused.NOT_OFFERED),
    ],
)
def test_a_refusal_is_no_failure(settings: Settings, status: int, message: str, why: Refused) -> None:
    connected(settings)
    refusing = server(rules=[refuse("/spend_limits", status, message)])
    assert sync(settings, refusing).outcome == "ok"
    assert refusals(settings) == [why]
    with database(settings) as db:
        assert sum(count_failures(db).values()) == 0


def test_a_scope_that_was_taken_away_takes_the_limits_along(settings: Settings) -> None:
    connected(settings)
    sync(settings, server())
    sync(settings, server(serves_limits=False))
    assert stored(settings)[0] == [] and refusals(settings) == [Refused.SCOPE]
    sync(settings, server())
    assert len(stored(settings)[0]) == 1 and refusals(settings) == [None]


def test_a_failure_keeps_what_was_read_before_and_is_told(settings: Settings) -> None:
    connected(settings)
    sync(settings, server())
    run = sync(settings, server(rules=[refuse("/spend_limits", 500)]))
    assert run.outcome == "partial" and len(stored(settings)[0]) == 1
    with database(settings) as db:
        states = {state.stream: state.state for state in list_states(db, 1)}
    assert states["spend_limits"] == "failed"
    assert sync(settings, server()).outcome == "ok"


def test_entries_that_cannot_be_read_are_counted_and_the_others_kept(settings: Settings) -> None:
    connected(settings)
    lists = {"spend_limits": [SET, {**SET, "amount": "a lot"}, {**SET, "amount": None}]}
    assert sync(settings, server(lists=lists)).outcome == "ok"
    limits, _, (answer,) = stored(settings)
    assert [limit.amount for limit in limits] == [50_000 * 10**6, None] and answer.left_out == 1


def test_a_list_is_replaced_whole_and_goes_with_its_connection(settings: Settings) -> None:
    connected(settings, "Research", "Labs")
    sync(settings, server(lists={"spend_limits": [SET, {**SET, "id": "spl_2"}]}))
    sync(settings, server())
    assert [limit.connection_id for limit in stored(settings)[0]] == [1, 2]
    with database(settings) as db:
        remove_connection(db, 1)
    limits, _, answers = stored(settings)
    assert [limit.connection_id for limit in limits] == [answer.connection_id for answer in answers] == [2]


def test_a_service_that_has_just_failed_is_not_asked(settings: Settings) -> None:
    connected(settings)
    failing = server(rules=[refuse("/cost_report", 500)])
    sync(settings, failing)
    assert not set(LIMITS) & set(failing.paths())


def test_who_was_erased_is_gone_at_once_and_comes_back_with_no_later_sync(settings: Settings) -> None:
    connected(settings, origin=Origin.CLAUDE_AI)
    of_person = {**SET, "scope": {"type": "user", "user_id": "user_1"}}
    other = {**MEMBER, "scope": {"type": "user", "user_id": "user_2"}, "actor": None}
    lists = {"spend_limits": [SET, of_person], "effective": [MEMBER, other]}
    sync(settings, server(lists=lists))
    with database(settings) as db:
        erase_person(db, find_person(db, USER_COST["actor"]["user_id"]), NOW)
    for _ in range(2):
        limits, members, _ = stored(settings)
        assert ([limit.scope_id for limit in limits], [member.user_id for member in members]) == (
            ["wrkspc_1"],
            ["user_2"],
        )
        sync(settings, server(lists=lists))
