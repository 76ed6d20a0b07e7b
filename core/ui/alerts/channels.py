"""By which channels alerts go out: the list, a test of each, and the form for another."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core import follow_up
from core.alerts.kinds import APPRISE, EMAIL, KINDS, SECURITIES, WEBHOOK, hook_content, mail_content
from core.alerts.services import HOW_TO_GET, is_installed, service_content
from core.store.audit import Action
from core.store.channels import Channel, ChannelContent, add_channel, delete_channel, list_channels
from core.store.given_names import LONGEST_NAME
from core.store.grants import Role
from core.store.outbox import channel_problems
from core.store.secrets import Vault
from core.ui.app import actions, blocks, data, times, visitor
from core.ui.app.text import markdown_text

PLACE = "channels"
_KIND = "w.channel.kind"
_MAIL = ("host", "port", "security", "user", "password", "sender", "recipients")
_HOOK = ("url", "signing_secret")
_SECRETS = ("password", "url", "signing_secret")
_SECURITY_LABELS = {"starttls": "STARTTLS", "tls": "TLS", "none": "None (this machine only)"}


def channels_card() -> None:
    """Every channel, with a test and its removal; for admins."""
    if not visitor.may(Role.ADMIN):
        return
    with data.admin_store() as db:
        channels, problems = list_channels(db), channel_problems(db)
    with st.container(border=True, key="card-channels"):
        blocks.card_title(
            "Channels", "A rule goes out by all of them, or by those it names. Secrets are stored encrypted."
        )
        actions.show_failure(PLACE)
        if not channels:
            blocks.quiet("There is none yet: alerts are kept below, and told nobody.")
        for channel in channels:
            _row(channel, problems.get(channel.id, ""))
        _form()


def _row(channel: Channel, problem: str) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        words = f"**{markdown_text(channel.name)}** {KINDS[channel.kind]}, {markdown_text(channel.hint)}"
        off = "" if channel.is_on else " — switched off: add it again, under this name, with its secret"
        st.markdown(words + off, width="content")
        st.button(
            "Test", icon=":material/send:", type="tertiary", key=f"w.channel.test.{channel.id}",
            help="Send a message by this channel now.", on_click=_ask_test, args=(channel,),
        )  # fmt: skip
        st.button(
            "Delete", icon=":material/delete:", type="tertiary", key=f"w.channel.delete.{channel.id}",
            on_click=_ask_delete, args=(channel,),
        )  # fmt: skip
    if problem:
        st.warning(f"It does not deliver: {markdown_text(problem)}", icon=":material/unsubscribe:")


def _form() -> None:
    """The kind stands outside, for it decides which fields there are."""
    with st.expander("Add a channel", icon=":material/add:"):
        offered = [kind for kind in KINDS if kind != APPRISE or is_installed()]
        kind = st.selectbox("Kind", offered, format_func=KINDS.__getitem__, key=_KIND, width=240)
        with st.form("channel", border=False):
            st.text_input("Name of the channel", key=_key("name"), max_chars=LONGEST_NAME)
            _mail_fields() if kind == EMAIL else _hook_fields(kind)
            st.form_submit_button("Add channel", type="primary", on_click=_ask_add)
        if APPRISE not in offered:
            blocks.quiet(HOW_TO_GET)


def _mail_fields() -> None:
    left, middle, right = st.columns([3, 1, 2])
    left.text_input("Mail server", key=_key("host"), placeholder="smtp.example.com")
    middle.text_input("Port", key=_key("port"), placeholder="587")
    right.selectbox("Encryption", SECURITIES, format_func=_SECURITY_LABELS.__getitem__, key=_key("security"))
    left, right = st.columns(2)
    left.text_input("User", key=_key("user"), help="Empty where nobody signs in.", autocomplete="off")
    right.text_input("Password", type="password", key=_key("password"), autocomplete="off")
    left, right = st.columns(2)
    left.text_input("From", key=_key("sender"), placeholder="ledger@example.com")
    right.text_input("To", key=_key("recipients"), placeholder="ann@example.com, ben@example.com")


def _hook_fields(kind: str) -> None:
    label = "Address, as Apprise has it" if kind == APPRISE else "Webhook address"
    st.text_input(label, type="password", key=_key("url"), autocomplete="off")
    if kind == WEBHOOK:
        st.text_input(
            "Signing secret", type="password", key=_key("signing_secret"), autocomplete="off",
            help="A long random text that the receiver knows too: it tells messages from forged ones.",
        )  # fmt: skip


def _ask_add() -> None:
    """Secrets leave the form at once; the rest stays until it has worked."""
    kind = st.session_state[_KIND]
    fields = _MAIL if kind == EMAIL else _HOOK
    name = st.session_state[_key("name")]
    typed = {field: str(st.session_state.get(_key(field)) or "") for field in fields}
    for field in set(_SECRETS) & set(fields):
        st.session_state[_key(field)] = ""
    actions.request(
        PLACE,
        "Adding the channel",
        lambda: _added(name, lambda: _content(kind, typed)),
        Action.CHANGED_CHANNEL,
        f"added one: {KINDS[kind]}",
    )


def _content(kind: str, typed: dict[str, str]) -> ChannelContent:
    if kind == EMAIL:
        return mail_content(**typed)
    return service_content(typed["url"]) if kind == APPRISE else hook_content(kind, **typed)


def _added(name: str, content: Callable[[], ChannelContent]) -> str:
    with data.admin_store() as db:
        channel = add_channel(db, Vault(data.admin_settings()), name, content(), times.now())
    st.session_state[_key("name")] = ""
    return f"{channel.name} is a channel now. Send a test to see that it works."


def _ask_test(channel: Channel) -> None:
    def act() -> str:
        note = follow_up.try_channel(data.admin_settings(), str(channel.name))
        return f"A test was sent by {channel.name}. {note}".rstrip()

    actions.request(PLACE, "Sending a test", act)


def _ask_delete(channel: Channel) -> None:
    def act() -> str:
        with data.admin_store() as db:
            delete_channel(db, channel.id)
        return f"{channel.name} was deleted. What waited for it is not sent."

    actions.request(PLACE, "Deleting", act, Action.CHANGED_CHANNEL, f"deleted {channel.name}")


def _key(field: str) -> str:
    return f"w.channel.{field}"
