"""Which alerts are wanted: a switch for each rule, and the form that makes and changes one."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st
from sqlite_utils import Database

from core.alerts.rule_words import about_rule, rule_words
from core.formats import count_of
from core.store.alert_rules import Rule, delete_rule, list_rules, switch_rule
from core.store.channels import list_channels
from core.store.outbox import count_told
from core.ui.alerts.rule_form import PLACE, ask, ask_form, form
from core.ui.alerts.told import TOLD_DAYS
from core.ui.app import actions, blocks, data, ownership, times
from core.ui.app.answer_blocks import nothing_connected
from core.ui.app.text import markdown_text


def rules_card() -> None:
    """Every rule, switched at once; before anything is connected, what will be here."""
    if not data.connections():
        nothing_connected()
        blocks.stop()
    with data.store() as db:
        rules = list_rules(db)
        channels = {channel.id: channel.name for channel in list_channels(db)}
        told = count_told(db, times.now() - timedelta(days=TOLD_DAYS))
    plans = {plan.id: plan.name for plan in ownership.plans()}
    with st.container(border=True, key="card-rules"):
        blocks.card_title("Rules", "Looked at after every sync, and by python -m core notify.")
        actions.show_failure(PLACE)
        for rule in rules:
            _row(rule, rule_words(rule.content, plans), f"{_by(rule, channels)}{_told(told[rule.id])}")
        st.button("New rule", icon=":material/add:", key="w.rule.new", on_click=ask_form, args=(None,))
        form(rules, plans, channels)


def _by(rule: Rule, channels: dict[int, str]) -> str:
    """By which channels, where not by all."""
    if rule.content.channels is None:
        return ""
    names = [channels[id_] for id_ in rule.content.channels if id_ in channels]
    return f" By {', '.join(names)}." if names else " By no channel: it is told nobody."


def _told(count: int) -> str:
    return f" Told {count_of(count, 'time')} in {TOLD_DAYS} days." if count else ""


def _row(rule: Rule, words: str, more: str) -> None:
    switch = f"w.rule.on.{rule.id}"
    st.session_state[switch] = rule.is_on  # as it is stored, whoever changed it
    name = markdown_text(rule.content.name)
    row = st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"rule-{rule.id}")
    with row, st.container(gap=None):
        st.toggle(name, key=switch, on_change=_ask_switch, args=(rule, switch))
        st.caption(markdown_text(f"{words}.{more}"))
    with row, st.container(horizontal=True, gap="small", width="content"):
        st.button(
            "Change", icon=":material/edit:", type="tertiary", key=f"w.rule.edit.{rule.id}",
            on_click=ask_form, args=(rule,),
        )  # fmt: skip
        st.button(
            "Remove", icon=":material/delete:", type="tertiary", key=f"w.rule.delete.{rule.id}",
            on_click=_ask_delete, args=(rule,),
        )  # fmt: skip


def _ask_switch(rule: Rule, switch: str) -> None:
    is_on = bool(st.session_state[switch])

    def act(db: Database) -> str:
        switch_rule(db, rule.id, times.now(), is_on=is_on)
        return "Switched on." if is_on else "Switched off."

    ask("Saving", act, about_rule(rule))


def _ask_delete(rule: Rule) -> None:
    def act(db: Database) -> str:
        delete_rule(db, rule.id)
        return f"{rule.content.name} was removed. What it told stays in the list."

    ask("Removing", act, f"removed {about_rule(rule)}")
