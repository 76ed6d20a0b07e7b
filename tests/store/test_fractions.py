"""Amounts finer than a micro-cent: a total of them is rounded once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlite_utils import Database

from core.store.fractions import round_together
from core.streams import STREAMS
from tests.store.books import connect, cost_row, dump, in_memory, put, window


@pytest.fixture
def db() -> Iterator[Database]:
    with in_memory() as opened:
        connect(opened)
        yield opened


def amounts(db: Database) -> list[int]:
    return [
        row["amount_microcents"] for row in db.query("SELECT amount_microcents FROM platform_cost ORDER BY 1")
    ]


def test_a_days_amounts_add_up_to_their_sum_rounded_once(db: Database) -> None:
    rows = [cost_row(1, 0, 1, text="0.0000006") for _ in range(5)]
    rows += [cost_row(1, 1, 1, text="0.0000006"), cost_row(1, 1, 7, text="0.000007")]
    put(db, window(1, 0, 2), rows)
    assert amounts(db) == [0, 0, 1, 1, 1, 1, 7]
    changed = db.conn.execute("SELECT count(*) FROM day_changes").fetchone()
    assert changed == (0,), "nothing was covered before"


def test_the_same_answer_again_is_no_change(db: Database) -> None:
    rows = [cost_row(1, 0, 1, text="0.0000006") for _ in range(5)]
    for _ in range(2):
        put(db, window(1, 0, 1), rows)
    assert dump(db, "day_changes") == {"day_changes": []}


def test_what_was_stored_before_is_rounded_again(db: Database) -> None:
    put(db, window(1, 0, 1), [cost_row(1, 0, 3, text="0.000003")])
    for text in ("0.0000006", "0.0000006"):
        db["platform_cost"].insert(
            {
                "connection_id": 1,
                "day": "2026-03-01",
                "currency": "USD",
                "amount": text,
                "amount_microcents": 1,
            }
        )
    round_together(db, STREAMS["platform_cost"], "platform_cost")
    assert amounts(db) == [0, 1, 3]
