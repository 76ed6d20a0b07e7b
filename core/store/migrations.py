"""The database schema, as numbered migrations.

Each step runs in one transaction with the record that it ran. Never edit a step that was released: add one.
Fact tables keep the API's field names (nesting flattened) and the received amount beside micro-cents.
"""

from __future__ import annotations

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from core.store import library_tables
from core.store.alert_tables import ALERTS
from core.store.digest_tables import DIGESTS
from core.store.erasure_tables import ERASED_PEOPLE
from core.store.first_tables import BOOKS, DIRECTORY, FACTS
from core.store.fractions import round_together
from core.store.limit_tables import SPEND_LIMITS
from core.store.newest_tables import AGENTS, EVERYTHING, PRODUCT_AGENTS, TAGS, TOLD_RATES, newest_tables
from core.store.people_tables import AUDIT, FOR_VIEWERS, GRANTS, OWNERS
from core.store.plan_tables import PLANS
from core.store.rule_tables import make_rules
from core.store.watch_tables import WATCH
from core.streams import STREAMS

MIGRATIONS = Migrations("token_ledger")


def run_script(db: Database, script: str) -> None:
    """Run statements one by one: sqlite3's executescript would commit the migration's transaction."""
    for statement in script.split(";\n"):
        if statement.strip():
            db.conn.execute(statement)


@MIGRATIONS(name="0001_connections_facts_and_books")
def first(db: Database) -> None:
    for script in (DIRECTORY, FACTS, BOOKS):
        run_script(db, script)


_FAILURES = """
CREATE TABLE sync_failures (
    id INTEGER PRIMARY KEY,
    run_id INTEGER REFERENCES runs(id) ON DELETE SET NULL,
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    stream TEXT NOT NULL,
    kind TEXT NOT NULL,
    message TEXT NOT NULL,
    request_id TEXT,
    start_day TEXT,
    end_day TEXT,
    failed_at TEXT NOT NULL
);
CREATE INDEX sync_failures_run ON sync_failures (run_id);
CREATE INDEX sync_failures_connection ON sync_failures (connection_id, stream);
ALTER TABLE day_changes ADD COLUMN before_reached_at TEXT;
CREATE INDEX day_changes_changed ON day_changes (changed_at);
"""


@MIGRATIONS(name="0002_failures_and_reach_of_changes")
def failures(db: Database) -> None:
    run_script(db, _FAILURES)


@MIGRATIONS(name="0003_what_a_connection_waits_for")
def waiting_for(db: Database) -> None:
    db.conn.execute("ALTER TABLE run_progress ADD COLUMN waiting_for TEXT NOT NULL DEFAULT ''")


@MIGRATIONS(name="0004_dashboards")
def dashboards(db: Database) -> None:
    run_script(db, library_tables.BOARDS)


@MIGRATIONS(name="0005_days_of_a_ledger_file")
def days_of_a_file(db: Database) -> None:
    for column in ("first_day", "last_day"):
        db.conn.execute(f"ALTER TABLE ledger_files ADD COLUMN {column} TEXT")


@MIGRATIONS(name="0006_when_a_connection_is_done")
def ends_at(db: Database) -> None:
    db.conn.execute("ALTER TABLE run_progress ADD COLUMN ends_at TEXT")


@MIGRATIONS(name="0007_checksums_of_ledger_files")
def checksums(db: Database) -> None:
    run_script(db, "ALTER TABLE ledger_files ADD COLUMN checksum INTEGER")


