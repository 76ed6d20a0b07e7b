"""The form of a rule, and when it would have told something."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st
from sqlite_utils import Database

from core.alerts.preview import DAYS, Preview, preview
from core.alerts.rule_terms import UNIT_WORDS, read_terms, typed_terms, usable
from core.alerts.rule_words import about_rule, rule_words
from core.dimensions import CONNECTION_DIMENSIONS, DIMENSIONS
from core.dimensions import MEASURES as ALL_MEASURES
from core.errors import InputError
from core.formats import count_of
from core.store.alert_kinds import (
    DIRECTIONS,
    MEASURES,
    NEWCOMERS,
    PERIODS,
    RULE_KINDS,
    Reach,
    RuleKind,
    floor_unit_of,
    unit_of,
)
from core.store.alert_rules import USUAL_STEP, Rule, RuleContent, add_rule, change_rule
from core.store.audit import Action
from core.store.given_names import LONGEST_NAME
from core.store.saved_views import Params
from core.ui.app import actions, blocks, data, times
from core.ui.app.scopes import choose_scope
from core.ui.app.text import markdown_text

PLACE = "alert-rules"
_OPEN, _SHOWN = "rules.form", "rules.previewed"
"""Which rule is in the form: its id, or 0 for a new one; and what was last previewed."""
_NAME, _KIND, _STEP, _CHANNELS, _PLAN = (
    f"w.rule.{field}" for field in ("name", "kind", "step", "channels", "plan")
)
_MOST_SHOWN = 20
_LABELS = {"threshold": "From", "floor": "At least", "shares": "Shares of the budget, %"}
_CHOICES: Mapping[str, tuple[str, tuple[str, ...], Mapping[str, str]]] = {
    "measure": ("Measure", MEASURES, {name: ALL_MEASURES[name].label for name in MEASURES}),
    "period": ("Over a", PERIODS, {}),
    "direction": ("When it", DIRECTIONS, {"rise": "rises", "fall": "falls"}),
    "dimension": ("What is new", NEWCOMERS, {name: DIMENSIONS[name].label for name in NEWCOMERS}),
}


def ask(waiting: str, act: Callable[[Database], str], about: str) -> None:
    """Note a change of rules, from a widget's callback; ``act`` returns what is said, ``about`` is what the
    audit trail keeps."""

    def perform() -> str:
        with data.store() as db:
            return act(db)

    actions.request(PLACE, waiting, perform, Action.CHANGED_RULE, about)


def ask_form(rule: Rule | None) -> None:
    """Open the form, from a widget's callback: with a rule as it is, or a new one."""
    _close()
    st.session_state[_OPEN] = rule.id if rule else 0
    if not rule:
        return
    content = rule.content
    st.session_state.update({_NAME: content.name, _KIND: content.kind.value, _STEP: content.step})
    st.session_state[_CHANNELS] = list(content.channels or ())
    st.session_state[_PLAN] = rule.terms.plan
    for field, text in typed_terms(rule.kind, rule.terms).items():
        st.session_state[_key(rule.kind, field)] = text


def _close() -> None:
    """The next form begins with what is usual."""
    for key in [key for key in st.session_state if str(key).startswith(_FIELDS)]:
        del st.session_state[key]
    st.session_state.pop(_OPEN, None)


_FIELDS = ("w.rule.name", "w.rule.kind", "w.rule.step", "w.rule.channels", "w.rule.plan", "w.rule.of")


def form(rules: Sequence[Rule], plans: Mapping[int, str], channels: Mapping[int, str]) -> None:
    """Where it is open: the fields, what they mean, and what they would have told."""
    opened = st.session_state.get(_OPEN)
    rule = next((rule for rule in rules if rule.id == opened), None)
    if opened is None or (opened and not rule):
        return
    with st.container(border=True, key="rule-form"):
        fields, told = st.columns([3, 2], gap="large")
        with fields:
            content = _content(rule, plans, channels)
        with told:
            shown = _preview(content, plans) if content else False
        with st.container(horizontal=True, gap="small"):
            asked = partial(_ask_save, rule, content if shown else None)
            actions.typed_button("Save rule", "w.rule.save", asked, type="primary")
            st.button("Close", key="w.rule.close", on_click=_close)


def _content(rule: Rule | None, plans: Mapping[int, str], channels: Mapping[int, str]) -> RuleContent | None:
    """What stands in the fields; None, with the reason, where it makes no rule."""
    name = st.text_input("Name of the rule", key=_NAME, max_chars=LONGEST_NAME)
    kind = RuleKind(
        st.selectbox(
            "What about", [kind.value for kind in RULE_KINDS], key=_KIND, disabled=rule is not None,
            format_func=lambda value: RULE_KINDS[RuleKind(value)].label,
        )
    )  # fmt: skip
    typed = _terms(kind)
    plan = _plan(plans) if RULE_KINDS[kind].takes_plan else None
    scope = _scope(kind, rule)
    left, right = st.columns(2)
    step = left.number_input(
        "Again when worse by, %", min_value=10, max_value=1_000, value=USUAL_STEP, step=10, key=_STEP
    )
    if _CHANNELS in st.session_state:  # without those that were deleted since
        st.session_state[_CHANNELS] = [id_ for id_ in st.session_state[_CHANNELS] if id_ in channels]
    chosen = right.multiselect(
        "Channels", list(channels), key=_CHANNELS, format_func=channels.__getitem__, placeholder="All"
    )
    try:
        terms = read_terms(kind, typed, plan)
        return usable(RuleContent(name, kind, terms, scope, int(step), tuple(chosen) or None))
    except InputError as problem:
        st.warning(markdown_text(str(problem)), icon=":material/edit:")
        return None


