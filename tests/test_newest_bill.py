"""The ledger of organizations that are served the newest reports, from API to file, against what people did.

What is expected is the simulated Anthropic's own books, or counted here; never what the program computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlite_utils import Database

from core import operations
from core.cost_basis import Bill
from core.demo.behaviour import Behaviour
from core.demo.company import Organization
from core.demo.service import Simulator
from core.dimensions import NOT_TOLD
from core.periods import Period
from core.settings import Settings
from core.store.bills import Change, changes_of_bill
from core.store.connections import list_connections
from core.store.database import database
from core.store.failures import list_failures
from core.store.states import list_states
from tests.support.custom import claude_ai_organization, platform_organization
from tests.support.server import AnthropicServer, serve

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SINCE = date(2026, 10, 20)
WHOLE = Period(SINCE, NOW.date())
"""The days that are over, and behind the watermark."""
DIMENSIONS = ("workspace_id", "api_key_id", "actor", "product", "model", "service_tier", "context_window")
GRAIN = (*DIMENSIONS, "inference_geo", "speed")
NEWEST_COST = "/v1/organizations/analytics/cost"
NOT_SERVED = ("not_in_beta", "not_found", "not_supported", "hipaa")


def platform(**more: Any) -> Organization:
    return platform_organization("main", users=3, api_keys=9, newest=True, discount_percent=7, **more)


def claude_ai(**more: Any) -> Organization:
    return claude_ai_organization("staff", users=6, newest=True, **more)


@dataclass
class World:
    """One organization, connected; ``now`` and ``behaviour`` may be set between two syncs."""

    organization: Organization
    simulator: Simulator
    server: AnthropicServer
    settings: Settings
    clock: list[datetime] = field(default_factory=lambda: [NOW])

    @property
    def now(self) -> datetime:
        return self.clock[0]

    def behave(self, **more: Any) -> None:
        self.simulator.behaviour = replace(self.simulator.behaviour, **more)

    def sync(self, **options: Any) -> Any:
        return operations.sync(self.settings, clock=lambda: self.now, **options)

    def ledger(self) -> pl.DataFrame:
        """All rows that count now."""
        files = sorted((self.settings.data_dir / "ledger" / "rows").rglob("*.parquet"))
        plain = (pl.read_parquet(path).with_columns(pl.col(pl.Categorical).cast(pl.String)) for path in files)
        return pl.concat(plain)

    @contextmanager
    def db(self) -> Iterator[Database]:
        with database(self.settings) as opened:
            yield opened

    def bills(self) -> list[Change]:
        with self.db() as db:
            (connection,) = list_connections(db)
            return changes_of_bill(db, connection.id, connection.origin)

    def differences(self) -> list[Any]:
        with self.db() as db:
            found = db.query("SELECT * FROM control_checks WHERE expected IS NOT actual")
            return list(found)


@contextmanager
def connected(
    folder: Path, organization: Organization, *, now: datetime = NOW, since: date = SINCE, **behaviour: Any
) -> Iterator[World]:
    clock = [now]
    simulator = Simulator([organization], lambda: clock[0], behaviour=Behaviour(**behaviour))
    with serve(simulator) as server:
        settings = Settings(data_dir=folder / "data", base_url=server.url)
        world = World(organization, simulator, server, settings, clock)
        operations.connect(settings, name="One", key=organization.key, since=since, clock=lambda: clock[0])
        yield world


MEASURES = ("cost_microcents", "list_cost_microcents", "tokens", "web_searches", "requests")


LEFT_OUT = ("workspace_id", "api_key_id", "service_tier")
"""What claude.ai may leave empty, and the ledger then calls not told."""


def told(rows: pl.DataFrame, names: Sequence[str], day: date) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """The ledger's sums of a day; the default workspace by its null, as what is not told."""
    rows = rows.with_columns(pl.col(LEFT_OUT).replace(NOT_TOLD, None))
    found = rows.filter(pl.col("day") == day).group_by(names).agg(pl.col(m).sum() for m in MEASURES)
    sums = {row[: len(names)]: row[len(names) :] for row in found.rows()}
    return {of: values for of, values in sums.items() if any(values)}


def true(world: World, names: Sequence[str], day: date) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """The same, of the simulated Anthropic's own books."""
    default = world.organization.default_workspace_id
    found: dict[tuple[Any, ...], tuple[int, ...]] = {}
    for of, one in world.simulator.newest_totals_by(world.organization.id, day, *names).items():
        spelled = {("workspace_id", default): None, ("product", "claude_tag"): "claude-tag"}
        at = tuple(spelled.get(told, told[1]) for told in zip(names, of, strict=True))
        values = (
            one.cost_microcents,
            one.list_cost_microcents,
            one.all_tokens,
            one.web_searches,
            one.requests,
        )
        found[at] = tuple(map(sum, zip(found.get(at, (0,) * 5), values, strict=True)))
    return {of: values for of, values in found.items() if any(values)}


