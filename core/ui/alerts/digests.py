"""What is sent on a schedule: when each is due, what was sent and how it ended, and the form for another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import streamlit as st

from core import follow_up
from core.digests.schedule import next_due, schedule_words
from core.errors import InputError
from core.store.audit import Action
from core.store.channels import Channel, list_channels
from core.store.digests import (
    Digest,
    DigestKind,
    delete_digest,
    list_digests,
    list_sent,
    switch_digest,
)
from core.store.grants import Role
from core.store.outbox import Alert, Message
from core.ui.alerts.digest_form import PLACE, add_form, change_form
from core.ui.alerts.told import ended
from core.ui.app import actions, blocks, data, library, times, visitor
from core.ui.app.library import Library
from core.ui.app.text import markdown_text

_SENT_DAYS, _MOST_SENT = 30, 20
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
        add_form(saved, channels)
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
            change_form(digest, saved, channels)
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
            return f"Saved view “{view.name}”" if view else _unseen(digest, "saved view")
        case DigestKind.DASHBOARD:
            named = (board.name for board in saved.dashboards if board.id == content.target)
            name = next(named, None)
            return f"Dashboard “{name}”" if name else _unseen(digest, "dashboard")


def _unseen(digest: Digest, what: str) -> str:
    return f"Its {what} was deleted: nothing is sent" if digest.lost_target else f"Somebody's private {what}"


def _when(digest: Digest, channels: Sequence[Channel]) -> str:
    schedule = digest.content.schedule
    names = [channel.name for channel in channels if channel.id in digest.content.channels]
    by = f"By {', '.join(names)}" if names else "Its channels were deleted: nothing is sent"
    if not digest.is_on:
        return f"{schedule_words(schedule)}. Paused. {by}."
    due = times.instant_label(next_due(schedule, times.now()))
    return f"{schedule_words(schedule)}. Next on {due} UTC. {by}."


def _ask_send(digest: Digest) -> None:
    def act() -> str:
        outcomes = follow_up.send_digest(data.admin_settings(), digest.name, times.now)
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
