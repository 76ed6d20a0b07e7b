"""What a service grants: read from its refusals, kept, and tried again after a while."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlite_utils import Database

from core.errors import (
    ApiError,
    AuthenticationError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RequestTooLargeError,
    ServerError,
)
from core.settings import Settings
from core.store.learned import Fact, Learned, read_learned
from core.sync.grants import Grants
from tests.sync.anthropic import NOW, add

USAGE = "platform_usage"
CAP = "dimensions a question"
LIVE = "Cannot specify more than 5 group_by[] dimensions."


def refusal(said: str = LIVE, kind: type[ApiError] = InvalidRequestError) -> ApiError:
    return kind("Refused.", said=said)


def knowing(value: object = None, *, days_ago: int = 0, stream: str = USAGE, name: str = CAP) -> Grants:
    """What a run begins with, where one thing was learned so long ago."""
    if value is None:
        return Grants(Learned(), NOW)
    fact = Fact(stream, name, str(value), NOW - timedelta(days=days_ago))
    return Grants(Learned({(stream, name): fact}), NOW)


@pytest.mark.parametrize(
    ("said", "cap"),
    [
        (LIVE, 5),
        ("Cannot specify more than 3 group_by[] dimensions.", 3),
        ("group_by[]: at most 4 dimensions are allowed", 4),
        ("At most 6 values may be given for group_by.", 6),
        ("group_by accepts a maximum of 2 dimensions", 2),
        ("The maximum 7 group_by[] dimensions was exceeded", 7),
        ("You may specify UP TO 8 dimensions in group_by[].", 8),
        ("group_by[] supports up to 12 dimensions", 12),
        ("Too many dimensions in group_by[].", 5),  # no number: what was read live elsewhere
    ],
)
def test_a_cap_is_read_from_a_refusal(said: str, cap: int) -> None:
    grants = knowing()
    assert grants.cap(USAGE) is None
    assert grants.give_way(USAGE, refusal(said), with_speed=True)
    assert grants.cap(USAGE) == cap and grants.tells_speed(USAGE)
    assert grants.cap("claude_ai_user_cost") is None  # it holds for that report alone


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Invalid date range: ending date must be after starting date",
        "limit: Input should be less than or equal to 7",
        "This organization may not use dimensions",
        "You can make at most 5 requests a minute.",
        "group_by[] value is unknown: flavour",
    ],
)
def test_a_refusal_of_something_else_is_no_cap(said: str) -> None:
    grants = knowing()
    assert not grants.give_way(USAGE, refusal(said), with_speed=False)
    assert grants.cap(USAGE) is None


@pytest.mark.parametrize("said", [LIVE, "group_by[]: at most 5 dimensions", "up to 9 group_by[] dimensions"])
def test_a_cap_that_is_no_smaller_is_no_lesson_so_that_asking_ends(said: str) -> None:
    grants = knowing(5)
    assert not grants.give_way(USAGE, refusal(said), with_speed=False)
    assert grants.cap(USAGE) == 5


def test_without_a_number_the_cap_goes_down_to_one_and_then_ends() -> None:
    grants, seen = knowing(), []
    while grants.give_way(USAGE, refusal("Too many group_by dimensions."), with_speed=False):
        seen.append(grants.cap(USAGE))
    assert seen == [5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    "kind", [AuthenticationError, NotFoundError, RequestTooLargeError, ServerError, ApiError]
)
def test_only_a_refusal_of_the_question_teaches(kind: type[ApiError]) -> None:
    grants = knowing()
    assert not grants.give_way(USAGE, refusal(kind=kind), with_speed=True)
    assert grants.tells_speed(USAGE) and grants.cap(USAGE) is None


# Speed


@pytest.mark.parametrize("kind", [InvalidRequestError, PermissionDeniedError])
def test_speed_is_left_out_where_a_question_with_it_is_refused(kind: type[ApiError]) -> None:
    grants = knowing()
    assert grants.give_way(USAGE, refusal("No.", kind), with_speed=True) and not grants.tells_speed(USAGE)
    grants.answered(USAGE)
    assert not grants.tells_speed(USAGE)


def test_speed_was_not_to_blame_where_a_question_without_it_is_refused_too() -> None:
    grants = knowing()
    assert grants.give_way(USAGE, refusal("No."), with_speed=True) and not grants.tells_speed(USAGE)
    assert not grants.give_way(USAGE, refusal("No."), with_speed=False) and grants.tells_speed(USAGE)


def test_speed_stays_left_out_where_a_later_question_is_refused_for_another_reason() -> None:
    grants = knowing()
    grants.give_way(USAGE, refusal("No."), with_speed=True)
    grants.answered(USAGE)
    assert not grants.give_way(USAGE, refusal("No."), with_speed=False) and not grants.tells_speed(USAGE)


def test_a_cap_found_on_the_way_leaves_open_whether_speed_was_to_blame() -> None:
    grants = knowing()
    grants.give_way(USAGE, refusal("No."), with_speed=True)
    assert grants.give_way(USAGE, refusal(), with_speed=False) and not grants.tells_speed(USAGE)
    assert not grants.give_way(USAGE, refusal("No."), with_speed=False) and grants.tells_speed(USAGE)


def test_speed_is_refused_by_one_report_and_granted_by_another() -> None:
    grants = knowing()
    assert grants.give_way("platform_cost", refusal("No."), with_speed=True)
    assert not grants.tells_speed("platform_cost") and grants.tells_speed(USAGE)


def test_speed_that_was_not_to_blame_once_is_not_blamed_again() -> None:
    grants = knowing()
    assert grants.give_way("platform_cost", refusal("No."), with_speed=True)
    assert not grants.give_way("platform_cost", refusal("No."), with_speed=False)
    assert not grants.give_way("platform_cost", refusal("No."), with_speed=True)
    assert grants.tells_speed("platform_cost")


def test_speed_of_a_report_that_was_asked_without_it_is_not_touched() -> None:
    grants = knowing()
    assert not grants.give_way("platform_cost", refusal("No."), with_speed=False) and grants.tells_speed(
        USAGE
    )


# Rows a page


def test_rows_a_page_become_fewer_until_there_are_none_fewer() -> None:
    grants, seen = knowing(), []
    assert grants.rows("claude_ai_user_cost") == 1000
    while grants.fewer_rows("claude_ai_user_cost"):
        seen.append(grants.rows("claude_ai_user_cost"))
    assert seen == [100, 20] and grants.rows("claude_ai_user_usage") == 1000


# Kept, and tried again


def stored(db: Database) -> dict[tuple[str, str], tuple[str, Any]]:
    facts = read_learned(db, 1).facts.values()
    return {(fact.stream, fact.name): (fact.value, fact.learned_at) for fact in facts}


def test_what_was_learned_is_kept_for_the_connection(db: Database, settings: Settings) -> None:
    add(db, settings)
    add(db, settings, "Other", "org_2")
    grants = knowing()
    grants.give_way(USAGE, refusal(), with_speed=True)
    grants.save(db, 1)
    assert stored(db) == {(USAGE, CAP): ("5", NOW)} and read_learned(db, 2).facts == {}
    later = Grants(read_learned(db, 1), NOW + timedelta(days=1))
    assert later.cap(USAGE) == 5
    later.save(db, 1)
    assert stored(db) == {(USAGE, CAP): ("5", NOW)}


@pytest.mark.parametrize(("days", "known"), [(0, 5), (1, 5), (29, 5), (30, 5), (31, None), (400, None)])
def test_what_was_learned_long_ago_is_tried_again(days: int, known: int | None) -> None:
    assert knowing(5, days_ago=days).cap(USAGE) == known


def test_a_trial_that_fails_keeps_it_for_another_while(db: Database, settings: Settings) -> None:
    add(db, settings)
    before = knowing()
    before.note(USAGE, CAP, 5)
    before.save(db, 1)
    then = NOW + timedelta(days=31)
    trial = Grants(read_learned(db, 1), then)
    assert trial.cap(USAGE) is None and trial.give_way(USAGE, refusal(), with_speed=True)
    trial.granted(USAGE, CAP)  # what was learned just now is not undone by what was asked before it
    trial.save(db, 1)
    assert stored(db) == {(USAGE, CAP): ("5", then)}


def test_a_trial_that_succeeds_forgets_it(db: Database, settings: Settings) -> None:
    add(db, settings)
    before = knowing()
    before.note(USAGE, CAP, 5)
    before.save(db, 1)
    trial = Grants(read_learned(db, 1), NOW + timedelta(days=31))
    trial.granted(USAGE, CAP)
    trial.save(db, 1)
    assert stored(db) == {}


def test_without_a_trial_nothing_is_forgotten(db: Database, settings: Settings) -> None:
    add(db, settings)
    before = knowing()
    before.note(USAGE, CAP, 5)
    before.save(db, 1)
    early = Grants(read_learned(db, 1), NOW + timedelta(days=10))
    early.granted(USAGE, CAP)
    early.save(db, 1)
    assert stored(db) == {(USAGE, CAP): ("5", NOW)}
    unasked = Grants(read_learned(db, 1), NOW + timedelta(days=31))
    unasked.save(db, 1)  # due, but nothing was asked
    assert stored(db) == {(USAGE, CAP): ("5", NOW)}


def test_what_turned_out_not_to_hold_is_forgotten(db: Database, settings: Settings) -> None:
    add(db, settings)
    grants = knowing()
    grants.note(USAGE, CAP, 5)
    grants.save(db, 1)
    grants.outgrown(USAGE, CAP)
    assert grants.cap(USAGE) is None
    grants.save(db, 1)
    assert stored(db) == {}


def test_a_value_that_is_no_number_is_not_known() -> None:
    assert knowing("many").cap(USAGE) is None
