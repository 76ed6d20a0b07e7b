"""What was learned of a service is kept for its connection, and goes with it."""

from __future__ import annotations

from datetime import timedelta

from sqlite_utils import Database

from core.settings import Settings
from core.store.connections import remove_connection
from core.store.learned import CAP, DAYS, Fact, forget, learn, read_learned
from tests.sync.anthropic import NOW, add


def test_the_latest_value_stands(db: Database, settings: Settings) -> None:
    connection = add(db, settings)
    for n, value in enumerate(("9", "5")):
        learn(db, connection.id, Fact("platform_usage", CAP, value, NOW + timedelta(days=n)))
    learned = read_learned(db, connection.id)
    assert learned.whole("platform_usage", CAP) == 5
    assert learned.facts["platform_usage", CAP].learned_at == NOW + timedelta(days=1)
    assert learned.text("platform_usage", DAYS) is None


def test_words_are_no_numbers(db: Database, settings: Settings) -> None:
    connection = add(db, settings)
    learn(db, connection.id, Fact("", "speed", "no", NOW))
    assert read_learned(db, connection.id).whole("", "speed") is None
    forget(db, connection.id, "", "speed")
    assert not read_learned(db, connection.id).facts


def test_it_goes_with_its_connection(db: Database, settings: Settings) -> None:
    connection = add(db, settings)
    learn(db, connection.id, Fact("", "speed", "no", NOW))
    remove_connection(db, connection.id)
    learn(db, connection.id, Fact("", "speed", "no", NOW))
    assert not read_learned(db, connection.id).facts
