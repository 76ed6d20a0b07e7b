"""The settings page: connect an organization, rename it, change its key, remove it."""

from __future__ import annotations

from datetime import date

import streamlit as st

from core import operations
from core.errors import InputError
from core.formats import day_label
from core.reach import CLAUDE_AI_FIRST_DAY, CLAUDE_AI_REACH_DAYS, default_since
from core.store.audit import Action
from core.store.connections import Connection, list_connections
from core.ui.app import actions, audit_trail, blocks, connection_states, data, html, sync_strip, times
from core.ui.app.bill_words import bill_label
from core.ui.app.connection_states import ConnectionState
from core.ui.app.renaming import rename_form
from core.ui.app.text import markdown_text

_NAME, _KEY, _SINCE = "connect.name", "connect.key", "connect.since"


def connections_section() -> None:
    """All connections as cards, then the form for another."""
    st.header("Connections", anchor=False)
    with data.admin_store() as db:
        connections = list_connections(db)
    standing = connection_states.by_connection()
    for connection in connections:
        _card(connection, standing.get(connection.id))
    _connect_form(first=not connections)


def _connect_form(*, first: bool) -> None:
    today = times.today()
    with st.container(border=True, key="card-connect"):
        blocks.card_title(
            "Connect an organization" if first else "Connect another organization",
            "Claude Platform: an Admin key (sk-ant-admin01-), from Claude Console, Settings, Admin keys. "
            "Claude Enterprise: an Analytics key (sk-ant-api01-), from claude.ai, Organization settings. "
            "The key is checked first, stored encrypted, and never shown again. In its place env:NAME or "
            "file:/path says where it is: it is then read at each use and never stored.",
        )
        actions.show_failure("connect")
        with st.form("connect", border=False):
            left, middle, right = st.columns([2, 3, 2])
            left.text_input("Cost center name", key=_NAME, max_chars=100)
            middle.text_input("API key", type="password", key=_KEY, autocomplete="off")
            right.date_input(
                "Pull history since", value=default_since(today), max_value=today,
                format="YYYY-MM-DD", key=_SINCE,
                help="The Claude Platform is asked back to this day, or until it refuses. claude.ai reports "
                f"{CLAUDE_AI_REACH_DAYS} days at most, and nothing before {CLAUDE_AI_FIRST_DAY}.",
            )  # fmt: skip
            st.form_submit_button("Connect", type="primary", icon=":material/link:", on_click=_ask_connect)


def _ask_connect() -> None:
    """The key leaves the form at once; the rest stays until it has worked."""
    typed = st.session_state
    name, key, since = typed[_NAME], typed[_KEY], typed[_SINCE]
    typed[_KEY] = ""
    actions.request("connect", "Checking the key with Anthropic", lambda: _connect(name, key, since))


def _connect(name: str, key: str, since: date) -> str:
    connected = operations.connect(data.admin_settings(), name=name, key=key, since=since)
    audit_trail.note(Action.CONNECTED, _about(connected))
    st.session_state[_NAME] = ""
    sync_strip.start()
    return f"{connected.name} is connected ({connected.origin.value}). Its history is being pulled now."


def _card(connection: Connection, state: ConnectionState | None) -> None:
    with st.container(border=True, key=f"card-connection-{connection.id}"):
        html.show(_head(connection, state), _facts(connection, state))
        if state and state.message:
            blocks.quiet(state.message)
        actions.show_failure(_place(connection))
        with st.container(horizontal=True, gap="small"):
            rename_form(
                "connection", "New cost center name", connection, f"rename.name.{connection.id}", _ask_rename
            )
            if not connection.demo:
                _new_key(connection)
            _remove(connection)


def _head(connection: Connection, state: ConnectionState | None) -> html.Node:
    kind, word = ("calm", "Not synced yet") if state is None else (state.kind, state.word)
    return html.div(
        html.span(connection.name, cls="tl-card-title"),
        blocks.badge("calm", connection.origin.value),
        blocks.badge(kind, word),
        blocks.DEMO_BADGE if connection.demo else None,
        cls="tl-title",
    )


def _facts(connection: Connection, state: ConnectionState | None) -> html.Node:
    facts = {
        "Organization": connection.organization,
        "Key": connection.key_hint,
        "History since": day_label(connection.since),
        "Bill": bill_label(state.bill) if state else "–",
        "Last sync": times.ago(state.synced_at) if state else "never",
        "Rows": f"{state.rows:,}" if state else "0",
    }
    cells = (html.div(html.lines([html.span(name, cls="tl-quiet"), text])) for name, text in facts.items())
    return html.div(cells, cls="tl-facts")


def _ask_rename(connection: Connection, field: str) -> None:
    name = st.session_state[field]

    def renamed() -> str:
        operations.rename(data.admin_settings(), connection.id, name)
        return f"{connection.name} is now called {name.strip()}."

    actions.request(_place(connection), "Renaming", renamed, Action.RENAMED, _about(connection))


def _new_key(connection: Connection) -> None:
    field = f"key.new.{connection.id}"
    with (
        st.popover("New key", icon=":material/key:", type="tertiary", key=f"key-{connection.id}"),
        st.form(f"key-form-{connection.id}", border=False),
    ):
        st.text_input(
            "New API key",
            type="password",
            autocomplete="off",
            key=field,
            help="Of the same organization; or where it is, as env:NAME or file:/path.",
        )
        st.form_submit_button("Check and save", on_click=_ask_key, args=(connection, field))


def _ask_key(connection: Connection, field: str) -> None:
    key = st.session_state[field]
    st.session_state[field] = ""

    def rekeyed() -> str:
        operations.change_key(data.admin_settings(), connection.id, key)
        return f"{connection.name} has a new key."

    actions.request(
        _place(connection), "Checking the key with Anthropic", rekeyed, Action.NEW_KEY, _about(connection)
    )


def _remove(connection: Connection) -> None:
    field = f"remove.name.{connection.id}"
    with (
        st.popover("Remove", icon=":material/delete:", type="tertiary", key=f"remove-{connection.id}"),
        st.form(f"remove-form-{connection.id}", border=False),
    ):
        st.markdown(
            f"Removes **{markdown_text(connection.name)}** and all its data from this machine. "
            "Days that Anthropic no longer reports cannot be pulled again."
        )
        st.text_input("Type the connection’s name to confirm", key=field)
        st.form_submit_button("Remove with its data", on_click=_ask_remove, args=(connection, field))


def _ask_remove(connection: Connection, field: str) -> None:
    typed = st.session_state[field]
    actions.request(
        _place(connection), "Removing", lambda: _removed(connection, typed), Action.REMOVED,
        _about(connection),
    )  # fmt: skip


def _removed(connection: Connection, typed: str) -> str:
    if typed.strip() != connection.name:
        raise InputError(
            "The name typed is not this connection's name.",
            means="Nothing was removed.",
            remedy=f"Type {connection.name} to remove it.",
        )
    operations.remove(data.admin_settings(), connection.id)
    return f"{connection.name} and its data were removed."


def _about(connection: Connection) -> str:
    """By its number: of one that is removed no name stays."""
    return f"connection {connection.id}"


def _place(connection: Connection) -> str:
    return f"connection-{connection.id}"
