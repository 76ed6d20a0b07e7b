"""What is told, when: once, again when it worsens, and when it is over."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlite_utils import Database

from core import follow_up, operations
from core.alerts import book
from core.alerts.book import evaluate
from core.alerts.kinds import hook_content
from core.alerts.preview import preview
from core.explore.insights import known_days_of
from core.explore.plan_figures import figures, plan_query
from core.explore.projection import looked_at
from core.explore.provenance import coverage
from core.ledger.snapshot import Snapshot
from core.settings import Settings
from core.store.alert_kinds import RuleKind, Terms
from core.store.alert_rules import RuleContent, add_rule, change_rule, list_rules, switch_rule
from core.store.channels import add_channel, find_channel
from core.store.connections import find_connection, get_connection, remove_connection
from core.store.database import database
from core.store.failures import KEY, SyncFailure, record_failure
from core.store.findings import FoundNow, Part, SeriesKey, acknowledge, keep_findings
from core.store.outbox import Phase, count_told, list_alerts
from core.store.plans import PlanContent, add_plan, change_plan
from core.store.runs import ConnectionProgress, begin_run, finish_run, record_progress
from core.store.secrets import Vault
from tests.alerts import worlds
from tests.explore.ledgers import PLATFORM, ledger_of
from tests.store.books import connect, in_memory
from tests.support.organizations import NOW as SYNCED_AT
from tests.support.organizations import World, clock
from tests.support.receivers import HookServer, running

NOW = datetime(2026, 11, 27, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
DOLLAR = 10**8


@pytest.fixture
def db() -> Iterator[Database]:
    with in_memory() as made:
        yield made


@pytest.fixture
def nothing(tmp_path: Path) -> Snapshot:
    return ledger_of(tmp_path, [], (PLATFORM,))


def told(db: Database, ledger: Snapshot, at: datetime = NOW) -> list[tuple[str, str]]:
    """What one look adds, oldest first."""
    before = {alert.id for alert, _ in list_alerts(db, datetime(2026, 1, 1, tzinfo=UTC))}
    evaluate(ledger, db, at)
    now = [alert for alert, _ in list_alerts(db, datetime(2026, 1, 1, tzinfo=UTC))]
    return [(one.phase, one.subject) for one in reversed(now) if one.id not in before]


def only(db: Database, kind: str, at: datetime = NOW, **terms: int | str | tuple[int, ...]) -> None:
    """The first rule of a kind alone, on other terms."""
    for rule in list_rules(db):
        switch_rule(db, rule.id, at, is_on=False)
    rule = next(rule for rule in list_rules(db) if rule.kind == kind)
    if terms:
        change_rule(db, rule.id, RuleContent(rule.content.name, rule.kind, Terms(**terms)), at)
    switch_rule(db, rule.id, at, is_on=True)


def switch(db: Database, kind: str, *, is_on: bool) -> None:
    rule = next(rule for rule in list_rules(db) if rule.kind == kind)
    switch_rule(db, rule.id, NOW, is_on=is_on)


# Syncs


def ran(db: Database, outcome: str, connection_id: int = 1, kind: str = "", at: datetime = NOW) -> None:
    name = get_connection(db, connection_id).name
    run_id = begin_run(db, "test", at)
    part = ConnectionProgress(
        connection_id, name, "", 1, 1, 0, 1, 0, None, at, at, outcome, "It went wrong." * (outcome != "ok"),
        None,
    )  # fmt: skip
    record_progress(db, run_id, [part], at)
    if kind:
        failure = SyncFailure(run_id, connection_id, "", kind, "It went wrong.", None, None, at)
        record_failure(db, failure)
    finish_run(db, run_id, outcome, at)


def test_a_failed_sync_is_told_once_and_when_it_is_over(db: Database, nothing: Snapshot) -> None:
    connect(db, "*Main* <!channel>")
    assert told(db, nothing) == []
    ran(db, "ok")
    assert told(db, nothing) == [] and count_told(db, NOW - HOUR) == {}
    ran(db, "failed")
    ((phase, subject),) = told(db, nothing)
    assert count_told(db, NOW - HOUR) == {1: 1}
    assert (phase, subject) == (Phase.BEGUN, "The sync of *Main* <!channel> failed")
    ran(db, "failed")
    assert told(db, nothing) == []
    ran(db, "stopped")
    assert told(db, nothing) == []
    ran(db, "ok")
    ((phase, subject),) = told(db, nothing)
    assert phase is Phase.ENDED and "syncs again" in subject
    assert told(db, nothing) == []
    ran(db, "failed")
    assert [phase for phase, _ in told(db, nothing)] == [Phase.BEGUN]


def test_an_incomplete_sync_that_fails_then_has_its_key_refused_is_worse_each_time(
    db: Database, nothing: Snapshot
) -> None:
    connect(db)
    subjects = []
    for outcome, kind in (("partial", ""), ("failed", ""), ("failed", KEY), ("failed", ""), ("partial", "")):
        ran(db, outcome, kind=kind)
        subjects += told(db, nothing)
    assert subjects == [
        ("begun", "The sync of Research is incomplete"),
        ("worse", "Worse: The sync of Research failed"),
        ("worse", "Worse: The API key of Research was refused"),
    ]


def test_a_run_that_died_is_told(db: Database, nothing: Snapshot) -> None:
    finish_run(db, begin_run(db, "test", NOW), "died", NOW, message="The sync ended before it was done.")
    assert told(db, nothing) == [("begun", "The last sync did not run to its end")]


def test_a_rule_that_is_off_tells_nothing_and_closes_what_was_open(db: Database, nothing: Snapshot) -> None:
    connect(db)
    ran(db, "failed")
    assert len(told(db, nothing)) == 1
    switch(db, "sync", is_on=False)
    ran(db, "ok")
    assert told(db, nothing) == []
    switch(db, "sync", is_on=True)
    assert told(db, nothing) == []


# Totals


def differ(db: Database, *days: int, connection_id: int = 1) -> None:
    db.execute("DELETE FROM control_checks")
    for day in days:
        db.table("control_checks").insert(
            {
                "connection_id": connection_id, "day": f"2026-10-{day:02}", "measure": "cost", "expected": 5,
                "actual": 4,
            }
        )  # fmt: skip


def test_a_difference_is_told_and_again_when_half_as_many_days_more_differ(
    db: Database, nothing: Snapshot
) -> None:
    connect(db)
    only(db, "totals")
    subjects = []
    for days in ((), (1, 2), (1, 2), (1, 2, 3), (1, 2, 3, 4), ()):
        differ(db, *days)
        subjects.append(told(db, nothing))
    assert subjects == [
        [],
        [("begun", "Research differs from Anthropic's totals on 2 days")],
        [],
        [("worse", "Worse: Research differs from Anthropic's totals on 3 days")],
        [],
        [("ended", "Research equals Anthropic's totals again")],
    ]


# Anomalies

SPIKE = FoundNow(
    SeriesKey("api_key", "n\r\nBcc: x"), "n\r\nBcc: x", "spike", "cost", 1, date(2026, 11, 20),
    date(2026, 11, 20), date(2026, 11, 20), 95 * DOLLAR, 295 * DOLLAR,
)  # fmt: skip


def found(db: Database, dollars: int | None, at: datetime = NOW + HOUR) -> None:
    now = [] if dollars is None else [replace(SPIKE, actual=SPIKE.expected + dollars * DOLLAR)]
    keep_findings(db, now, date(2026, 11, 1), at)


def test_an_anomaly_is_told_from_its_amount_on(db: Database, nothing: Snapshot) -> None:
    only(db, "anomaly", threshold=200 * DOLLAR)
    phases = []
    for dollars in (199, 200, 299, 300, None):
        found(db, dollars)
        phases.append([phase for phase, _ in told(db, nothing)])
    assert phases == [[], ["begun"], [], ["worse"], ["ended"]]
    for alert, _ in list_alerts(db, NOW - HOUR):
        assert alert.subject.isprintable() and alert.text.isprintable()


def test_an_anomaly_that_is_answered_is_closed_without_a_word(db: Database, nothing: Snapshot) -> None:
    only(db, "anomaly", threshold=200 * DOLLAR)
    found(db, 500)
    assert len(told(db, nothing)) == 1
    acknowledge(db, 1)
    assert told(db, nothing) == []


@pytest.mark.parametrize(
    ("scope", "fits"),
    [
        ({"in.api_key": [SPIKE.label]}, True),
        ({"in.api_key": ["other"]}, False),
        ({"in.workspace": ["carries most"]}, True),
        ({"in.workspace": ["carries little"]}, False),
        ({"in.workspace": ["~none"]}, False),
        ({"in.model": ["beside"]}, True),
        ({"in.model": ["beside"], "in.workspace": ["carries little"]}, False),
        ({"not.workspace": ["carries most"]}, False),
        ({"in.user": ["x"]}, False),
    ],
)
def test_an_anomaly_is_of_a_scope_that_carries_most_of_it(
    db: Database, nothing: Snapshot, scope: dict[str, list[str]], fits: bool
) -> None:
    worlds.rule(db, "anomaly", scope=scope, threshold=100 * DOLLAR)
    most, little = (Part(SeriesKey("workspace", name), name, share) for name, share in SHARES.items())
    beside = Part(SeriesKey("model", "beside"), "beside")
    keep_findings(db, [replace(SPIKE, carriers=(most, little), along=(beside,))], date(2026, 11, 1), NOW)
    assert bool(told(db, nothing)) is fits


SHARES = {"carries most": 0.5, "carries little": 0.49}


def test_anomalies_from_before_the_rule_was_on_are_not_told(db: Database, nothing: Snapshot) -> None:
    found(db, 500, at=NOW - HOUR)
    only(db, "anomaly", threshold=200 * DOLLAR)
    assert told(db, nothing) == []


# Plans and first data, over a synced folder


@pytest.mark.slow
def test_a_plan_is_told_at_its_share_and_at_all_of_it(synced: World) -> None:
    settings = synced[0]
    ledger = operations.open_ledger(settings, clock)
    spent = _actual(settings, ledger)
    month = date(2026, 11, 1)
    subjects = []
    with database(settings) as db:
        only(db, "plan_actual", SYNCED_AT)
        plan = add_plan(db, "All", _content({month: spent * 2}), SYNCED_AT)
        for budget in (spent * 2, spent * 10 // 9, spent * 10 // 9, spent, spent // 2, spent * 2):
            change_plan(db, plan.id, "All", _content({month: budget}), SYNCED_AT)
            subjects.append(told(db, ledger, SYNCED_AT))
    assert [[phase for phase, _ in look] for look in subjects] == [
        [], ["begun"], [], ["worse"], ["worse"], ["ended"]
    ]  # fmt: skip
    assert subjects[3] == [("worse", "Worse: Plan All, 2026-11 is used up to 100%")]


def _content(amounts: dict[date, int]) -> PlanContent:
    return PlanContent({}, "cost", "month", amounts)


def _actual(settings: Settings, ledger: Snapshot) -> int:
    """What the Plans page says, which tests of its own count by hand."""
    today = SYNCED_AT.date()
    with database(settings) as db:
        plan = add_plan(db, "Asked", _content({date(2026, 11, 1): 1}), SYNCED_AT)
        held = coverage(db, ledger.connections, looked_at(plan_query(plan, today), today), today)
        current = figures(ledger, plan, known_days_of(held, "cost"), today).current
        db.execute("DELETE FROM plans")
    assert current and current.actual
    return current.actual


def test_first_data_is_told_for_new_connections_only(synced: World) -> None:
    settings = synced[0]
    ledger = operations.open_ledger(settings, clock)
    with database(settings) as db:
        only(db, "first_data")
        subjects = [subject for _, subject in told(db, ledger, SYNCED_AT)]
        assert sorted(subjects) == [f"First data of {name}" for name in ("Main", "Staff", "Twin")]
        assert told(db, ledger, SYNCED_AT) == []
        assert told(db, ledger, SYNCED_AT + timedelta(days=30)) == []


def test_a_sync_that_goes_through_tells_nothing(synced: World) -> None:
    settings = synced[0]
    assert follow_up.notify(settings, clock) == (0, [])


def test_a_connection_that_is_removed_takes_what_was_told_of_it(db: Database, nothing: Snapshot) -> None:
    connect(db, "Secret lab")
    connect(db, "Other", "org_2")
    ran(db, "failed", 1)
    ran(db, "failed", 2)
    assert len(told(db, nothing)) == 2
    remove_connection(db, 1)
    ((alert, _),) = list_alerts(db, NOW - HOUR)
    assert "Other" in alert.subject
    assert told(db, nothing) == []


def test_two_processes_that_look_at_once_tell_once(synced: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have judged before either has told."""
    settings = synced[0]
    with database(settings) as db:
        ran(db, "failed", at=SYNCED_AT)
    both_judged = threading.Barrier(2)

    def judged_together(world: book.World) -> list[object]:
        said = list(judged(world))
        both_judged.wait(60)
        return said

    judged = book._judged
    monkeypatch.setattr(book, "_judged", judged_together)
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda _: follow_up.notify(settings, clock)[0], range(2)))
    assert sorted(counts) == [0, 1]
    with database(settings) as db:
        assert len(list_alerts(db, SYNCED_AT - HOUR)) == 1


