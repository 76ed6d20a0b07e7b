"""Activity, grouped as the reports group it. Results are plain dictionaries in the API's own field names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple

from core.demo.activity import Use
from core.demo.bills import CostCell, CostLine, Naming, cents, cost_cell, cost_lines
from core.demo.company import Counts, Organization

Result = dict[str, Any]

PLATFORM_USAGE_GROUPS = (
    "account_id",
    "api_key_id",
    "context_window",
    "inference_geo",
    "model",
    "service_account_id",
    "service_tier",
    "speed",
    "workspace_id",
)
PLATFORM_USAGE_FILTERS = {
    "account_ids[]": "account_id",
    "api_key_ids[]": "api_key_id",
    "context_window[]": "context_window",
    "inference_geos[]": "inference_geo",
    "models[]": "model",
    "service_account_ids[]": "service_account_id",
    "service_tiers[]": "service_tier",
    "speeds[]": "speed",
    "workspace_ids[]": "workspace_id",
}
"""Which field each filter is for."""
PLATFORM_COST_GROUPS = ("workspace_id", "description")
CLAUDE_AI_USAGE_GROUPS = (
    "product",
    "model",
    "context_window",
    "inference_geo",
    "speed",
    "slack_channel_id",
    "claude_tag_category",
    "claude_tag_user_id",
)
CLAUDE_AI_COST_GROUPS = (*CLAUDE_AI_USAGE_GROUPS, "cost_type", "token_type")
LARGEST_GROUPS = 100

_PARSED = ("cost_type", "model", "service_tier", "context_window", "inference_geo", "token_type", "speed")
_SPLITS = ("cost_type", "token_type")
_OF_TOKENS = frozenset({"model", "service_tier", "context_window", "inference_geo", "speed"})


def token_fields(counts: Counts) -> Result:
    """The counts of a usage row, cache writes nested."""
    return {
        "uncached_input_tokens": counts.uncached_input_tokens,
        "cache_creation": {
            "ephemeral_5m_input_tokens": counts.ephemeral_5m_input_tokens,
            "ephemeral_1h_input_tokens": counts.ephemeral_1h_input_tokens,
        },
        "cache_read_input_tokens": counts.cache_read_input_tokens,
        "output_tokens": counts.output_tokens,
        "server_tool_use": {"web_search_requests": counts.web_searches},
    }


def summed(uses: Iterable[Use], key: Callable[[Use], Any]) -> dict[Any, Counts]:
    """Counts of token use by key, in the order the keys first occur."""
    sums: dict[Any, list[int]] = {}
    for use in uses:
        if use.load.cost_type == "tokens":
            known = sums.setdefault(key(use), [0] * len(use.counts))
            for at, count in enumerate(use.counts):
                known[at] += count
    return {group: Counts(*counts) for group, counts in sums.items()}


def group_key(groups: Sequence[str]) -> Callable[[Use], tuple[str | None, ...]]:
    """Reads the grouped fields of a use."""
    getters = [_getter(name) for name in groups]
    return lambda use: tuple(get(use) for get in getters)


def _getter(name: str) -> Callable[[Use], str | None]:
    if name == "claude_tag_user_id":
        return lambda _use: None
    read = attrgetter("model") if name == "model" else attrgetter(f"load.{name}")
    if name in _OF_TOKENS:
        return lambda use: read(use) if use.load.cost_type == "tokens" else None
    return read


def selected(uses: Iterable[Use], filters: Mapping[str, Collection[str]]) -> Iterator[Use]:
    """The uses that have, in every field with values given, one of these. What is null no value selects."""
    checks = [(_getter(field), frozenset(values)) for field, values in filters.items() if values]
    return (use for use in uses if all(get(use) in values for get, values in checks))


def usage_results(uses: Iterable[Use], groups: Sequence[str]) -> list[Result]:
    """A bucket of the Platform's usage report."""
    blank = dict.fromkeys(PLATFORM_USAGE_GROUPS)
    return [
        {**token_fields(counts), **blank, **dict(zip(groups, key, strict=True))}
        for key, counts in summed(uses, group_key(groups)).items()
    ]


