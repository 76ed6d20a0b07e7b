"""Anthropic's own limits: those that are set, those of members, and how to get them where they are not told.

They are no plans of this program, and nothing is added to them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl
import streamlit as st
from sqlite_utils import Database

from core.bidi import isolated
from core.dimensions import Unit
from core.explore import spend_limits
from core.explore.sheets import Column
from core.explore.spend_limits import LimitRow
from core.formats import count_of
from core.ledger.snapshot import Snapshot
from core.store.directory import read_names
from core.store.learned import DEFAULT_WORKSPACE, read_learned
from core.store.spend_limits import LimitAnswer, limit_answers, list_member_limits, list_spend_limits
from core.ui.app import blocks, data, downloads, times
from core.ui.app.about import made
from core.ui.app.downloads import File

NEARLY = 0.8
_NEAREST = 8
"""So many members are named on a page that is not about them."""


@dataclass(frozen=True)
class Limits:
    """``names``: cost centers of the connections that are asked about, by id."""

    names: dict[int, str]
    answers: list[LimitAnswer]
    caps: list[LimitRow]
    members: list[LimitRow]

    @property
    def read_at(self) -> datetime | None:
        """When the oldest of the lists that are shown was read."""
        told = [answer.read_at for answer in self.answers if answer.refused is None]
        return min(told, default=None)


def limits_of(ledger: Snapshot, kept: Collection[int], today: date) -> Limits:
    """Of the connections ``kept``; nothing for whom only a part is shown: a limit is of the whole."""
    if ledger.restriction:
        return Limits({}, [], [], [])
    names = {each.id: each.cost_center for each in ledger.connections if each.id in kept}
    with data.store() as db:
        ids, default_ids = _names(db, names)
        answers = [answer for answer in limit_answers(db) if answer.connection_id in names]
        caps = [cap for cap in list_spend_limits(db) if cap.connection_id in names]
        members = [member for member in list_member_limits(db) if member.connection_id in names]
    ids |= {(each.connection_id, each.user_id): each.user for each in members if each.user_id and each.user}
    costs = _costs(ledger, today, default_ids) if caps else {}
    return Limits(
        names,
        answers,
        spend_limits.set_limits(caps, costs, members, ids),
        spend_limits.member_limits(members, ids),
    )


def _names(db: Database, connections: Collection[int]) -> tuple[dict[tuple[int, str], str], dict[int, str]]:
    """Names of workspaces and users by connection and id; default workspaces' ids by connection."""
    ids: dict[tuple[int, str], str] = {}
    default_ids: dict[int, str] = {}
    for connection_id in connections:
        listed = read_names(db, connection_id)
        ids |= {(connection_id, id_): name for id_, name in {**listed.users, **listed.workspaces}.items()}
        if default := read_learned(db, connection_id).text("workspaces", DEFAULT_WORKSPACE):
            default_ids[connection_id] = default
    return ids, default_ids


def _costs(ledger: Snapshot, today: date, default_ids: dict[int, str]) -> spend_limits.Costs:
    question = (today, sorted(default_ids.items()))
    return data.cached(
        "limit costs", ledger, question, lambda: spend_limits.costs_of_month(ledger, today, default_ids)
    )


def set_limits_card(limits: Limits) -> None:
    """What is set, the members nearest to their limit, and how to get what is not told."""
    hints = spend_limits.how_to_get(limits.answers, limits.names)
    if not limits.caps and not limits.members:
        for hint in hints:
            blocks.quiet(isolated(hint))
        return
    with st.container(border=True, key="card-limits"):
        _head("Anthropic's own limits", _extent(limits), limits, "limits")
        if limits.caps:
            _table(limits, limits.caps, "Holds for", "Limits that are set", by_several=True)
        nearest = [row for row in limits.members if (row.used or 0) >= NEARLY]
        if limits.members:
            whole = count_of(len({row.of for row in limits.members}), "member")
            blocks.quiet(
                f"{len(nearest):,} limits of {whole} are spent to {NEARLY:.0%} or more; People has all."
            )
        if nearest:
            _table(limits, nearest[:_NEAREST], "Member", "Members nearest to their limit")
        for hint in hints:
            blocks.quiet(isolated(hint))


def members_card(limits: Limits) -> None:
    """Every member's limits, the fullest first."""
    if not limits.members:
        return
    with st.container(border=True, key="card-member-limits"):
        _head("Anthropic's limits of members", _extent(limits), limits, "member-limits")
        _table(limits, limits.members, "Member", "Limits of members")
        blocks.quiet(
            "As Anthropic tells and enforces them; they are not this program's plans. Spend of zero may "
            "also be spend that Anthropic could not tell just then, so neither is shown as a number."
        )


def _extent(limits: Limits) -> str:
    at = limits.read_at
    since = f" as of {times.instant_label(at)} UTC" if at else ""
    return f"Enforced by Anthropic, beside your plans and never part of them;{since}"


def _head(title: str, words: str, limits: Limits, key: str) -> None:
    with blocks.card_head(key, title, words):
        downloads.menu(_files(limits), made, key=key)


def _table(limits: Limits, shown: Sequence[LimitRow], of: str, alt: str, *, by_several: bool = False) -> None:
    """``by_several``: not all that is spent is told by Anthropic."""
    rows = shown[: blocks.MOST_ROWS]
    columns = {
        of: [isolated(row.of) for row in rows],
        "Used": [row.used_text for row in rows],
        "Spent": [row.spent_text for row in rows],
        "Limit": [row.amount_text for row in rows],
        "Per": [row.period for row in rows],
        **({"Spent, as told by": [row.told_by for row in rows]} if by_several else {}),
        "Connection": [isolated(limits.names[row.connection_id]) for row in rows],
        **({"Comes from": [isolated(row.source) for row in rows]} if any(row.source for row in rows) else {}),
    }
    st.dataframe(
        pl.DataFrame(columns), hide_index=True, width="stretch", height=blocks.table_height(len(rows)),
        alt=f"{alt}: {len(shown)} rows",
        column_config={
            name: st.column_config.Column(alignment="right") for name in ("Used", "Spent", "Limit")
        },
    )  # fmt: skip
    if len(shown) > len(rows):
        blocks.quiet(f"The first {len(rows):,} of {len(shown):,} are shown; the files have all.")


def _files(limits: Limits) -> list[File]:
    of_caps = _file(limits, "Limits that are set", "limits", limits.caps)
    of_members = _file(limits, "Limits of members", "member-limits", limits.members)
    return [file for file, rows in ((of_caps, limits.caps), (of_members, limits.members)) if rows]


def _file(limits: Limits, label: str, stem: str, rows: Sequence[LimitRow]) -> File:
    return File(label, f"token-ledger_{stem}_{times.today()}", lambda: _columns(limits, rows))


def _columns(limits: Limits, rows: Sequence[LimitRow]) -> list[Column]:
    """Dollars; amounts of another currency are left empty, for no column is in it."""
    dollars = [row if row.currency == "USD" else None for row in rows]
    return [
        Column("holds_for", [row.of for row in rows]),
        Column("cost_center", [limits.names[row.connection_id] for row in rows]),
        Column("per", [row.period for row in rows]),
        Column("currency", [row.currency for row in rows]),
        Column("limit_usd", [row.amount if row else None for row in dollars], Unit.USD),
        Column("spent_usd", [row.spent if row else None for row in dollars], Unit.USD),
        Column("used_ratio", [row.used for row in rows]),
        Column("spent_told_by", [row.told_by or None for row in rows]),
        Column("comes_from", [row.source or None for row in rows]),
    ]