@pytest.mark.slow
@pytest.mark.slow
def test_every_kind_is_previewed_over_a_synced_folder_and_nothing_changes(synced: World) -> None:
    settings = synced[0]
    ledger = operations.open_ledger(settings, clock)
    with database(settings) as db:
        before = db.conn.total_changes
        shown = {kind: preview(ledger, db, RuleContent("", kind), SYNCED_AT) for kind in RuleKind}
        assert db.conn.total_changes == before
    assert {kind for kind, told in shown.items() if told.lacks} == {"late", "totals", "anomaly"}
    assert [told.subject for told in shown[RuleKind.FIRST_DATA].fired]


@pytest.mark.slow
def test_a_preview_tells_the_days_that_the_raw_rows_tell(synced: World) -> None:
    """Of one connection, from the bodies' own amounts: days from the middle one on, by plain addition."""
    settings = synced[0]
    ledger = operations.open_ledger(settings, clock)
    with database(settings) as db:
        main = find_connection(db, "Main")
        spent: dict[date, int] = defaultdict(int)
        for row in db.query("SELECT day, amount FROM platform_cost WHERE connection_id = ?", [main.id]):
            spent[date.fromisoformat(row["day"])] += round(Decimal(row["amount"]) * 10**6)
        line = sorted(spent.values())[len(spent) // 2]
        terms = Terms(threshold=line, period="day", measure="cost")
        content = RuleContent("", RuleKind.AMOUNT, terms, {"in.cost_center": ["Main"]})
        fired = preview(ledger, db, content, SYNCED_AT).fired
    begins = [day for day in spent if spent[day] >= line and spent.get(day - DAY, 0) < line]
    ends = [day for day in spent if spent[day] < line and spent.get(day - DAY, 0) >= line]
    told = {phase: [one.at.date() - DAY for one in fired if one.phase == phase] for phase in Phase}
    assert len(begins) > 1 and told[Phase.BEGUN] == begins
    assert told[Phase.ENDED] == ends


DAY = timedelta(days=1)


def test_a_rule_reaches_the_channel_that_it_names_and_no_other(synced: World) -> None:
    settings = replace(synced[0], allow_private_webhooks=True, public_url="https://ledger.example")
    with running(HookServer()) as named, running(HookServer()) as other:
        with database(settings) as db:
            for name, server in (("Named", named), ("Other", other)):
                content = hook_content("webhook", server.url, "a long random text 55")
                add_channel(db, Vault(settings), name, content, SYNCED_AT)
            scope = {"in.cost_center": ["Main"]}
            terms = Terms(threshold=1, period="day", measure="cost")
            channels = (find_channel(db, "Named").id,)
            add_rule(db, RuleContent("Any use", RuleKind.AMOUNT, terms, scope, channels=channels), SYNCED_AT)
        assert [follow_up.notify(settings, clock)[0] for _ in range(2)] == [1, 0]
        ((_, _, body),) = named.posts
        assert not other.posts
    sent = json.loads(body)
    assert (sent["rule"], sent["phase"]) == ("amount", "begun")
    assert sent["subject"].startswith("Any use: $")
    assert sent["link"].startswith("https://ledger.example/cost?") and "in.cost_center=Main" in sent["link"]
