"""What is sent on a schedule: when each is due, what was sent and how it ended, and the form for another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from core import operations
from core.digests.schedule import WEEKDAYS, next_due, schedule_words, usable_schedule, zone_names
from core.errors import InputError
from core.store.audit import Action
from core.store.channels import Channel, list_channels
from core.store.digests import (
    Digest,
    DigestContent,
    DigestKind,
    add_digest,
    delete_digest,
    list_digests,
    list_sent,
    switch_digest,
)
from core.store.given_names import LONGEST_NAME
from core.store.grants import Role
from core.store.outbox import Alert, Message
from core.ui.alerts.told import ended
from core.ui.app import actions, blocks, data, library, times, visitor
from core.ui.app.library import Library
from core.ui.app.text import markdown_text

PLACE = "digests"
_SENT_DAYS, _MOST_SENT = 30, 20
_KINDS = {
    DigestKind.NUMBERS: "Numbers",
    DigestKind.VIEW: "Saved view",
    DigestKind.DASHBOARD: "Dashboard",
}
_KIND = "w.digest.kind"
_DAILY = -1
_DAYS = {_DAILY: "Every day", **{place: f"Every {name}" for place, name in enumerate(WEEKDAYS)}}

Sent = Sequence[tuple[Alert, tuple[Message, ...]]]


def digests_card() -> None:
    """Every digest, what was sent, and the form; for admins: what goes out may reach whoever has no role."""
    if not visitor.may(Role.ADMIN):
        return
    saved = library.read()
    with data.admin_store() as db:
        digests, channels = list_digests(db), list_channels(db)
        sent = list_sent(db, times.now() - timedelta(days=_SENT_DAYS))
    with st.container(border=True, key="card-digests"):
        blocks.card_title(
            "Digests and views on a schedule",
            "The numbers of the last day or week, a saved view or a dashboard with its files. "
            "Looked at after every sync, and by python -m core notify.",
        )
        actions.show_failure(PLACE)
        if not digests:
            blocks.quiet("There is none yet.")
        for digest in digests:
            _row(digest, saved, channels)
        _form(saved, channels)
        _sent(sent)


def _row(digest: Digest, saved: Library, channels: Sequence[Channel]) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown(
            f"**{markdown_text(digest.name)}** {markdown_text(_what(digest, saved))}", width="content"
        )
        if not digest.lost_target:
            st.button(
                "Send one now", icon=":material/send:", type="tertiary", key=f"w.digest.send.{digest.id}",
                on_click=_ask_send, args=(digest,),
            )  # fmt: skip
            _switch(digest)
        st.button(
            "Delete", icon=":material/delete:", type="tertiary", key=f"w.digest.delete.{digest.id}",
            on_click=_ask_delete, args=(digest,),
        )  # fmt: skip
    blocks.quiet(_when(digest, channels))
    if digest.problem:
        blocks.quiet(f"Not sent: {digest.problem}")


def _switch(digest: Digest) -> None:
    label, icon = ("Pause", ":material/pause:") if digest.is_on else ("Go on", ":material/play_arrow:")
    st.button(
        label, icon=icon, type="tertiary", key=f"w.digest.switch.{digest.id}", on_click=_ask_switch,
        args=(digest,),
    )  # fmt: skip


def _what(digest: Digest, saved: Library) -> str:
    content = digest.content
    match content.kind:
        case DigestKind.NUMBERS:
            return (
                "Numbers of the last day" if content.schedule.weekday is None else "Numbers of the last week"
            )
        case DigestKind.VIEW:
            view = saved.views.get(content.target or 0)
            return f"Saved view “{view.name}”" if view else "Its saved view was deleted: nothing is sent"
        case DigestKind.DASHBOARD:
            named = (board.name for board in saved.dashboards if board.id == content.target)
            name = next(named, None)
            return f"Dashboard “{name}”" if name else "Its dashboard was deleted: nothing is sent"


def _when(digest: Digest, channels: Sequence[Channel]) -> str:
    schedule = digest.content.schedule
    names = [channel.name for channel in channels if channel.id in digest.content.channels]
    by = f"By {', '.join(names)}" if names else "Its channels were deleted: nothing is sent"
    if not digest.is_on:
        return f"{schedule_words(schedule)}. Paused. {by}."
    due = times.instant_label(next_due(schedule, times.now()))
    return f"{schedule_words(schedule)}. Next on {due} UTC. {by}."


def _form(saved: Library, channels: Sequence[Channel]) -> None:
    """The kind stands outside, for it decides which fields there are."""
    with st.expander("Add a digest", icon=":material/add:"):
        if not channels:
            blocks.quiet("Add a channel first: it says where digests go.")
            return
        kind = st.selectbox("What", list(_KINDS), format_func=_KINDS.__getitem__, key=_KIND, width=240)
        targets = _targets(kind, saved)
        if kind is not DigestKind.NUMBERS and not targets:
            blocks.quiet(f"There is no {_KINDS[kind].lower()} yet.")
            return
        with st.form("digest", border=False):
            _fields(kind, targets, {channel.id: channel.name for channel in channels})
            st.form_submit_button("Add digest", type="primary", on_click=_ask_add, args=(kind,))


def _targets(kind: DigestKind, saved: Library) -> dict[int, str]:
    if kind is DigestKind.VIEW:
        return {view.id: view.name for view in saved.views.values()}
    if kind is DigestKind.DASHBOARD:
        return {board.id: board.name for board in saved.dashboards}
    return {}


def _fields(kind: DigestKind, targets: dict[int, str], channels: dict[int, str]) -> None:
    left, right = st.columns(2)
    left.text_input("Name of the digest", key=_key("name"), max_chars=LONGEST_NAME, placeholder="Morning")
    if targets:
        right.selectbox(_KINDS[kind], list(targets), format_func=targets.__getitem__, key=_key(f"of.{kind}"))
    left, middle, right = st.columns([2, 1, 2])
    left.selectbox("Day", list(_DAYS), format_func=_DAYS.__getitem__, key=_key("day"))
    middle.number_input("Hour", min_value=0, max_value=23, value=8, step=1, key=_key("hour"))
    zones = zone_names()
    right.selectbox(
        "Time zone", zones, index=zones.index(_browser_zone(zones)), key=_key("zone"),
        help="The hour is of its clocks. Days in the numbers are UTC.",
    )  # fmt: skip
    st.multiselect(
        "Channels", list(channels), default=list(channels), format_func=channels.__getitem__,
        key=_key("channels"),
    )  # fmt: skip


def _browser_zone(zones: Sequence[str]) -> str:
    zone = st.context.timezone
    return zone if zone and zone in zones else "UTC"


def _ask_add(kind: DigestKind) -> None:
    given = {name: st.session_state.get(_key(name)) for name in ("name", "day", "hour", "zone", "channels")}
    target = st.session_state.get(_key(f"of.{kind}"))

    def act() -> str:
        schedule = usable_schedule(
            None if given["day"] == _DAILY else given["day"], int(given["hour"] or 0), str(given["zone"])
        )
        if kind is not DigestKind.NUMBERS and target is None:
            raise InputError(f"No {_KINDS[kind].lower()} is chosen.", field="target", remedy="Choose one.")
        content = DigestContent(kind, target, schedule, tuple(given["channels"] or ()))
        with data.admin_store() as db:
            digest = add_digest(db, str(given["name"] or ""), content, times.now())
        st.session_state[_key("name")] = ""
        due = times.instant_label(next_due(schedule, times.now()))
        return f"{digest.name} is sent first on {due} UTC."

    actions.request(PLACE, "Adding the digest", act, Action.CHANGED_DIGEST, f"added {given['name']}")


def _ask_send(digest: Digest) -> None:
    def act() -> str:
        outcomes = operations.send_digest(data.admin_settings(), str(digest.id), times.now)
        failed = [outcome for outcome in outcomes if outcome.problem]
        if failed:
            raise InputError(f"{failed[0].channel} did not take it.", means=failed[0].problem)
        return f"{digest.name} was sent." if outcomes else f"{digest.name} waits to be sent, as listed below."

    actions.request(PLACE, "Sending", act, Action.SENT_DIGEST, digest.name)


def _ask_switch(digest: Digest) -> None:
    def act() -> str:
        with data.admin_store() as db:
            switch_digest(db, digest.id, is_on=not digest.is_on, at=times.now())
        return f"{digest.name} is paused." if digest.is_on else f"{digest.name} goes on."

    actions.request(PLACE, "Saving", act, Action.CHANGED_DIGEST)


def _ask_delete(digest: Digest) -> None:
    def act() -> str:
        with data.admin_store() as db:
            delete_digest(db, digest.id)
        return f"{digest.name} was deleted. What it sent stays listed."

    actions.request(PLACE, "Deleting", act, Action.CHANGED_DIGEST, f"deleted {digest.name}")


def _sent(sent: Sent) -> None:
    if not sent:
        return
    with st.expander(f"Sent in the last {_SENT_DAYS} days", icon=":material/outbox:"):
        for alert, messages in sent[:_MOST_SENT]:
            how = "; ".join(map(ended, messages)) or "no channel was left"
            blocks.quiet(f"{times.instant_label(alert.told_at)}. {alert.subject}. {how}")
        if sent[_MOST_SENT:]:
            blocks.quiet(f"{len(sent) - _MOST_SENT} more: python -m core digests lists all.")


def _key(field: str) -> str:
    return f"w.digest.{field}"
