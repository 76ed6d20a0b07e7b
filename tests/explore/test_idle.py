"""Who is idle, for how long, and what nobody can know; which keys need a look, and why."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.explore.idle import (
    LastSeen,
    Listed,
    find_idle,
    find_suspects,
    find_unlisted,
    idle_window,
    listed_keys,
    listed_users,
)
from core.store.directory import ListedKey, ListedUser

TODAY = date(2026, 11, 25)
START = idle_window(TODAY).start
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def seen(id_, last_day, *connections, label="a@x"):
    return LastSeen(id_, label, connections or (1,), last_day)


def listed(id_, *, since=date(2025, 1, 1), active=True, connection=1):
    return Listed(connection, id_, "a@x", since, active)


def found(last_seen, lists, uncovered=()):
    return [(one.id, one.last_day, one.known) for one in find_idle(last_seen, lists, uncovered, TODAY)]


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
        seen("u2", date(2026, 5, 1), 3, label="Deleted User"),
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


def unlisted(sighting, keys=(), read_on=None):
    found_ = find_unlisted([sighting], keys, {1: TODAY} if read_on is None else read_on, TODAY)
    return [(one.connection_id, one.id, one.creator) for one in found_]


def test_a_used_key_in_no_list_needs_a_look():
    stranger = LastSeen("k9", "k9", (1,), TODAY, date(2026, 3, 1))
    assert unlisted(stranger) == [(1, "k9", None)]
    assert unlisted(stranger, [key("k9", gone_at=LONG_AGO)]) == [], "the list had it"


def test_a_key_newer_than_the_list_is_no_stranger():
    assert unlisted(LastSeen("k9", "k9", (1,), TODAY, TODAY)) == []
    assert unlisted(LastSeen("k9", "k9", (1,), TODAY, TODAY - timedelta(days=1))) != []


def test_of_strangers_nothing_is_said_where_nothing_is_known():
    used = LastSeen("k9", "k9", (1,), TODAY, LONG_AGO.date())
    assert unlisted(used, read_on={}) == unlisted(used, read_on={2: TODAY}) == []
    assert unlisted(LastSeen(None, "Console", (1,), TODAY, LONG_AGO.date())) == []
    assert unlisted(LastSeen("k9", "k9", (1,), START - timedelta(days=1), LONG_AGO.date())) == []


def test_who_counts_as_active():
    (gone, off, on) = listed_keys([key(gone_at=LONG_AGO), key(status="inactive"), key()])
    assert (gone.active, off.active, on.active) == (False, False, True)
    users = listed_users([ListedUser(1, "u", "a", LONG_AGO, None), ListedUser(1, "v", "b", None, LONG_AGO)])
    assert [(one.active, one.since) for one in users] == [(True, date(2025, 1, 1)), (False, None)]
