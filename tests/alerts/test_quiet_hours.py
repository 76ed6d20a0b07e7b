"""Hours in which nothing is sent, by the clocks of a place; and rules that name their channels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.alerts.deliver import send_due
from core.alerts.kinds import hook_content
from core.errors import InputError
from core.settings import Settings
from core.store.channels import Channel, add_channel, delete_channel
from core.store.database import database
from core.store.outbox import Alert, MessageState, Phase, add_alert, channel_problems, list_alerts
from core.store.quiet_hours import QuietHours, set_quiet_hours
from core.store.secrets import Vault
from tests.support.receivers import HookServer, running

NIGHT = QuietHours("22:00", "07:00", "Europe/Berlin")
EVENING = datetime(2026, 11, 26, 21, 30, tzinfo=UTC)
"""Half past ten in Berlin."""
MORNING = datetime(2026, 11, 27, 6, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ALERT = Alert("amount:1@1", "amount", Phase.BEGUN, "Too much", "It is.", "cost", EVENING)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path, allow_private_webhooks=True)


def hooked(settings: Settings, server: HookServer, name: str = "Ops") -> Channel:
    with database(settings) as db:
        content = hook_content("webhook", server.url, "a long random text 55")
        return add_channel(db, Vault(settings), name, content, EVENING)


@pytest.mark.parametrize(
    ("hours", "instant", "over_at"),
    [
        (NIGHT, "2026-11-26T20:59:59", "2026-11-26T20:59:59"),
        (NIGHT, "2026-11-26T21:00:00", "2026-11-27T06:00:00"),
        (NIGHT, "2026-11-27T05:59:59", "2026-11-27T06:00:00"),
        (NIGHT, "2026-11-27T06:00:00", "2026-11-27T06:00:00"),
        (NIGHT, "2026-07-01T20:00:00", "2026-07-02T05:00:00"),  # summer time
        (NIGHT, "2026-10-24T21:00:00", "2026-10-25T06:00:00"),  # the night that has an hour more
        (NIGHT, "2026-03-28T22:00:00", "2026-03-29T05:00:00"),  # the night that has an hour less
        (QuietHours("12:00", "13:30", "UTC"), "2026-11-26T13:29:00", "2026-11-26T13:30:00"),
        (QuietHours("12:00", "13:30", "Asia/Kathmandu"), "2026-11-26T06:15:00", "2026-11-26T07:45:00"),
    ],
)
def test_when_it_is_quiet(hours: QuietHours, instant: str, over_at: str) -> None:
    at, over = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (instant, over_at))
    assert hours.include(at) is (at != over)
    assert hours.over_at(at) == over


@pytest.mark.parametrize(
    "given",
    [("24:00", "07:00", "UTC"), ("22", "7", "UTC"), ("", "", "UTC"), ("22:00", "22:00", "UTC"),
     ("22:00", "07:00", ""), ("22:00", "07:00", "../../etc/passwd"), ("22:00", "07:00", "Berlin")],
)  # fmt: skip
def test_what_are_no_quiet_hours_is_refused(given: tuple[str, str, str]) -> None:
    with pytest.raises(InputError):
        QuietHours(*given)


def test_what_comes_in_quiet_hours_is_sent_when_they_end(settings: Settings) -> None:
    with running(HookServer()) as server:
        hooked(settings, server)
        with database(settings) as db:
            set_quiet_hours(db, NIGHT)
            add_alert(db, ALERT)
        assert send_due(settings, lambda: EVENING) == send_due(settings, lambda: MORNING - MINUTE) == []
        assert not server.posts
        assert [outcome.problem for outcome in send_due(settings, lambda: MORNING)] == [""]
        assert send_due(settings, lambda: MORNING + MINUTE) == []
    assert len(server.posts) == 1


@pytest.mark.parametrize("lets_through", [False, True])
def test_what_is_told_of_syncs_may_be_sent_at_any_hour(settings: Settings, lets_through: bool) -> None:
    with running(HookServer()) as server:
        hooked(settings, server)
        with database(settings) as db:
            set_quiet_hours(db, QuietHours("22:00", "07:00", "Europe/Berlin", lets_through))
            add_alert(db, ALERT)
            add_alert(db, Alert("sync:1@1", "sync", Phase.BEGUN, "It failed", "", "sync", EVENING))
        sent = [outcome.subject for outcome in send_due(settings, lambda: EVENING)]
    assert sent == ["It failed"] * lets_through


def test_quiet_hours_longer_than_a_day_of_tries_leave_one(settings: Settings) -> None:
    """It failed at eight and it was quiet again from ten: the next evening it is tried once more."""
    with running(HookServer()) as server:
        server.status = 500
        channel = hooked(settings, server)
        with database(settings) as db:
            set_quiet_hours(db, QuietHours("22:00", "20:00", "UTC"))
            add_alert(db, Alert("a", "amount", Phase.BEGUN, "s", "t", "", EVENING + timedelta(hours=1)))
        evening = datetime(2026, 11, 27, 20, 0, tzinfo=UTC)
        assert len(send_due(settings, lambda: evening)) == 1
        with database(settings) as db:
            assert "500" in channel_problems(db)[channel.id]
        assert send_due(settings, lambda: evening + timedelta(hours=3)) == []
        server.status = 200
        assert len(send_due(settings, lambda: evening + timedelta(days=1))) == 1
    with database(settings) as db:
        ((_, (message,)),) = list_alerts(db, EVENING)
        assert channel_problems(db) == {}
    assert message.state is MessageState.SENT


def test_a_rule_goes_out_by_the_channels_it_names(settings: Settings) -> None:
    with running(HookServer()) as server:
        named, _other = hooked(settings, server, "Named"), hooked(settings, server, "Other")
        with database(settings) as db:
            add_alert(db, ALERT, channels=[named.id])
            add_alert(db, ALERT, channels=None)
            delete_channel(db, named.id)
            add_alert(db, ALERT, channels=[named.id])
            names = [[m.channel_name for m in messages] for _, messages in list_alerts(db, EVENING)]
    assert names == [[], ["Named", "Other"], ["Named"]]
