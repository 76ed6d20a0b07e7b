from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.demo.activity import Activity, Use, growth
from core.demo.company import Counts, Load, Organization
from core.demo.northwind import ORGANIZATIONS
from core.demo.shapes import OPUS
from core.dimensions import Origin
from tests.properties import tried
from tests.support.custom import platform_organization

DAY = date(2026, 5, 13)
ORGANIZATION = platform_organization("Acme", api_keys=6)

PRODUCT = ORGANIZATIONS["Robotics products"]


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def summed(uses: Iterable[Use]) -> Counter[tuple[str, str, str]]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for use in uses:
        for name, count in zip(use.counts._fields, use.counts, strict=True):
            if count:
                counts[use.load.name, use.model, name] += count
    return counts


def whole_day(activity: Activity, day: date) -> Counter[tuple[str, str, str]]:
    return summed(activity.between(midnight(day), midnight(day + timedelta(days=1))))


def output(organization: Organization, day: date) -> int:
    return sum(
        count
        for (_, _, name), count in whole_day(Activity(organization), day).items()
        if name == "output_tokens"
    )


@pytest.mark.slow
def test_a_day_reads_the_same_in_another_process() -> None:
    """Python's own hash() differs from process to process; the demo must not."""
    code = (
        "from datetime import date\n"
        "from tests.demo.test_activity import PRODUCT, output\n"
        "print(output(PRODUCT, date(2026, 5, 13)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(found.stdout) == output(PRODUCT, DAY)


def test_a_day_is_pinned() -> None:
    """Changing this number means that stored demo data no longer matches the demo."""
    load = Load("pinned", OPUS, Counts(output_tokens=1_000_000))
    uses = list(Activity(_organization(load)).between(midnight(DAY), midnight(DAY + timedelta(days=1))))
    assert [(use.model, use.counts.output_tokens) for use in uses] == [("claude-opus-4-6", 1_261_248)]


def test_equal_loads_of_differently_named_organizations_differ() -> None:
    first, second = (platform_organization(name, ids="same") for name in ("First", "Second"))
    assert whole_day(Activity(first), DAY) != whole_day(Activity(second), DAY)


@tried(40)
@given(st.lists(st.integers(0, 86400), max_size=6))
def test_parts_of_a_day_add_up_to_the_day(cuts: list[int]) -> None:
    activity = Activity(ORGANIZATION)
    bounds = [0, *sorted(cuts), 86400]
    parts: Counter[tuple[str, str, str]] = Counter()
    for begin, end in pairwise(bounds):
        start = midnight(DAY)
        parts += summed(activity.between(start + timedelta(seconds=begin), start + timedelta(seconds=end)))
    assert parts == whole_day(activity, DAY)


@tried(25)
@given(st.integers(0, 86399), st.integers(1, 86400))
def test_a_day_under_way_only_grows(second: int, more: int) -> None:
    activity = Activity(ORGANIZATION)
    early = summed(activity.between(midnight(DAY), midnight(DAY) + timedelta(seconds=second)))
    late = summed(
        activity.between(midnight(DAY), midnight(DAY) + timedelta(seconds=min(86400, second + more)))
    )
    assert all(late[name] >= count for name, count in early.items())


def test_nothing_happens_in_no_time() -> None:
    assert not summed(Activity(ORGANIZATION).between(midnight(DAY), midnight(DAY)))


def test_days_run_on_into_one_another() -> None:
    activity = Activity(ORGANIZATION)
    both = summed(activity.between(midnight(DAY), midnight(DAY + timedelta(days=2))))
    assert both == whole_day(activity, DAY) + whole_day(activity, DAY + timedelta(days=1))


def test_weekends_are_quiet() -> None:
    staff = ORGANIZATIONS["Staff"]
    workdays = [output(staff, date(2026, 5, 11) + timedelta(days=n)) for n in range(5)]
    weekend = [output(staff, date(2026, 5, 16) + timedelta(days=n)) for n in range(2)]
    assert max(weekend) < 0.3 * min(workdays)


def test_use_grows_over_the_year_and_not_for_ever() -> None:
    assert output(PRODUCT, date(2026, 11, 18)) > 1.5 * output(PRODUCT, date(2025, 12, 10))
    assert growth(date(2030, 1, 1)) == growth(date(2090, 1, 1))
    assert growth(date(2024, 1, 1)) == 500


@pytest.mark.parametrize("year", [2026, 2027, 2031])
def test_one_day_of_every_year_stands_out(year: int) -> None:
    spike = output(PRODUCT, date(year, 10, 14))
    around = [output(PRODUCT, date(year, 10, 14) + timedelta(days=n)) for n in (-8, -7, -1, 1, 7, 8)]
    assert spike > 1.4 * max(around)


def test_a_new_model_takes_over_within_four_weeks() -> None:
    schedule = ((date(2025, 1, 1), "old"), (date(2026, 3, 1), "new"))
    load = Load("l", schedule, Counts(output_tokens=10**6), rhythm="steady")
    activity = Activity(_organization(load))

    def models(day: date) -> dict[str, int]:
        return {model: count for (_, model, _), count in whole_day(activity, day).items()}

    assert set(models(date(2026, 2, 28))) == {"old"}
    first, middle = models(date(2026, 3, 2)), models(date(2026, 3, 24))
    assert first["old"] > first["new"] and middle["new"] > middle["old"]
    assert set(models(date(2026, 3, 30))) == {"new"}


def test_a_load_is_used_only_from_its_start_up_to_its_end() -> None:
    load = Load("l", OPUS, Counts(requests=50), rhythm="steady", start=date(2026, 3, 2), end=date(2026, 3, 4))
    activity = Activity(_organization(load))
    used = [day for day in range(1, 6) if whole_day(activity, date(2026, 3, day))]
    assert used == [2, 3]


def test_a_revision_changes_that_day_alone() -> None:
    activity = Activity(ORGANIZATION)
    before, next_day = whole_day(activity, DAY), whole_day(activity, DAY + timedelta(days=1))
    activity.revise(DAY, 50)
    assert whole_day(activity, DAY) == Counter(
        {name: count // 2 for name, count in before.items() if count // 2}
    )
    assert whole_day(activity, DAY + timedelta(days=1)) == next_day
    activity.revise(DAY, 0)
    assert not whole_day(activity, DAY)


def _organization(load: Load) -> Organization:
    return Organization("id", "One", Origin.PLATFORM, "key", "One", (load,))