@pytest.mark.parametrize("make", [platform, claude_ai], ids=["Platform", "claude.ai"])
def test_every_cell_of_full_grain_is_billed_to_the_microcent(tmp_path: Path, make: Any) -> None:
    with connected(tmp_path, make()) as world:
        assert world.sync().outcome == "ok"
        rows = world.ledger()
        names = [name for name in GRAIN if name != "actor"]
        for day in WHOLE:
            assert told(rows, names, day) == true(world, names, day) != {}
        newest = rows.filter(pl.col("day").is_in(list(WHOLE)))
        assert set(newest["report"]) == {"analytics"}
        assert set(newest.filter(pl.col("cost_microcents").is_not_null())["cost_basis"]) == {"billed"}
        assert world.differences() == []
        assert world.bills()[0] == Change(SINCE, Bill.ANALYTICS)
        of_claude_ai = make is claude_ai
        for name in LEFT_OUT:
            values = newest[name].unique().to_list()
            left_out = of_claude_ai and name != "service_tier"
            assert (NOT_TOLD in values) is left_out and not (of_claude_ai and None in values)


def test_every_user_and_key_pays_what_they_used(tmp_path: Path) -> None:
    with connected(tmp_path, platform()) as world:
        world.sync()
        rows, people = world.ledger(), {person.id for person in world.organization.people}
        for day in WHOLE:
            by_user = {of: values for of, values in told(rows, ["user_id"], day).items() if of != (None,)}
            users = {of: values for of, values in true(world, ["actor"], day).items() if of[0] in people}
            assert by_user == users
        emails = rows.filter(pl.col("user_id").is_not_null()).select("user_id", "user").unique().rows()
        assert dict(emails) == {person.id: person.email for person in world.organization.people}


def test_a_days_total_is_the_legacy_bills(tmp_path: Path) -> None:
    with connected(tmp_path, platform()) as world:
        world.sync()
        rows = world.ledger()
        for day in WHOLE:
            total = world.simulator.totals(world.organization.id, day)
            found = rows.filter(pl.col("day") == day)
            assert found["cost_microcents"].sum() == total.cost_microcents > 0
            assert found["tokens"].sum() == total.all_tokens
        priority = rows.filter(pl.col("service_tier") == "priority", pl.col("tokens") > 0)
        whole = priority.filter(pl.col("day").is_in(list(WHOLE)))
        assert set(whole["cost_basis"]) == {"not priced"}


@pytest.mark.parametrize("refusal", NOT_SERVED)
@pytest.mark.parametrize("make", [platform, claude_ai], ids=["Platform", "claude.ai"])
def test_each_refusal_leads_silently_to_the_legacy_reports(tmp_path: Path, make: Any, refusal: str) -> None:
    with connected(tmp_path, make(), newest=refusal) as world:
        before = len(world.server.requests(NEWEST_COST))
        assert world.sync().outcome == "ok"
        assert (before, len(world.server.requests(NEWEST_COST))) == (1, 2)
        rows = world.ledger()
        assert set(rows["report"]) == {"legacy"}
        for day in WHOLE:
            total = world.simulator.totals(world.organization.id, day)
            assert rows.filter(pl.col("day") == day)["cost_microcents"].sum() == total.cost_microcents
        assert world.bills() == [Change(SINCE, Bill.LEGACY)]
        with world.db() as db:
            assert list_failures(db, limit=10) == []
            assert {state.state for state in list_states(db, 1)} == {"ok"}


def test_a_service_that_begins_to_serve_them_moves_all_its_days(tmp_path: Path) -> None:
    with connected(tmp_path, platform(), newest="not_in_beta") as world:
        world.sync()
        legacy = world.ledger().group_by("day").agg(pl.col("cost_microcents").sum())
        world.behave(newest=None)
        assert world.sync().outcome == "ok"
        rows = world.ledger()
        assert set(rows.filter(pl.col("day").is_in(list(WHOLE)))["report"]) == {"analytics"}
        newest = rows.group_by("day").agg(pl.col("cost_microcents").sum())
        assert newest.sort("day").equals(legacy.sort("day"))
        assert world.differences() == []


def test_one_that_stops_serving_them_goes_on_with_the_legacy_reports(tmp_path: Path) -> None:
    with connected(tmp_path, platform(end=NOW.date() + timedelta(days=20))) as world:
        world.sync()
        world.clock[0] = NOW + timedelta(days=3)
        world.behave(newest="not_in_beta")
        assert world.sync().outcome == "ok"
        rows = world.ledger()
        later = Period(NOW.date(), NOW.date() + timedelta(days=3))
        assert set(rows.filter(pl.col("day").is_in(list(WHOLE)))["report"]) == {"analytics"}
        assert set(rows.filter(pl.col("day").is_in(list(later)))["report"]) == {"legacy"}
        for day in (*WHOLE, *later):
            total = world.simulator.totals(world.organization.id, day)
            assert rows.filter(pl.col("day") == day)["cost_microcents"].sum() == total.cost_microcents > 0
        assert world.bills() == [Change(SINCE, Bill.ANALYTICS), Change(NOW.date(), Bill.LEGACY)]
        assert world.differences() == []


