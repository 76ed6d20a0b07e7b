"""Who was granted which role: the list, and the form for another; for admins."""

from __future__ import annotations

import streamlit as st

from core.people.naming import (
    Named,
    grant_words,
    scope_of,
    scope_words,
    subject_of,
    subject_words,
    workspace_names,
)
from core.store.audit import Action
from core.store.connections import list_connections
from core.store.grants import Grant, Role, add_grant, list_grants, remove_grant
from core.ui.app import actions, audit_trail, blocks, data, times, visitor
from core.ui.app.text import markdown_text

PLACE = "grants"
_WHO, _ROLE, _OWN, _PSEUDONYMS = "w.grant.who", "w.grant.role", "w.grant.own", "w.grant.pseudonyms"
_PARTS = ("connection", "workspace", "product")
_MOST_PRODUCTS = 500


def grants_section() -> None:
    """Counts where people sign in; may be prepared before."""
    with data.admin_store() as db:
        listed = [(grant, scope_words(db, grant.scope)) for grant in list_grants(db)]
    with st.container(border=True, key="card-grants"):
        blocks.card_title("Roles", "The highest that somebody has counts. What viewers see adds up.")
        actions.show_failure(PLACE)
        if not listed:
            blocks.quiet("Nothing is granted yet.")
        for grant, words in listed:
            _row(grant, words)
        _form()


def _row(grant: Grant, words: str) -> None:
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        who = markdown_text(subject_words(grant.subject))
        st.markdown(f"**{who}** {grant.role.value.capitalize()}, {markdown_text(words)}", width="content")
        st.button(
            "Take away", icon=":material/delete:", type="tertiary", key=f"w.grant.remove.{grant.id}",
            on_click=_ask_remove, args=(grant,),
        )  # fmt: skip


def _form() -> None:
    """The role stands outside, for it decides which fields there are."""
    with st.expander("Grant a role", icon=":material/add:"):
        chosen = st.selectbox("Role", [*map(str, Role)], key=_ROLE, format_func=str.capitalize, width=240)
        role = Role(str(chosen))
        with st.form("grant", border=False):
            st.text_input(
                "Who", key=_WHO, placeholder="ann@example.com, @example.com or group:finance", max_chars=300
            )
            if role is Role.VIEWER:
                _parts()
            st.form_submit_button("Grant", type="primary", on_click=_ask_grant)


def _parts() -> None:
    """What a viewer sees: of each kind any, of several kinds what fits all."""
    with data.admin_store() as db:
        offered = {
            "connection": {str(connection.id): connection.name for connection in list_connections(db)},
            "workspace": workspace_names(db),
        }
    products = data.dimension_values(data.ledger(), "product")[:_MOST_PRODUCTS]
    offered["product"] = {text: text for option in products if isinstance(text := option.value, str)}
    for part, names in offered.items():
        st.multiselect(
            f"{part.capitalize()}s", list(names), format_func=names.__getitem__, key=f"w.grant.{part}",
            placeholder="All", select_all=False,
        )  # fmt: skip
    st.toggle("Only their own use", key=_OWN)
    st.toggle("Pseudonyms for the names of others", key=_PSEUDONYMS)


def _ask_grant() -> None:
    who, role = st.session_state[_WHO], Role(st.session_state[_ROLE])
    parts = {part: tuple(st.session_state.get(f"w.grant.{part}") or ()) for part in _PARTS}
    own, pseudonyms = (bool(st.session_state.get(key)) for key in (_OWN, _PSEUDONYMS))
    named = Named(parts["connection"], parts["workspace"], parts["product"], own, pseudonyms)

    def act() -> str:
        with data.admin_store() as db:
            scope = scope_of(db, named if role is Role.VIEWER else Named())
            by = visitor.current().email
            grant = add_grant(db, subject_of(who.strip()), role, scope, times.now(), by)
        audit_trail.note(Action.GRANTED, grant_words(grant))
        st.session_state[_WHO] = ""
        return f"{subject_words(grant.subject)} is {grant.role.value} now."

    actions.request(PLACE, "Granting", act)


def _ask_remove(grant: Grant) -> None:
    def act() -> str:
        with data.admin_store() as db:
            remove_grant(db, grant.id)
        return f"{grant.role.value.capitalize()} was taken away from {subject_words(grant.subject)}."

    actions.request(PLACE, "Taking away", act, Action.TOOK_AWAY, grant_words(grant))
