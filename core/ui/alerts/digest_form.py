"""The form of a digest: for another one, and to change one that is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from core.digests.schedule import WEEKDAYS, next_due, usable_schedule, zone_names
from core.errors import InputError
from core.store.audit import Action
from core.store.channels import Channel
from core.store.digests import Digest, DigestContent, DigestKind, Schedule, add_digest, change_digest
from core.store.given_names import LONGEST_NAME
from core.ui.app import actions, blocks, data, times
from core.ui.app.library import Library

PLACE = "digests"
KIND_LABELS = {
    DigestKind.NUMBERS: "Numbers",
    DigestKind.VIEW: "Saved view",
    DigestKind.DASHBOARD: "Dashboard",
}
_KIND = "w.digest.kind"
_DAILY = -1
_DAYS = {_DAILY: "Every day", **{place: f"Every {name}" for place, name in enumerate(WEEKDAYS)}}
_FIELDS = ("name", "target", "day", "hour", "zone", "channels")


@dataclass(frozen=True)
class _Form:
    """``targets`` and ``channels``: names by id, of what can be chosen. ``before``: what is changed."""

    kind: DigestKind
    targets: dict[int, str]
    channels: dict[int, str]
    before: Digest | None = None

    def key(self, field: str) -> str:
        return f"w.digest.{self.before.id if self.before else self.kind}.{field}"

    @property
    def schedule(self) -> Schedule:
        if self.before:
            return self.before.content.schedule
        zone = st.context.timezone
        return Schedule(None, 8, zone if zone and zone in zone_names() else "UTC")

    @property
    def chosen(self) -> list[int]:
        """The channels at first."""
        if not self.before:
            return list(self.channels)
        return [id_ for id_ in self.before.content.channels if id_ in self.channels]

    @property
    def place(self) -> int:
        """Of the target at first."""
        target = self.before.content.target if self.before else None
        return list(self.targets).index(target) if target in self.targets else 0


def add_form(saved: Library, channels: Sequence[Channel]) -> None:
    """The kind stands outside, for it decides which fields there are."""
    with st.expander("Add a digest", icon=":material/add:"):
        if not channels:
            blocks.quiet("Add a channel first: it says where digests go.")
            return
        kind = st.selectbox(
            "What", list(KIND_LABELS), format_func=KIND_LABELS.__getitem__, key=_KIND, width=240
        )
        form = _Form(kind, _targets(kind, saved), _names(channels))
        if kind is not DigestKind.NUMBERS and not form.targets:
            blocks.quiet(f"There is no {KIND_LABELS[kind].lower()} yet.")
            return
        with st.form("digest", border=False):
            _fields(form)
            st.form_submit_button("Add digest", type="primary", on_click=_ask_add)


def change_form(digest: Digest, saved: Library, channels: Sequence[Channel]) -> None:
    """All but its kind."""
    form = _Form(digest.content.kind, _targets(digest.content.kind, saved), _names(channels), digest)
    with (
        st.popover("Change", icon=":material/edit:", type="tertiary", key=f"change-digest-{digest.id}"),
        st.form(f"digest-{digest.id}", border=False),
    ):
        _fields(form)
        st.form_submit_button("Save changes", type="primary", on_click=_ask, args=(form,))


def _names(channels: Sequence[Channel]) -> dict[int, str]:
    return {channel.id: channel.name for channel in channels}


def _targets(kind: DigestKind, saved: Library) -> dict[int, str]:
    if kind is DigestKind.VIEW:
        return {view.id: view.name for view in saved.views.values()}
    if kind is DigestKind.DASHBOARD:
        return {board.id: board.name for board in saved.dashboards}
    return {}


def _fields(form: _Form) -> None:
    name = form.before.name if form.before else ""
    left, right = st.columns(2)
    left.text_input("Name of the digest", name, key=form.key("name"), max_chars=LONGEST_NAME)
    if form.targets:
        right.selectbox(
            KIND_LABELS[form.kind], list(form.targets), index=form.place,
            format_func=form.targets.__getitem__, key=form.key("target"),
        )  # fmt: skip
    _times(form)
    st.multiselect(
        "Channels", list(form.channels), default=form.chosen, format_func=form.channels.__getitem__,
        key=form.key("channels"),
    )  # fmt: skip


def _times(form: _Form) -> None:
    schedule, zones = form.schedule, zone_names()
    zones = zones if schedule.zone in zones else [schedule.zone, *zones]
    day = _DAILY if schedule.weekday is None else schedule.weekday
    left, middle, right = st.columns([2, 1, 2])
    left.selectbox(
        "Day", list(_DAYS), index=list(_DAYS).index(day), format_func=_DAYS.__getitem__, key=form.key("day")
    )
    middle.number_input("Hour", 0, 23, schedule.hour, step=1, key=form.key("hour"))
    right.selectbox(
        "Time zone", zones, index=zones.index(schedule.zone), key=form.key("zone"),
        help="The hour is of its clocks. Days in the numbers are UTC.",
    )  # fmt: skip


def _ask_add() -> None:
    """Of the kind chosen: the fields may still be those of the one before, and are then not filled."""
    _ask(_Form(st.session_state[_KIND], {}, {}))


def _ask(form: _Form) -> None:
    given = {field: st.session_state.get(form.key(field)) for field in _FIELDS}
    name = str(given["name"] or "")
    says = f"{'changed' if form.before else 'added'} {name}"
    act = partial(_keep, form, name, partial(_content, form.kind, given))
    actions.request(PLACE, "Saving the digest", act, Action.CHANGED_DIGEST, says)


def _content(kind: DigestKind, given: dict[str, object]) -> DigestContent:
    if given["zone"] is None:
        raise InputError("The form was still that of another kind.", remedy="Fill it in, and press again.")
    day, hour, target, channels = given["day"], given["hour"], given["target"], given["channels"]
    weekday = day if isinstance(day, int) and day != _DAILY else None
    schedule = usable_schedule(weekday, hour if isinstance(hour, int) else 0, str(given["zone"]))
    if kind is not DigestKind.NUMBERS and not isinstance(target, int):
        raise InputError(f"No {KIND_LABELS[kind].lower()} is chosen.", field="target", remedy="Choose one.")
    chosen = tuple(channels) if isinstance(channels, list) else ()
    return DigestContent(kind, target if isinstance(target, int) else None, schedule, chosen)


def _keep(form: _Form, name: str, content: Callable[[], DigestContent]) -> str:
    with data.admin_store() as db:
        if form.before:
            digest = change_digest(db, form.before.id, name, content(), times.now())
        else:
            digest = add_digest(db, name, content(), times.now())
    for field in _FIELDS if form.before is None else ():
        st.session_state.pop(form.key(field), None)
    if not digest.is_on:
        return f"{digest.name} was changed, and is paused as before."
    due = times.instant_label(next_due(digest.content.schedule, times.now()))
    return f"{digest.name} is sent next on {due} UTC."
