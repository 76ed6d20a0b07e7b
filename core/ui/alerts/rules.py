"""Which alerts are wanted: a switch for each, and from how much on."""

from __future__ import annotations

import streamlit as st

from core.store.alert_rules import Rule, change_rule, list_rules
from core.store.audit import Action
from core.ui.app import actions, blocks, data, times
from core.ui.app.answer_blocks import nothing_connected

PLACE = "alert-rules"
_UNITS = {"usd": "dollars", "percent": "% of the budget"}


def rules_card() -> None:
    """Every rule, changed at once; before anything is connected, what will be here."""
    if not data.connections():
        nothing_connected()
        st.stop()
    with data.store() as db:
        rules = list_rules(db)
    with st.container(border=True, key="card-rules"):
        blocks.card_title("Rules", "Looked at after every sync, and by python -m core notify.")
        actions.show_failure(PLACE)
        for rule in rules.values():
            _row(rule)


def _row(rule: Rule) -> None:
    switch, field = f"w.rule.on.{rule.name}", f"w.rule.from.{rule.name}"
    st.session_state[switch] = rule.is_on  # as it is stored, whoever changed it
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.toggle(rule.kind.label, key=switch, on_change=_ask_switch, args=(rule, switch), width="content")
        if rule.kind.unit:
            st.session_state[field] = rule.threshold
            st.number_input(
                f"{rule.kind.label}: {_UNITS[rule.kind.unit]}", min_value=1, max_value=rule.kind.most, step=1,
                key=field, on_change=_ask_threshold, args=(rule, field), label_visibility="collapsed",
                width=130,
            )  # fmt: skip
            st.markdown(_UNITS[rule.kind.unit], width="content")


def _ask_switch(rule: Rule, switch: str) -> None:
    is_on = bool(st.session_state[switch])

    def act() -> str:
        with data.store() as db:
            change_rule(db, rule.name, times.now(), is_on=is_on)
        return "Switched on." if is_on else "Switched off."

    actions.request(PLACE, "Saving", act, Action.CHANGED_RULE, _about(rule))


def _ask_threshold(rule: Rule, field: str) -> None:
    threshold = st.session_state[field]

    def act() -> str:
        with data.store() as db:
            change_rule(db, rule.name, times.now(), threshold=threshold)
        return "Saved."

    actions.request(PLACE, "Saving", act, Action.CHANGED_RULE, _about(rule))


def _about(rule: Rule) -> str:
    """Which, and how it was before."""
    return f"{rule.name.value}, which was {'on' if rule.is_on else 'off'} from {rule.threshold} on"