_AS_IT_IS = """
CREATE TABLE learned (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    stream TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    learned_at TEXT NOT NULL,
    PRIMARY KEY (connection_id, stream, name)
) WITHOUT ROWID;
CREATE TABLE set_aside (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    stream TEXT NOT NULL,
    day TEXT NOT NULL,
    reason TEXT NOT NULL,
    rows INTEGER NOT NULL,
    request_id TEXT,
    PRIMARY KEY (connection_id, stream, day, reason)
) WITHOUT ROWID;
ALTER TABLE coverage ADD COLUMN set_aside INTEGER NOT NULL DEFAULT 0;
ALTER TABLE coverage ADD COLUMN reduced INTEGER NOT NULL DEFAULT 0;
"""
"""``learned``: what a connection's service grants. ``set_aside``: rows that could not be counted, by day and
reason. ``coverage.reduced``: whether the day is kept with fewer dimensions than the ledger has."""


@MIGRATIONS(name="0008_what_the_service_grants_and_rows_set_aside")
def as_it_is(db: Database) -> None:
    run_script(db, _AS_IT_IS)


_NAMES = """
CREATE TABLE ledger_names (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    month TEXT NOT NULL,
    dimension TEXT NOT NULL,
    id TEXT,
    name TEXT
);
CREATE INDEX ledger_names_month ON ledger_names (connection_id, month);
CREATE TABLE namesakes (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    dimension TEXT NOT NULL,
    id TEXT,
    name TEXT,
    label TEXT NOT NULL
);
CREATE INDEX namesakes_connection ON namesakes (connection_id);
CREATE TABLE persons (user_id TEXT PRIMARY KEY, email TEXT NOT NULL) WITHOUT ROWID;
"""
"""``ledger_names``: who is named in a month's ledger file. ``namesakes``: those who share a name, with the
label that tells each apart. ``persons``: user ids of people who have several, with an e-mail of theirs."""


@MIGRATIONS(name="0009_labels_of_those_who_share_a_name")
def namesakes(db: Database) -> None:
    run_script(db, _NAMES)


_ROLLUPS = """
ALTER TABLE ledger_files ADD COLUMN bytes INTEGER;
ALTER TABLE ledger_files ADD COLUMN rollups TEXT NOT NULL DEFAULT '{}';
ALTER TABLE ledger_files DROP COLUMN checksum;
ALTER TABLE ledger_files ADD COLUMN checksum TEXT;
"""
"""``file_name``: of the rows, relative to the ledger's folder; ``checksum``: of the rows alone, before of all
files. ``rollups``: JSON, name of a rollup -> its file."""


@MIGRATIONS(name="0010_rollups_of_a_ledger_file")
def rollups(db: Database) -> None:
    run_script(db, _ROLLUPS)


_PRICES = """
ALTER TABLE platform_cost ADD COLUMN speed TEXT;
CREATE TABLE unit_prices (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    month TEXT NOT NULL,
    shown_on TEXT NOT NULL,
    alias TEXT NOT NULL, token_type TEXT NOT NULL,
    service_tier TEXT NOT NULL, context_window TEXT NOT NULL, inference_geo TEXT NOT NULL,
    speed TEXT NOT NULL, billed_tier TEXT NOT NULL,
    cost_microcents INTEGER NOT NULL, tokens INTEGER NOT NULL
);
CREATE INDEX unit_prices_month ON unit_prices (connection_id, month);
CREATE TABLE priced_months (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    month TEXT NOT NULL,
    revision INTEGER NOT NULL,
    schema_version INTEGER NOT NULL,
    PRIMARY KEY (connection_id, month)
) WITHOUT ROWID;
"""
"""``unit_prices``: what a bill shows a token cost on a day; a name without a value is empty text.
``priced_months``: the state of the facts that a month's prices were read off."""


@MIGRATIONS(name="0011_speed_on_bills_and_prices_they_show")
def prices(db: Database) -> None:
    run_script(db, _PRICES)


@MIGRATIONS(name="0012_amounts_rounded_once_a_total")
def rounded_once(db: Database) -> None:
    """Also those that were pulled before; the ledger of 0.2.0 is built anew anyway."""
    for name in ("platform_cost", "claude_ai_user_cost"):
        round_together(db, STREAMS[name], name)