def cost_results(
    organization: Organization, uses: Iterable[Use], groups: Sequence[str], naming: Naming
) -> list[Result]:
    """A bucket of the Platform's cost report."""
    amounts: dict[tuple[Any, ...], int] = defaultdict(int)
    fields = CostCell._fields if naming.with_speed else CostCell._fields[:-1]
    kept = [("description" if name in _PARSED else name) in groups for name in fields]
    for cell, amount in _cost_cells(organization, uses, naming):
        amounts[tuple(value if keep else None for value, keep in zip(cell, kept, strict=False))] += amount
    return [
        {"amount": cents(amount), "currency": "USD", **dict(zip(fields, key, strict=True))}
        for key, amount in amounts.items()
    ]


def _cost_cells(
    organization: Organization, uses: Iterable[Use], naming: Naming
) -> Iterator[tuple[CostCell, int]]:
    for use in uses:
        load = use.load
        for line in cost_lines(use, organization.discount_percent):
            yield cost_cell(load, use.model, line.cost_type, line.token_type, naming), line.amount


def actor(organization: Organization, user_id: str, today: date) -> Result:
    """Who is behind a claude.ai row; a deleted account keeps its id and nothing else."""
    person = organization.person(user_id)
    deleted = person.deleted(today)
    return {
        "type": "user_actor",
        "user_id": user_id,
        "email_address" if organization.newer_spelling else "email": None if deleted else person.email,
        "name": "Deleted User" if deleted else person.name,
        "deleted": deleted,
    }


class Ranked(NamedTuple):
    """One group of a claude.ai report: its key, its size, and its rows (more than one where it is split)."""

    key: tuple[str | None, ...]
    size: int
    rows: list[Result]


def claude_ai_usage(uses: Iterable[Use], groups: Sequence[str], *, by_user: bool) -> list[Ranked]:
    """Groups of a claude.ai usage report; with ``by_user``, the first part of a key is the user's id."""
    blank = dict.fromkeys(CLAUDE_AI_USAGE_GROUPS)
    key = group_key(("user_id", *groups) if by_user else groups)
    return [
        Ranked(group, sum(counts.tokens), [{**blank, **_grouped(groups, group), **_usage_fields(counts)}])
        for group, counts in summed(uses, key).items()
    ]


def _grouped(groups: Sequence[str], key: tuple[str | None, ...]) -> Result:
    return dict(zip(groups, key[len(key) - len(groups) :], strict=True))


def _usage_fields(counts: Counts) -> Result:
    total = sum(counts.tokens)
    return {**token_fields(counts), "total_tokens": total, "requests": counts.requests}


def claude_ai_cost(
    organization: Organization, uses: Iterable[Use], groups: Sequence[str], *, by_user: bool
) -> list[Ranked]:
    """Groups of a claude.ai cost report, each split by cost type and token type where asked."""
    plain = [name for name in groups if name not in _SPLITS]
    blank = dict.fromkeys(CLAUDE_AI_USAGE_GROUPS)
    key = group_key(("user_id", *plain) if by_user else plain)
    bills: dict[tuple[str | None, ...], _Bill] = {}
    for use in uses:
        bill = bills.setdefault(key(use), _Bill(groups))
        bill.add(use, organization.discount_percent)
    return [
        Ranked(at, bill.size, [{**head, **row} for row in bill.rows()])
        for at, bill in bills.items()
        if bill.amounts
        for head in [{**blank, **_grouped(plain, at)}]
    ]


class _Bill:
    """The cost of one group."""

    def __init__(self, groups: Sequence[str]) -> None:
        self._by_cost_type, self._by_token_type = (name in groups for name in _SPLITS)
        self._requests = 0
        self.amounts: dict[tuple[str | None, str | None], tuple[int, int]] = {}

    @property
    def size(self) -> int:
        return sum(amount for amount, _ in self.amounts.values())

    def add(self, use: Use, discount_percent: int) -> None:
        self._requests += use.counts.requests
        for line in cost_lines(use, discount_percent):
            if line.token_type is None and self._by_token_type and not self._by_cost_type:
                continue
            split = self._split(line)
            amount, listed = self.amounts.get(split, (0, 0))
            self.amounts[split] = amount + line.amount, listed + line.list_amount

    def _split(self, line: CostLine) -> tuple[str | None, str | None]:
        cost_type = line.cost_type if self._by_cost_type else None
        return cost_type, line.token_type if self._by_token_type else None

    def rows(self) -> Iterator[Result]:
        split = self._by_cost_type or self._by_token_type
        for (cost_type, token_type), (amount, listed) in self.amounts.items():
            yield {
                "amount": cents(amount),
                "list_amount": cents(listed),
                "currency": "USD",
                "requests": None if split else self._requests,
                "cost_type": cost_type,
                "token_type": token_type,
            }