def _terms(kind: RuleKind) -> dict[str, str]:
    """The fields of what the kind takes."""
    usual = typed_terms(kind, RULE_KINDS[kind].usual)
    typed = dict[str, str]()
    places = st.columns(2)
    fields = [*(name for name in _CHOICES if name in usual), *(name for name in _LABELS if name in usual)]
    for number, name in enumerate(fields):
        with places[number % 2]:
            typed[name] = _choice(kind, name, usual) if name in _CHOICES else _text(kind, name, usual, typed)
    return typed


def _choice(kind: RuleKind, name: str, usual: Mapping[str, str]) -> str:
    label, options, words = _CHOICES[name]
    index = options.index(usual[name])
    chosen: str = st.selectbox(
        label, options, index=index, key=_key(kind, name), format_func=lambda value: words.get(value, value)
    )
    return chosen


def _text(kind: RuleKind, name: str, usual: Mapping[str, str], typed: Mapping[str, str]) -> str:
    measure = typed.get("measure")
    units = {"threshold": unit_of(kind, measure), "floor": floor_unit_of(measure)}
    unit = f", {UNIT_WORDS[units[name]]}" if name in units else ""
    return st.text_input(f"{_LABELS[name]}{unit}", value=usual[name], key=_key(kind, name))


def _plan(plans: Mapping[int, str]) -> int | None:
    if st.session_state.get(_PLAN) not in (None, *plans):
        del st.session_state[_PLAN]
    return st.selectbox(
        "Plan", [None, *plans], key=_PLAN, format_func=lambda id_: "Every plan" if id_ is None else plans[id_]
    )


def _scope(kind: RuleKind, rule: Rule | None) -> Params:
    reach = RULE_KINDS[kind].reach
    if reach is Reach.NONE:
        return {}
    names = CONNECTION_DIMENSIONS if reach is Reach.CONNECTIONS else tuple(DIMENSIONS)
    kept = {"As it is": rule.content.scope} if rule and rule.content.scope else {}
    return choose_scope(times.today(), f"w.rule.of.{kind}", names, kept)


def _preview(content: RuleContent, plans: Mapping[int, str]) -> bool:
    """Whether it can be told."""
    st.markdown(f"**{markdown_text(rule_words(content, plans))}.**")
    try:
        shown = _previewed(content)
    except InputError as problem:
        st.warning(markdown_text(str(problem)), icon=":material/edit:")
        return False
    if not shown.fired:
        blocks.quiet(f"It would not have told anything in the last {DAYS} days.")
    else:
        blocks.quiet(f"In the last {DAYS} days it would have told of {count_of(shown.begun, 'event')}:")
    for fired in reversed(shown.fired[-_MOST_SHOWN:]):
        day = f"**{fired.at:%b} {fired.at.day}, {fired.at.year}**"
        st.markdown(f"{day} {markdown_text(fired.subject)}")
    if shown.fired[:-_MOST_SHOWN]:
        blocks.quiet(f"And {count_of(len(shown.fired) - _MOST_SHOWN, 'earlier message')}.")
    if shown.lacks:
        blocks.quiet(shown.lacks)
    return True


def _previewed(content: RuleContent) -> Preview:
    """Reckoned anew only where something that matters is another."""
    ledger = data.ledger()
    kept: tuple[object, RuleContent, Preview] | None = st.session_state.get(_SHOWN)
    state = (ledger.revision, times.today())
    if kept and kept[0] == state and kept[1] == content:
        return kept[2]
    with data.store() as db, st.spinner(f"Looking at the last {DAYS} days"):
        shown = preview(ledger, db, content, times.now())
    st.session_state[_SHOWN] = (state, content, shown)
    return shown


def _ask_save(rule: Rule | None, content: RuleContent | None) -> None:
    """Without ``content`` the form says what is wrong with it."""
    if content is None:
        return

    def act(db: Database) -> str:
        saved = change_rule(db, rule.id, content, times.now()) if rule else add_rule(db, content, times.now())
        _close()
        return f"{saved.content.name} is saved."

    ask("Saving the rule", act, about_rule(rule) if rule else f"added one of {content.kind}")


def _key(kind: RuleKind, field: str) -> str:
    return f"w.rule.of.{kind}.term.{field}"
