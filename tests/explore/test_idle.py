"""Who is idle, for how long, and what nobody can know; which keys need a look, and why."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from core.dimensions import Origin
from core.explore.idle import (
    LastSeen,
    Listed,
    find_idle,
    find_suspects,
    find_unlisted,
    find_unused_seats,
    holders_of,
    idle_window,
    listed_keys,
    listed_users,
    seen_last,
)
from core.store.directory import ListedKey, ListedUser

TODAY = date(2026, 11, 25)
START = idle_window(TODAY).start
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


ORIGINS = {1: Origin.PLATFORM, 2: Origin.PLATFORM, 3: Origin.CLAUDE_AI}


def seen(id_, last_day, *connections, label=None, deleted=()):
    days = dict.fromkeys(connections or (1,), last_day)
    mails = {label.lower()} if label and "@" in label else ()
    return LastSeen(
        label or id_ or "?", frozenset({id_} - {None}), frozenset(mails), days, frozenset(deleted)
    )


def listed(id_, *, since=date(2025, 1, 1), active=True, connection=1, mail=None):
    return Listed(connection, id_, mail or "Some body", since, active, mail)


def found(last_seen, lists, uncovered=()):
    idle = find_idle(holders_of(last_seen, lists, TODAY), uncovered, TODAY)
    return [(one.id, one.last_day, one.known) for one in idle]


def unused(last_seen, lists, uncovered=()):
    seats = find_unused_seats(holders_of(last_seen, lists, TODAY), ORIGINS, uncovered, TODAY)
    return [
        (one.seat.id, one.origin.value, one.seat.last_day, one.elsewhere, one.seat.known) for one in seats
    ]


def test_the_window_is_thirty_whole_days():
    assert (START, idle_window(TODAY).end) == (date(2026, 10, 26), TODAY)


@pytest.mark.parametrize(
    ("last_day", "idle"), [(TODAY, False), (START, False), (START - timedelta(days=1), True), (None, True)]
)
def test_a_listed_one_is_idle_without_use_in_the_window(last_day, idle):
    last_seen = [seen("u1", last_day)] if last_day else []
    assert found(last_seen, [listed("u1")]) == ([("u1", last_day, True)] if idle else [])


def test_who_is_new_gone_or_switched_off_is_not_idle():
    lists = [listed("new", since=START), listed("off", active=False)]
    assert found([seen("left", date(2026, 1, 1))], lists) == []


def test_without_a_list_past_users_are_idle_but_deleted_ones():
    last_seen = [
        seen("u1", date(2026, 5, 1), 3),
        seen("u2", date(2026, 5, 1), 3, deleted=[3]),
        seen("u3", TODAY, 3),
        seen(None, date(2026, 4, 1), 3),
    ]
    assert found(last_seen, [listed("k1", connection=1)]) == [
        ("k1", None, True),
        (None, date(2026, 4, 1), True),
        ("u1", date(2026, 5, 1), True),
    ]


def test_where_days_are_missing_idle_is_unknown():
    assert found([], [listed("u1"), listed("u2", connection=2)], uncovered={2}) == [
        ("u1", None, True),
        ("u2", None, False),
    ]


def test_use_elsewhere_counts_and_so_do_gaps_elsewhere():
    assert found([seen("u1", TODAY, 3)], [listed("u1")]) == []
    assert found([seen("u1", date(2026, 1, 1), 3)], [listed("u1")], uncovered={3}) == [
        ("u1", date(2026, 1, 1), False)
    ]


def test_use_under_another_id_of_the_same_e_mail_is_use():
    lists = [listed("u1", mail="ada@x.org")]
    spends = seen("u2", TODAY, 3, label="Ada@X.org")
    assert found([spends], lists) == []
    assert unused([spends], lists) == [("u1", "Claude Platform", None, TODAY, True)]
    assert found([seen("u2", TODAY, 3, label="bob@x.org")], lists) == [("u1", None, True)]


def test_a_person_in_two_lists_is_idle_once():
    lists = [listed("u1", mail="ada@x.org"), listed("u2", connection=2, mail="ada@x.org")]
    assert found([], lists) == [("u1", None, True)]
    assert unused([], lists) == []


def test_a_seat_is_unused_only_where_no_connection_of_the_origin_saw_use():
    lists = [listed("u1"), listed("u1", connection=2)]
    assert unused([seen("u1", TODAY, 2)], lists) == []
    ago = date(2026, 5, 1)
    both = LastSeen("u1", frozenset({"u1"}), frozenset(), {2: TODAY, 3: ago})
    assert found([both], lists) == []
    assert unused([both], lists) == [("u1", "claude.ai", ago, TODAY, True)]
    assert unused([both], lists, uncovered={3}) == [("u1", "claude.ai", ago, TODAY, False)]
    gone = LastSeen("u1", frozenset({"u1"}), frozenset(), {2: TODAY, 3: ago}, frozenset({3}))
    assert unused([gone], lists) == []
    assert unused([seen("u1", TODAY, 3)], [listed("u1", since=START)]) == []


def test_the_last_name_in_each_connection_says_who_was_deleted():
    day = date(2026, 10, 1)
    columns = ("identity", "label", "name", "id", "connection_id", "last_day", "first_day")
    rows = [
        ("p", "ada@x.org", "Ada@x.org", "u1", 1, TODAY, TODAY),
        ("p", "ada@x.org", "Deleted User", "u2", 3, TODAY, TODAY),
        ("p", "ada@x.org", "ada@x.org", "u2", 3, day, day),
        ("q", "Bot", "Bot", None, 3, day, day),
    ]
    ada, bot = seen_last(pl.DataFrame(rows, schema=columns, orient="row"))
    assert ada == LastSeen(
        "ada@x.org",
        frozenset({"u1", "u2"}),
        frozenset({"ada@x.org"}),
        {1: TODAY, 3: TODAY},
        frozenset({3}),
        day,
    )
    assert bot == LastSeen("Bot", frozenset(), frozenset(), {3: day}, first_day=day)


def key(id_="k1", **changes):
    fields = {
        "connection_id": 1, "id": id_, "name": "key", "status": "active", "created_at": LONG_AGO,
        "expires_at": None, "gone_at": None, "created_by_id": "user_1", "creator": "a@x",
        "creator_gone_at": None,
    }  # fmt: skip
    return ListedKey(**{**fields, **changes})


def reasons(one, last_day=TODAY, users_listed=(1,)):
    flagged = find_suspects([one], {one.id: last_day} if last_day else {}, users_listed, TODAY)
    return [reason for each in flagged for reason in each.reasons]


def test_an_active_key_of_somebody_present_is_fine():
    assert reasons(key()) == []


@pytest.mark.parametrize("status", ["inactive", "archived", "expired", "suspended"])
def test_a_key_that_is_not_active_and_still_used(status):
    assert reasons(key(status=status)) == [f"Its state is “{status}”."]
    assert reasons(key(status=status), last_day=START - timedelta(days=1)) == []
    assert reasons(key(status=status), last_day=None) == []


def test_an_expired_key_is_at_fault_only_after_its_end():
    ended = datetime(2026, 11, 10, 12, tzinfo=UTC)
    assert reasons(key(status="expired", expires_at=ended), last_day=date(2026, 11, 10)) == []
    assert reasons(key(status="expired", expires_at=ended)) == ["Expired on 2026-11-10 and used after it."]
    assert reasons(key(status="active", expires_at=ended)) == ["Expired on 2026-11-10 and used after it."]


def test_a_key_that_left_the_list():
    gone = datetime(2026, 11, 12, tzinfo=UTC)
    assert reasons(key(gone_at=gone)) == ["No longer in the list of API keys since 2026-11-12."]


def test_a_creator_who_is_gone():
    assert reasons(key(creator=None)) == ["Its creator is not in the list of users."]
    assert reasons(key(creator_gone_at=datetime(2026, 10, 2, tzinfo=UTC))) == [
        "Its creator is no longer in the list of users since 2026-10-02."
    ]


def test_of_creators_nothing_is_said_where_nothing_is_known():
    assert reasons(key(creator=None), users_listed=()) == []
    assert reasons(key(created_by_id=None, creator=None)) == []
    assert reasons(key(created_by_id="svac_1", creator=None)) == []


def test_all_reasons_are_given():
    assert len(reasons(key(status="inactive", creator=None))) == 2


def used_key(last_day, first_day, id_="k9"):
    return LastSeen("k9", frozenset({id_} - {None}), frozenset(), {1: last_day}, first_day=first_day)


def unlisted(sighting, keys=(), read_on=None):
    found_ = find_unlisted([sighting], keys, {1: TODAY} if read_on is None else read_on, TODAY)
    return [(one.connection_id, one.id, one.creator) for one in found_]


def test_a_used_key_in_no_list_needs_a_look():
    stranger = used_key(TODAY, date(2026, 3, 1))
    assert unlisted(stranger) == [(1, "k9", None)]
    assert unlisted(stranger, [key("k9", gone_at=LONG_AGO)]) == [], "the list had it"


def test_a_key_newer_than_the_list_is_no_stranger():
    assert unlisted(used_key(TODAY, TODAY)) == []
    assert unlisted(used_key(TODAY, TODAY - timedelta(days=1))) != []


def test_of_strangers_nothing_is_said_where_nothing_is_known():
    used = used_key(TODAY, LONG_AGO.date())
    assert unlisted(used, read_on={}) == unlisted(used, read_on={2: TODAY}) == []
    assert unlisted(used_key(TODAY, LONG_AGO.date(), None)) == []
    assert unlisted(used_key(START - timedelta(days=1), LONG_AGO.date())) == []


def test_who_counts_as_active():
    (gone, off, on) = listed_keys([key(gone_at=LONG_AGO), key(status="inactive"), key()])
    assert (gone.active, off.active, on.active) == (False, False, True)
    users = listed_users([ListedUser(1, "u", "a", LONG_AGO, None), ListedUser(1, "v", "b", None, LONG_AGO)])
    assert [(one.active, one.since) for one in users] == [(True, date(2025, 1, 1)), (False, None)]
