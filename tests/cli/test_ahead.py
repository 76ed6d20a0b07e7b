"""``forecast``, ``plans`` and ``query --forecast``, beside the ledger's own days."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from core.cli import ahead, main
from core.explore import engine
from core.explore.query import Query
from core.ledger.snapshot import open_ledger
from core.periods import Period
from core.settings import Settings
from core.store.audit import entries
from core.store.database import database
from core.store.plans import PlanContent, add_plan, list_plans
from tests.ui import books

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def folder(books_made_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(books_made_once, tmp_path_factory.mktemp("ahead") / "data")


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(folder))
    monkeypatch.delenv("TOKEN_LEDGER_SECRET_KEY", raising=False)
    monkeypatch.setattr(ahead, "utc_now", lambda: books.NOW)

    def ran(*words: str) -> tuple[int, str, str]:
        code = main(words)
        out, err = capfdbinary.readouterr()
        return code, out.decode("utf-8-sig"), err.decode()

    return ran


def lines(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def known(folder: Path, days: int) -> int:
    period = Period(NOVEMBER.start, NOVEMBER.start.replace(day=days + 1))
    return int(engine.total(open_ledger(Settings(folder)), Query(("cost",), period))["cost"] or 0)


def test_a_forecast_tells_what_is_known_and_what_is_expected(run: Run, folder: Path) -> None:
    code, out, err = run("forecast")
    (line,) = lines(out)
    assert (code, err) == (0, "")
    assert Decimal(line["cost_usd"]) * 10**8 == known(folder, int(line["known_days"]))
    low, point, high = (Decimal(line[f"forecast{part}_cost_usd"]) for part in ("_low", "", "_high"))
    assert Decimal(line["cost_usd"]) < low <= point <= high


def test_day_by_day_the_parts_are_the_whole(run: Run) -> None:
    (whole,) = lines(run("forecast")[1])
    days = lines(run("forecast", "--by-day")[1])
    assert [line["day"] for line in days] == [day.isoformat() for day in NOVEMBER]
    assert all(bool(line["cost_usd"]) is not bool(line["forecast_cost_usd"]) for line in days)
    parts = sum(Decimal(line["cost_usd"] or line["forecast_cost_usd"]) for line in days)
    assert parts == Decimal(whole["forecast_cost_usd"]) == Decimal(days[-1]["sum_forecast_cost_usd"])


def test_groups_as_json(run: Run) -> None:
    code, out, _ = run(
        "forecast", "--measure", "tokens", "--group-by", "origin", "--until", "quarter", "--json"
    )
    found = json.loads(out)
    assert code == 0 and {one["origin"] for one in found} == {"Claude Platform", "claude.ai"}
    assert all(one["forecast_tokens"] > one["tokens"] > 0 for one in found)


def test_query_with_a_forecast_is_of_its_own_range(run: Run) -> None:
    words = ("query", "--forecast", "--measure", "cost", "--from", "2026-11-10", "--to", "2026-12-06")
    code, out, _ = run(*words, "--format", "json")
    (found,) = json.loads(out)
    assert code == 0 and Decimal(found["forecast_cost_usd"]) > Decimal(found["cost_usd"]) > 0
    code, out, err = run(*words, "--group-by", "day")
    assert (code, out) == (2, "") and "not grouped by time" in err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (
            ("query", "--forecast", "--measure", "cost", "--from", "2026-11-01", "--to", "2030-01-01"),
            "too far",
        ),
        (("forecast", "--where", "nonsense"), "nonsense"),
    ],
)
def test_what_cannot_be_forecast_is_a_sentence(run: Run, words: tuple[str, ...], says: str) -> None:
    code, out, err = run(*words)
    assert (code, out) == (2, "") and says in err


def test_too_little_history_is_said_and_no_number(run: Run) -> None:
    code, out, err = run("forecast", "--where", "model=never-used")
    (line,) = lines(out)
    assert code == 0 and line["forecast_cost_usd"] == "" and "Too little history" in err


@pytest.mark.slow
def test_plans_and_when_they_break(run: Run, folder: Path) -> None:
    assert run("plans") == (0, "There is no plan. Make one on the Plans page, or with “plans add”.\n", "")
    with database(Settings(folder)) as db:
        ample = PlanContent({}, "cost", "month", {NOVEMBER.start: 10**9 * 10**8})
        add_plan(db, "Ample", ample, books.NOW)
        assert run("plans")[0] == 0
        broken = PlanContent({"in.origin": ["claude.ai"]}, "tokens", "month", {NOVEMBER.start: 10})
        add_plan(db, "Broken", broken, books.NOW)
        add_plan(db, "Later", PlanContent({}, "cost", "year", {date(2028, 1, 1): 5}), books.NOW)
        add_plan(db, "Strange", PlanContent({"in.gone": ["x"]}, "cost", "year", {}), books.NOW)
    code, out, _ = run("plans", "--json")
    found = {one["name"]: one for one in json.loads(out)}
    assert code == 1
    assert found["Ample"]["breaks_on"] is None and found["Ample"]["current"]["budget_usd"] == "1000000000.00"
    assert found["Broken"]["breaks_on"] == "2026-11-01" and found["Broken"]["current"]["budget_tokens"] == 10
    assert found["Later"]["current"] is None and "problem" in found["Strange"]
    days = round(found["Ample"]["current"]["gone"] * 30)
    assert Decimal(found["Ample"]["current"]["actual_usd"]) * 10**8 == known(folder, days)
    text = run("plans")[1]
    assert "Broken, 2026-11: " in text and "breaks on 2026-11-01" in text
    assert "Ample, 2026-11: " in text and "lasts" in text
    assert "Later: no budget for the year under way" in text and "Strange: cannot be read" in text


@pytest.fixture
def empty(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """On a data folder of its own, without rows."""
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(tmp_path / "data"))
    return run


def amounts(tmp_path: Path) -> dict[str, dict[str, int]]:
    """Of each plan, by the first day of each period."""
    with database(Settings(tmp_path / "data")) as db:
        return {
            plan.name: {str(day): amount for day, amount in sorted(plan.content.amounts.items())}
            for plan in list_plans(db)
        }


def test_a_plan_is_added_changed_and_deleted(empty: Run, tmp_path: Path) -> None:
    given = (
        "--where",
        "workspace=Research",
        "--amount",
        "2026-11=1,000.50",
        "--forward",
        "2",
        "--growth",
        "10",
    )
    code, out, err = empty("plans", "add", "Research", *given)
    assert (code, err) == (0, "") and out.startswith("Research, 2026-11: ")
    grown = {"2026-11-01": 100_050_000_000, "2026-12-01": 110_055_000_000, "2027-01-01": 121_060_500_000}
    assert amounts(tmp_path) == {"Research": grown}
    assert empty("plans", "change", "research", "--amount", "2026-12=7", "--amount", "2027-01=")[0] == 0
    assert amounts(tmp_path) == {"Research": {"2026-11-01": 100_050_000_000, "2026-12-01": 700_000_000}}
    assert empty("plans", "change", "1", "--name", "R and D", "--where", "workspace=Lab")[0] == 0
    with database(Settings(tmp_path / "data")) as db:
        (plan,) = list_plans(db)
        assert (plan.name, plan.content.params) == ("R and D", {"in.workspace": ["Lab"]})
        assert len(plan.content.amounts) == 2
    assert empty("plans", "delete", "r AND d", "--json") == (0, "[]\n", "")
    with database(Settings(tmp_path / "data")) as db:
        trail = [entry.about for entry in entries(db) if entry.action == "changed a plan"]
    assert trail == ["deleted r AND d", "changed 1", "changed research", "added Research"]


def test_lines_of_a_file_that_cannot_be_are_refused_and_the_rest_is_taken(empty: Run, tmp_path: Path) -> None:
    file = tmp_path / "budget.csv"
    file.write_text("period,amount\n2026-Q4,500\n2026-13,1\n2027-Q1,much\n2027-Q2,7\n", encoding="utf-8")
    code, _, err = empty(
        "plans", "add", "All", "--measure", "tokens", "--period", "quarter", "--csv", str(file)
    )
    assert code == 1 and "Line 3: " in err and "Line 4: " in err and len(err.splitlines()) == 2
    assert amounts(tmp_path) == {"All": {"2026-10-01": 500, "2027-04-01": 7}}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("add",), "needs a name"),
        (("add", "All"), "already used"),
        (("change", "All", "--measure", "tokens"), "keeps its measure"),
        (("change", "All", "--period", "year"), "keeps its measure and its periods"),
        (("change", "All", "--amount", "2026-11"), "no amount of a period"),
        (("change", "All", "--amount", "2026-13=1"), "not a month"),
        (("change", "All", "--amount", "2026-11=much"), "not an amount"),
        (("change", "All", "--where", "colour=red"), "colour"),
        (("change", "All", "--forward", "2", "--growth", "much"), "growth"),
        (("change", "All", "--csv", "/nowhere/at/all.csv"), "cannot be read"),
        (("delete", "Nobody"), "There are: “All”"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_and_nothing_changes(
    empty: Run, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    empty("plans", "add", "All", "--amount", "2026-11=5")
    code, out, err = empty("plans", *words)
    assert (code, out) == (2, "") and says in err
    assert amounts(tmp_path) == {"All": {"2026-11-01": 500_000_000}}
    with database(Settings(tmp_path / "data")) as db:
        assert [entry.about for entry in entries(db)] == ["added All"]
