"""The usage report in parts: whatever is asked, the parts add up to the whole, counted from the activity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.demo.activity import Use
from core.demo.company import Counts, Load
from core.demo.service import Simulator
from tests.api.fakes import FILTER_OF
from tests.demo.asking import (
    FAST_MODE,
    PLATFORM_COST,
    PLATFORM_USAGE,
    USER_COST,
    ask,
    days,
    grouped,
    refused,
    rows,
    simulate,
    tokens_of,
)
from tests.properties import tried
from tests.support.custom import claude_ai_organization, platform_organization

DAY = date(2026, 9, 16)


def extra(name: str, **more: Any) -> Load:
    volume = Counts(*[70_000] * 6)
    return Load(name, ((date(2025, 1, 1), "claude-opus-5"),), volume, rhythm="steady", **more)


PLAIN = platform_organization("Acme", api_keys=9, users=3, workspaces=3)
ACME = replace(
    PLAIN,
    loads=(
        *PLAIN.loads,
        extra("federated", service_account_id="svac_1", service_tier="flex_discount"),
        extra("overflow", service_tier="priority_on_demand", speed="fast", workspace_id="wrkspc_x"),
        extra("sandbox", cost_type="code_execution"),
    ),
)


def field(use: Use, name: str) -> str | None:
    return use.model if name == "model" else getattr(use.load, name)  # type: ignore[no-any-return]


def used() -> list[Use]:
    return [use for use in simulate(ACME).uses(ACME.id, DAY) if use.load.cost_type == "tokens"]


def values(name: str) -> list[str]:
    return sorted({value for use in used() if (value := field(use, name)) is not None})


VALUES = {name: values(name) for name in FILTER_OF}
Chosen = dict[str, list[str]]

chosen_filters = st.dictionaries(st.sampled_from(sorted(FILTER_OF)), st.none(), max_size=3).flatmap(
    lambda names: st.fixed_dictionaries(
        {name: st.lists(st.sampled_from([*VALUES[name], "unheard-of"]), min_size=1) for name in names}
    )
)
groupings = st.lists(st.sampled_from(sorted(FILTER_OF)), max_size=5, unique=True)


def asked(simulator: Simulator, filters: Chosen, groups: Iterable[str]) -> list[Any]:
    chosen = [(FILTER_OF[name], value) for name, found in filters.items() for value in found]
    params = [*days(DAY), *grouped(*groups), *chosen]
    return rows(simulator, ACME, PLATFORM_USAGE, params, headers=FAST_MODE)


def answered(found: Iterable[Any], groups: Iterable[str]) -> Counter[tuple[str | None, ...]]:
    """Counts by the grouped fields and the name of what is counted; every row is another group."""
    total: Counter[tuple[str | None, ...]] = Counter()
    for row in found:
        searches = row["server_tool_use"]["web_search_requests"]
        for name, count in {**tokens_of(row), "searches": searches}.items():
            at = (*(row[group] for group in groups), name)
            assert at not in total
            total[at] = count
    return +total


def counted(keep: Callable[[Use], bool], groups: Iterable[str]) -> Counter[tuple[str | None, ...]]:
    """The same, counted from what happened."""
    total: Counter[tuple[str | None, ...]] = Counter()
    names = (
        "uncached_input_tokens",
        "cache_creation.ephemeral_5m_input_tokens",
        "cache_creation.ephemeral_1h_input_tokens",
        "cache_read_input_tokens",
        "output_tokens",
        "searches",
    )
    for use in filter(keep, used()):
        for name, count in zip(names, use.counts, strict=False):
            total[(*(field(use, group) for group in groups), name)] += count
    return +total


@tried(60)
@given(filters=chosen_filters, groups=groupings)
def test_filters_select_what_has_these_values(filters: Chosen, groups: list[str]) -> None:
    found = answered(asked(simulate(ACME), filters, groups), groups)
    assert found == counted(lambda use: all(field(use, n) in found for n, found in filters.items()), groups)


@tried(60)
@given(filters=chosen_filters, groups=groupings, split=st.sampled_from(sorted(FILTER_OF)))
def test_the_parts_of_a_question_and_what_no_filter_names_add_up_to_it(
    filters: Chosen, groups: list[str], split: str
) -> None:
    simulator = simulate(ACME)
    filters = {name: found for name, found in filters.items() if name != split}
    whole = answered(asked(simulator, filters, groups), groups)
    parts: Counter[tuple[str | None, ...]] = Counter()
    for value in VALUES[split]:
        parts.update(answered(asked(simulator, {**filters, split: [value]}, groups), groups))
    nameless = counted(
        lambda use: field(use, split) is None and all(field(use, n) in f for n, f in filters.items()), groups
    )
    assert parts + nameless == whole


def test_every_dimension_has_values_and_some_have_nulls() -> None:
    assert all(len(found) > 1 for name, found in VALUES.items() if name != "service_account_id")
    nulls = {name for name in FILTER_OF for use in used() if field(use, name) is None}
    assert nulls == {"account_id", "api_key_id", "service_account_id", "workspace_id"}


def test_no_value_selects_what_is_null() -> None:
    for value in ("", "null", "None", ACME.default_workspace_id):
        assert asked(simulate(ACME), {"workspace_id": [value]}, []) == []


def test_a_value_given_twice_counts_once() -> None:
    simulator = simulate(ACME)
    once = asked(simulator, {"service_tier": ["batch"]}, ["model"])
    assert asked(simulator, {"service_tier": ["batch", "batch"]}, ["model"]) == once != []


def test_a_filter_by_speed_needs_the_header_that_grouping_by_it_needs() -> None:
    params = [*days(DAY), ("speeds[]", "fast")]
    status, kind, message = refused(simulate(ACME), ACME, PLATFORM_USAGE, params)
    assert (status, kind) == (400, "invalid_request_error") and "anthropic-beta" in message
    assert rows(simulate(ACME), ACME, PLATFORM_USAGE, params, headers=FAST_MODE)


def test_a_cursor_belongs_to_its_filters() -> None:
    simulator = simulate(ACME)
    params = [*days(DAY, 5), ("limit", "2"), ("models[]", "claude-opus-5")]
    page = ask(simulator, ACME, PLATFORM_USAGE, params)
    changed = [*params[:-1], ("models[]", "claude-sonnet-4-6"), ("page", page["next_page"])]
    assert refused(simulator, ACME, PLATFORM_USAGE, changed)[0] == 400
    more = [*params, ("page", page["next_page"])]
    assert ask(simulator, ACME, PLATFORM_USAGE, more)["data"]


@pytest.mark.parametrize(
    "name",
    [
        "models",
        "model[]",
        "workspace_id[]",
        "context_windows[]",
        "service_tier[]",
        "inference_geo[]",
        "api_key_ids",
        "group_by",
        "products[]",
        "order_by",
        "time_bucket_width",
        "include_default",
    ],
)
def test_a_parameter_that_does_not_exist_is_refused(name: str) -> None:
    params = [*days(DAY), (name, "x")]
    status, kind, message = refused(simulate(ACME), ACME, PLATFORM_USAGE, params)
    assert (status, kind, message) == (
        400,
        "invalid_request_error",
        f"{name}: Extra inputs are not permitted",
    )


@pytest.mark.parametrize("name", sorted(FILTER_OF.values()))
def test_the_bill_has_no_filters(name: str) -> None:
    assert refused(simulate(ACME), ACME, PLATFORM_COST, [*days(DAY), (name, "x")])[0] == 400


def test_claude_ai_has_none_of_these_filters() -> None:
    staff = claude_ai_organization("Staff")
    for name in FILTER_OF.values():
        assert refused(simulate(staff), staff, USER_COST, [*days(DAY), (name, "x")])[0] == 400