_TOLD_TOTALS = """
CREATE TABLE told_totals (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    stream TEXT NOT NULL,
    day TEXT NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (connection_id, stream, day)
) WITHOUT ROWID;
ALTER TABLE claude_ai_user_usage ADD COLUMN total_tokens INTEGER;
ALTER TABLE claude_ai_usage ADD COLUMN total_tokens INTEGER;
"""
"""``told_totals``: what a report, asked without any dimension, says a day adds up to."""


@MIGRATIONS(name="0013_totals_that_anthropic_tells")
def told_totals(db: Database) -> None:
    run_script(db, _TOLD_TOTALS)


_WANTED_PRICES = """
CREATE TABLE wanted_prices (
    connection_id INTEGER NOT NULL REFERENCES connections(id) ON DELETE CASCADE,
    month TEXT NOT NULL,
    wanted_on TEXT NOT NULL,
    alias TEXT NOT NULL, token_type TEXT NOT NULL,
    service_tier TEXT NOT NULL, context_window TEXT NOT NULL, inference_geo TEXT NOT NULL,
    speed TEXT NOT NULL
);
CREATE INDEX wanted_prices_month ON wanted_prices (connection_id, month);
ALTER TABLE ledger_files ADD COLUMN prices TEXT;
"""
"""``wanted_prices``: whose price it takes to split a month. ``ledger_files.prices``: a mark of those that the
file was made with."""


@MIGRATIONS(name="0014_prices_that_a_month_borrows")
def wanted_prices(db: Database) -> None:
    run_script(db, _WANTED_PRICES)


_SCRIPTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "0015_the_newest_reports",
        (
            newest_tables("platform_analytics", EVERYTHING),
            newest_tables("claude_ai_analytics", EVERYTHING),
        ),
    ),
    ("0016_managed_agents", (newest_tables("platform_agent", AGENTS),)),
    ("0017_last_day_of_a_name", ("ALTER TABLE ledger_names ADD COLUMN last_day TEXT;",)),
    ("0018_saved_filters", (library_tables.SAVED_FILTERS,)),
    ("0019_stars_and_last_use_of_saved_views", (library_tables.STARS,)),
    ("0020_text_tiles", (library_tables.TEXT_TILES,)),
    ("0021_financial_plans", (PLANS,)),
    ("0022_rates_that_anthropic_tells", (TOLD_RATES,)),
    ("0023_what_is_unusual_and_noted", (WATCH,)),
    ("0024_being_told", (ALERTS,)),
    (
        "0025_profiles_channels_and_categories",
        (newest_tables("platform_tag", TAGS), newest_tables("claude_ai_tag", TAGS)),
    ),
    ("0026_limits_that_anthropic_enforces", (SPEND_LIMITS,)),
    ("0027_keys_by_reference", ("ALTER TABLE connections ADD COLUMN key_reference TEXT;",)),
    ("0028_erased_people", (ERASED_PEOPLE,)),
    ("0029_who_may_see_what", (GRANTS,)),
    ("0030_who_did_what", (AUDIT,)),
    ("0031_digests_and_views_on_a_schedule", (DIGESTS,)),
    ("0032_whose_it_is", (OWNERS,)),
    ("0033_agents_of_claude_ai", (newest_tables("claude_ai_agent", PRODUCT_AGENTS),)),
)
"""Steps of statements only, in order. Add yours at the end; one that computes is a function below them."""


def _by_script(name: str, scripts: tuple[str, ...]) -> None:
    @MIGRATIONS(name=name)
    def run(db: Database) -> None:
        for script in scripts:
            run_script(db, script)


for _name, _scripts in _SCRIPTS:
    _by_script(_name, _scripts)


@MIGRATIONS(name="0034_rules_on_scopes")
def rules_on_scopes(db: Database) -> None:
    make_rules(db)


_by_script("0035_what_viewers_are_shown", (FOR_VIEWERS,))
