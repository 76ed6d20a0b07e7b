"""Anthropic's own limits as rows to show: what each holds for, what it is, and how much of it is spent.

What is spent of a member's limit Anthropic tells itself, wherever the limit stands. Of an organization's or
workspace's monthly limit it does not: there the cost of the ledger stands beside it, which is called so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core.explore.engine import rows
from core.explore.query import Query
from core.formats import UNKNOWN, usd_exact
from core.ledger.snapshot import Snapshot
from core.money import MICROCENTS_PER_CENT
from core.periods import ONE_DAY, Period, month_start
from core.store.spend_limits import LimitAnswer, LimitList, MemberLimit, Refused, SpendLimit

Costs = Mapping[tuple[int, str | None], int]
"""Micro-cents of this month by connection and workspace id."""
Names = Mapping[tuple[int, str], str]
"""By connection and id of a workspace or user."""

_PERIODS = {"daily": "Day", "weekly": "Week", "monthly": "Month"}
_MONTHLY = "monthly"
_SCOPES = {
    "organization": "Organization",
    "usage_tier": "Usage tier, as Anthropic set it",
    "workspace": "Workspace",
    "user": "Member",
    "seat_tier": "Each member with seat tier",
    "rbac_group": "Each member of group",
    "organization_service": "Service",
}
_SOURCES = {**_SCOPES, "user": "Own limit of", "seat_tier": "Seat tier", "rbac_group": "Group"}
_ANTHROPIC, _LEDGER = "Anthropic", "Ledger: cost this month"
_OF_THE_WHOLE = ("organization", "usage_tier")
_NO_SCOPE = (
    "The key of {names} may not read Anthropic's own limits. They need the scope read:spend_limits, which is "
    "chosen when a key is made (claude.ai, Organization settings, API): make one that has it, and change the "
    "key in Settings."
)
_NOT_OFFERED = (
    "Anthropic does not offer its own limits to {names}. For the Claude Platform they are in an early "
    "preview: its account team can open it."
)


@dataclass(frozen=True)
class LimitRow:
    """``of``: what the limit holds for, or the member. ``source``: the scope that a member's comes from.

    ``spent`` None: not known. Amounts are micro-cents of ``currency``; ``amount`` None is ``no_amount``.
    ``teller``: who tells what is spent.
    """

    connection_id: int
    of: str
    period: str
    amount: int | None
    no_amount: str
    currency: str
    spent: int | None
    source: str = ""
    teller: str = ""

    @property
    def told_by(self) -> str:
        """Who tells what is spent, where it is known."""
        return "" if self.spent is None else self.teller

    @property
    def used(self) -> float | None:
        """The share that is spent; None where it is not known, or nothing may be spent."""
        return None if self.spent is None or not self.amount else self.spent / self.amount

    @property
    def amount_text(self) -> str:
        return self.no_amount if self.amount is None else money(self.amount, self.currency)

    @property
    def spent_text(self) -> str:
        return UNKNOWN if self.spent is None else money(self.spent, self.currency)

    @property
    def used_text(self) -> str:
        return UNKNOWN if self.used is None else f"{self.used:.0%}"


def money(microcents: int, currency: str) -> str:
    """In whole cents; of another currency than dollars in its minor unit, whichever that is."""
    minor = (microcents + MICROCENTS_PER_CENT // 2) // MICROCENTS_PER_CENT
    return (
        usd_exact(minor * MICROCENTS_PER_CENT)
        if currency == "USD"
        else f"{minor:,} minor units of {currency}"
    )


def set_limits(
    limits: Sequence[SpendLimit], costs: Costs, members: Sequence[MemberLimit], names: Names
) -> list[LimitRow]:
    """The limits that are set, the fullest first. ``costs``: of this month."""
    told = {
        (member.connection_id, member.user_id, member.period, member.currency): _known(member.spent)
        for member in members
        if member.user_id
    }
    return sorted((_set_limit(limit, costs, told, names) for limit in limits), key=_fullest)


_Told = Mapping[tuple[int, str, str, str], int | None]
"""What is spent by connection, member, period and currency, as Anthropic tells it."""


def _set_limit(limit: SpendLimit, costs: Costs, told: _Told, names: Names) -> LimitRow:
    of_member = limit.scope_type == "user"
    return LimitRow(
        limit.connection_id,
        _scope(_SCOPES, limit.connection_id, limit.scope_type, limit.scope_id, names) + _state(limit),
        _PERIODS.get(limit.period, limit.period),
        limit.amount,
        "No number",
        limit.currency,
        told.get((limit.connection_id, limit.scope_id or "", limit.period, limit.currency))
        if of_member
        else _cost_of(limit, costs),
        teller=_ANTHROPIC if of_member else _LEDGER,
    )


def _known(spent: int | None) -> int | None:
    """Spend of zero is not known: Anthropic also says so where it cannot tell just now."""
    return spent or None


def _state(limit: SpendLimit) -> str:
    return "" if limit.is_enabled else " (switched off)"


def _cost_of(limit: SpendLimit, costs: Costs) -> int | None:
    """What the ledger has of what a monthly limit in dollars holds for; None of any other."""
    if limit.period != _MONTHLY or limit.currency != "USD":
        return None
    of_connection = {
        workspace: cost for (id_, workspace), cost in costs.items() if id_ == limit.connection_id
    }
    if not of_connection:
        return None
    if limit.scope_type in _OF_THE_WHOLE:
        return sum(of_connection.values())
    return of_connection.get(limit.scope_id, 0) if limit.scope_type == "workspace" else None


def member_limits(limits: Sequence[MemberLimit], names: Names) -> list[LimitRow]:
    """What applies to each member, the fullest first."""
    made = [
        LimitRow(
            limit.connection_id,
            limit.user or "Unknown member",
            _PERIODS.get(limit.period, limit.period),
            limit.amount,
            "No limit",
            limit.currency,
            _known(limit.spent),
            _scope(_SOURCES, limit.connection_id, limit.source_type or "", limit.source_id, names),
            _ANTHROPIC,
        )
        for limit in limits
    ]
    return sorted(made, key=_fullest)


def _fullest(row: LimitRow) -> tuple[float, bool, int, str, str]:
    return -(row.used or 0), row.amount is None, -(row.amount or 0), row.of.casefold(), row.period


def _scope(called: Mapping[str, str], connection_id: int, kind: str, id_: str | None, names: Names) -> str:
    """As people read it; a kind that is not known stands as Anthropic calls it."""
    words = called.get(kind, kind.replace("_", " ").capitalize() or UNKNOWN)
    return f"{words} {names.get((connection_id, id_), id_)}" if id_ else words


def costs_of_month(ledger: Snapshot, today: date, default_ids: Mapping[int, str]) -> Costs:
    """Cost since the 1st, as the ledger has it. ``default_ids``: of workspaces that rows do not name."""
    period = Period(month_start(today), today + ONE_DAY)
    frame = rows(ledger, Query(("cost",), period, ("cost_center", "workspace_id")))
    ids = {connection.cost_center: connection.id for connection in ledger.connections}
    costs: dict[tuple[int, str | None], int] = {}
    for center, workspace, cost in frame.select("cost_center", "workspace_id_value", "cost").iter_rows():
        if cost is not None:
            key = ids[center], workspace or default_ids.get(ids[center])
            costs[key] = costs.get(key, 0) + cost
    return costs


def how_to_get(answers: Sequence[LimitAnswer], names: Mapping[int, str]) -> list[str]:
    """A sentence for each reason why a list is not told. ``names``: of the connections that are shown."""
    sentences = []
    for reason, words in ((Refused.SCOPE, _NO_SCOPE), (Refused.NOT_OFFERED, _NOT_OFFERED)):
        refused = {answer.connection_id for answer in answers if answer.refused is reason}
        told = sorted(names[id_] for id_ in refused if id_ in names)
        if told:
            sentences.append(words.format(names=", ".join(told)))
    left_out = sum(answer.left_out for answer in answers if answer.connection_id in names)
    if left_out:
        sentences.append(f"{left_out:,} of Anthropic's entries could not be read and are not shown.")
    return sentences


def answered(answers: Sequence[LimitAnswer], of: LimitList) -> list[int]:
    """The connections whose list was told."""
    return [answer.connection_id for answer in answers if answer.list is of and answer.refused is None]
