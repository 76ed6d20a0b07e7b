"""Failures are kept for ever, each with its kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlite_utils import Database

from core import errors
from core.errors import TokenLedgerError
from core.periods import Period
from core.store.connections import remove_connection
from core.store.failures import SyncFailure, count_failures, failure_kind, list_failures, record_failure
from core.store.runs import begin_run
from tests.store.books import NOW, connect, day

FAILURE = SyncFailure(
    None, 1, "platform_cost", "permission", "Refused.", "req_1", Period(day(0), day(31)), NOW
)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.PermissionDeniedError, "permission"),
        (errors.AuthenticationError, "key"),
        (errors.SecretKeyError, "key"),
        (errors.RateLimitError, "limit"),
        (errors.BillingError, "limit"),
        (errors.NetworkError, "network"),
        (errors.ServerError, "network"),
        (errors.MalformedAnswerError, "answer"),
        (errors.IncompleteAnswerError, "answer"),
        (errors.CursorExpiredError, "answer"),
        (errors.NewerDatabaseError, "store"),
        (errors.InvalidRequestError, "other"),
        (errors.NotFoundError, "other"),
        (errors.InputError, "other"),
    ],
)
def test_a_kind_follows_from_the_error(error: type[TokenLedgerError], kind: str) -> None:
    assert failure_kind(error("It failed.")) == kind


def test_a_failure_comes_back_as_it_was(db: Database) -> None:
    connect(db)
    run_id = begin_run(db, "test", NOW)
    failure = replace(FAILURE, run_id=run_id)
    whole = replace(failure, stream="", kind="key", request_id=None, period=None)
    record_failure(db, failure)
    record_failure(db, whole)
    assert list_failures(db) == [whole, failure]
    assert list_failures(db, limit=1) == [whole]


def test_failures_of_a_run_and_of_a_connection(db: Database) -> None:
    connect(db)
    connect(db, "Sales", "org_2")
    first, second = (begin_run(db, "test", NOW + timedelta(hours=n)) for n in range(2))
    for run_id, connection_id in ((first, 1), (first, 2), (second, 1)):
        record_failure(db, replace(FAILURE, run_id=run_id, connection_id=connection_id))
    assert [(f.run_id, f.connection_id) for f in list_failures(db, run_id=first)] == [(first, 2), (first, 1)]
    assert {f.run_id for f in list_failures(db, connection_id=1)} == {first, second}
    assert len(list_failures(db, run_id=second, connection_id=1)) == 1
    assert list_failures(db, run_id=second, connection_id=2) == []
    assert count_failures(db) == {first: 2, second: 1}


def test_a_removed_connection_takes_its_failures_along_and_leaves_none_behind(db: Database) -> None:
    connect(db)
    record_failure(db, FAILURE)
    remove_connection(db, 1)
    record_failure(db, FAILURE)
    assert list_failures(db) == []