def test_a_final_legacy_bill_outranks_another_that_was_never_final(tmp_path: Path) -> None:
    with connected(tmp_path, platform()) as world:
        world.sync()
        world.behave(newest="not_in_beta")
        day = NOW.date() - timedelta(days=9)
        world.simulator.revise(world.organization.id, day, 50)
        world.clock[0] = NOW + timedelta(days=40)
        world.sync()
        rows = world.ledger()
        for one in WHOLE:
            found = rows.filter(pl.col("day") == one)
            assert set(found["report"]) == {"legacy" if one == day else "analytics"}
            cost = world.simulator.totals(world.organization.id, one).cost_microcents
            assert found["cost_microcents"].sum() == cost
        assert world.differences() == []


def test_claude_tag_is_one_product_whichever_bill_a_day_rests_on(tmp_path: Path) -> None:
    """The newest reports spell it with an underscore, the legacy ones with a hyphen."""
    with connected(tmp_path, claude_ai(end=NOW.date() + timedelta(days=20)), since=SINCE) as world:
        world.sync()
        world.clock[0] = NOW + timedelta(days=3)
        world.behave(newest="not_in_beta")
        world.sync()
        tagged = world.ledger().filter(pl.col("product").str.ends_with("tag"))
        assert set(tagged["report"]) == {"analytics", "legacy"} and set(tagged["product"]) == {"claude-tag"}
        for day in (WHOLE.start, NOW.date()):
            by_product = world.simulator.totals_by(world.organization.id, day, "product")
            cost = tagged.filter(pl.col("day") == day)["cost_microcents"].sum()
            assert cost == by_product["claude-tag"].cost_microcents > 0


def test_history_before_they_begin_stays_with_the_legacy_reports(tmp_path: Path) -> None:
    since = date(2025, 12, 28)
    with connected(
        tmp_path, platform(start=since), now=datetime(2026, 1, 6, 9, 30, tzinfo=UTC), since=since
    ) as world:
        assert world.sync().outcome == "ok"
        rows = world.ledger()
        assert world.bills()[:2] == [Change(since, Bill.LEGACY), Change(date(2026, 1, 1), Bill.ANALYTICS)]
        for day in Period(since, date(2026, 1, 6)):
            total = world.simulator.totals(world.organization.id, day)
            found = rows.filter(pl.col("day") == day)
            assert set(found["report"]) == {"legacy" if day.year == 2025 else "analytics"}
            assert found["cost_microcents"].sum() == total.cost_microcents > 0
        workspaces = rows.group_by("report").agg(pl.col("workspace").is_null().any()).rows()
        assert dict(workspaces) == {"legacy": True, "analytics": True}


def test_a_null_watermark_says_nothing_and_wipes_nothing(tmp_path: Path) -> None:
    with connected(tmp_path, platform()) as world:
        world.sync()
        before = world.ledger()
        world.behave(newest_null_watermark=True)
        assert world.sync().outcome == "ok"
        assert world.ledger().equals(before)


def test_days_beyond_their_watermark_stay_with_the_legacy_reports(tmp_path: Path) -> None:
    with connected(tmp_path, platform(), newest_lag=timedelta(days=2)) as world:
        world.sync()
        rows = world.ledger()
        changes = world.bills()
        assert changes == [Change(SINCE, Bill.ANALYTICS), Change(NOW.date() - timedelta(days=2), Bill.LEGACY)]
        for day in WHOLE:
            total = world.simulator.totals(world.organization.id, day)
            assert rows.filter(pl.col("day") == day)["cost_microcents"].sum() == total.cost_microcents


def test_a_revised_day_is_pulled_again(tmp_path: Path) -> None:
    with connected(tmp_path, platform()) as world:
        world.sync()
        day = NOW.date() - timedelta(days=9)
        world.simulator.revise(world.organization.id, day, 50)
        world.clock[0] = NOW + timedelta(hours=1)
        world.sync()
        names = ["api_key_id", "model", "product"]
        assert told(world.ledger(), names, day) == true(world, names, day)


@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_fewer_dimensions_keep_the_sums_and_say_so(tmp_path: Path, most: int) -> None:
    with connected(tmp_path, platform(), newest_most_groups=most) as world:
        assert world.sync().outcome == "ok"
        rows = world.ledger()
        for day in WHOLE:
            assert told(rows, ["api_key_id"], day) == true(world, ["api_key_id"], day)
        with world.db() as db:
            reduced = [state.stream for state in list_states(db, 1) if state.state == "reduced"]
        assert {"platform_analytics_cost", "platform_analytics_usage"} <= set(reduced)
