"""What is declared of the streams, against the database, and against what is known of the reports by hand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlite_utils import Database

from core.dimensions import Origin
from core.explore.provenance import REQUIRED
from core.ledger.control import EXPECTED
from core.ledger.facts import FACTS
from core.ledger.meanings import meaning_of
from core.reach import CLAUDE_AI_FIRST_DAY, CLAUDE_AI_REACH_DAYS, NEWEST_FIRST_DAY, NEWEST_REACH_DAYS
from core.store.nameless import _NAMED
from core.streams import STREAMS, apart_streams_of, newest_streams_of, streams_of
from core.sync.sources import SOURCES, newest_sources_of, sources_of
from tests.store.books import in_memory

PLATFORM, CLAUDE_AI = "Claude Platform", "claude.ai"
TOKENS = {
    "uncached_input_tokens",
    "ephemeral_5m_input_tokens",
    "ephemeral_1h_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
}
KNOWN: dict[str, tuple[str, str, str, bool]] = {
    "platform_usage": (PLATFORM, "tokens", "usage report", True),
    "platform_cost": (PLATFORM, "USD", "cost report", True),
    "claude_ai_user_cost": (CLAUDE_AI, "USD", "cost by user", False),
    "claude_ai_user_usage": (CLAUDE_AI, "tokens", "usage by user", False),
    "claude_ai_cost": (CLAUDE_AI, "USD", "cost totals", True),
    "claude_ai_usage": (CLAUDE_AI, "tokens", "usage totals", True),
    "platform_analytics_cost": (PLATFORM, "USD", "analytics cost", False),
    "platform_analytics_usage": (PLATFORM, "tokens", "analytics usage", False),
    "claude_ai_analytics_cost": (CLAUDE_AI, "USD", "analytics cost", False),
    "claude_ai_analytics_usage": (CLAUDE_AI, "tokens", "analytics usage", False),
    "platform_agent_cost": (PLATFORM, "USD", "agent cost", False),
    "platform_agent_usage": (PLATFORM, "tokens", "agent usage", False),
    "platform_tag_cost": (PLATFORM, "USD", "tag cost", False),
    "platform_tag_usage": (PLATFORM, "tokens", "tag usage", False),
    "claude_ai_agent_cost": (CLAUDE_AI, "USD", "agent cost", False),
    "claude_ai_agent_usage": (CLAUDE_AI, "tokens", "agent usage", False),
    "claude_ai_tag_cost": (CLAUDE_AI, "USD", "tag cost", False),
    "claude_ai_tag_usage": (CLAUDE_AI, "tokens", "tag usage", False),
}
"""By hand: origin, unit, what people call it, whether it is of a whole organization."""


@pytest.fixture
def db() -> Iterator[Database]:
    with in_memory() as opened:
        yield opened


def fact_tables(db: Database) -> set[str]:
    """The tables that hold days of a connection and are none of the books."""
    books = {"coverage", "windows", "day_changes", "set_aside", "control_checks", "told_totals", "told_rates"}
    found = db.conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    having = {name for (name,) in found if "day" in {row[1] for row in _columns(db, name)}}
    return having - books


def _columns(db: Database, table: str) -> list[tuple[object, ...]]:
    return list(db.conn.execute(f"PRAGMA table_info({table})"))


def test_every_table_of_facts_is_a_stream_and_the_other_way_round(db: Database) -> None:
    assert fact_tables(db) == set(STREAMS) == set(KNOWN)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_the_columns_are_the_databases(db: Database, name: str) -> None:
    declared = [(c.name, c.kind.value, not c.nullable) for c in STREAMS[name].columns]
    stored = [(column, kind, bool(required)) for _, column, kind, required, *_ in _columns(db, name)]
    assert stored == [("connection_id", "INTEGER", True), ("day", "TEXT", True), *declared]


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_what_is_declared_is_what_is_known_by_hand(name: str) -> None:
    stream = STREAMS[name]
    found = (stream.origin.value, stream.unit.value, stream.label, stream.is_total)
    assert found == KNOWN[name]
    assert set(stream.magnitude) == (TOKENS if stream.unit == "tokens" else {"amount_microcents"})


AGENTS = [
    *("platform_agent_cost", "platform_agent_usage"),
    *("claude_ai_agent_cost", "claude_ai_agent_usage"),
]
TAGS = [
    *("platform_tag_cost", "platform_tag_usage"),
    *("claude_ai_tag_cost", "claude_ai_tag_usage"),
]
APART = [*AGENTS, *TAGS]
"""Groupings of their own, which are never added to the ledger."""


def test_every_stream_has_its_place_everywhere() -> None:
    assert set(SOURCES) == set(FACTS) == set(KNOWN)
    for origin in Origin:
        mine = [name for name in KNOWN if KNOWN[name][0] == origin.value and name not in APART]
        names = [name for name in mine if "analytics" not in name]
        assert [source.stream.name for source in sources_of(origin)] == names
        assert list(REQUIRED[origin]) == names == [stream.name for stream in streams_of(origin)]
        newest = [name for name in mine if "analytics" in name]
        agents, tags = (
            [name for name in names if KNOWN[name][0] == origin.value] for names in (AGENTS, TAGS)
        )
        assert [stream.name for stream in apart_streams_of(origin, "agents")] == agents
        assert [stream.name for stream in apart_streams_of(origin, "tags")] == tags
        assert [source.stream.name for source in newest_sources_of(origin)] == [*newest, *agents, *tags]
        assert [stream.name for stream in newest_streams_of(origin)] == newest


def test_the_newest_reports_look_back_as_far_for_either_origin() -> None:
    assert {stream.limits for stream in STREAMS.values() if stream.optional} == {Origin.CLAUDE_AI}
    assert all(stream.limits is stream.origin for stream in STREAMS.values() if not stream.optional)
    assert (CLAUDE_AI_FIRST_DAY, CLAUDE_AI_REACH_DAYS) == (NEWEST_FIRST_DAY, NEWEST_REACH_DAYS)


def test_every_stream_of_the_ledger_is_compared_with_it() -> None:
    compared = {table for measures in EXPECTED.values() for table, _ in measures.values()}
    assert compared == set(KNOWN) - set(APART)
    measures = {name for checks in EXPECTED.values() for name in checks}
    assert all(meaning_of(name).is_fault and meaning_of(name).touches for name in measures)
    assert EXPECTED[Origin.CLAUDE_AI]["list_cost"] == ("claude_ai_cost", "list_amount_microcents")
    assert EXPECTED[Origin.PLATFORM]["web_searches"] == ("platform_usage", "web_search_requests")


def test_totals_know_whose_rows_repeat_a_part_of_them() -> None:
    assert {name: stream.control_of for name, stream in STREAMS.items() if stream.control_of} == {
        "claude_ai_cost": "claude_ai_user_cost",
        "claude_ai_usage": "claude_ai_user_usage",
    }


def test_only_the_platforms_cost_is_of_finished_days() -> None:
    assert [name for name, stream in STREAMS.items() if stream.finished_only] == ["platform_cost"]


def test_names_are_filled_from_the_lists_that_tell_them() -> None:
    newest = [name for name in KNOWN if "analytics" in name]
    assert {
        "workspaces": tuple(
            (name, "workspace_id", "workspace_name") for name in ("platform_usage", "platform_cost", *newest)
        ),
        "api_keys": tuple((name, "api_key_id", "api_key_name") for name in ("platform_usage", *newest)),
        "users": (("platform_usage", "account_id", "account_email"),),
    } == _NAMED
