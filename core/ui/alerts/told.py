"""What was told in the last 30 days, by which channels, and how that ended."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from core.formats import count_of
from core.store.findings import muted_series
from core.store.outbox import Alert, Message, MessageState, Phase, list_alerts
from core.ui.app import blocks, data, html, times

TOLD_DAYS = 30
MOST_SHOWN = 50
_PHASES = {Phase.BEGUN: ("calm", "Began"), Phase.WORSE: ("bad", "Worse"), Phase.ENDED: ("ok", "Over")}


def told_card() -> None:
    """The latest first."""
    with data.store() as db:
        told = list_alerts(db, times.now() - timedelta(days=TOLD_DAYS))
        muted = list(muted_series(db).values())
    with st.container(border=True, key="card-told"):
        blocks.card_title("Told", f"In the last {TOLD_DAYS} days.")
        if not told:
            blocks.quiet("Nothing was worth an alert.")
        if muted:
            blocks.quiet(f"Nothing is told of what the Anomalies page mutes: {', '.join(muted)}.")
        for alert, messages in told[:MOST_SHOWN]:
            _row(alert, messages)
        if told[MOST_SHOWN:]:
            blocks.quiet(f"{count_of(len(told) - MOST_SHOWN, 'older one')}: python -m core alerts lists all.")


def _row(alert: Alert, messages: tuple[Message, ...]) -> None:
    html.show(
        html.div(
            html.span(alert.subject, cls="tl-card-title"), blocks.badge(*_PHASES[alert.phase]), cls="tl-title"
        )
    )
    blocks.quiet(f"{times.instant_label(alert.told_at)}. {alert.text}")
    blocks.quiet("; ".join(map(ended, messages)) or "Told nobody: there was no channel.")


def ended(message: Message) -> str:
    """How a message fared, by which channel."""
    name, tries = message.channel_name, count_of(message.attempts, "try", "tries")
    match message.state:
        case MessageState.SENT:
            at = times.instant_label(message.sent_at) if message.sent_at else ""
            return f"{name}: sent {at}{'. ' if message.last_error else ''}{message.last_error}"
        case MessageState.FAILED:
            return f"{name}: given up after {tries}. {message.last_error}"
        case MessageState.SENDING:
            return f"{name}: being sent"
        case MessageState.WAITING:
            return (
                f"{name}: waits after {tries}. {message.last_error}" if message.attempts else f"{name}: waits"
            )
