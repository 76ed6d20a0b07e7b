"""Plans and annotations in a file of settings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlite_utils import Database

from core.errors import InputError
from core.explore.plan_amounts import amount_of, amount_text, start_of
from core.explore.plan_figures import scope_of
from core.periods import calendar_label
from core.settings_file.entries import NoteEntry, PlanEntry
from core.settings_file.owning import keep_standing, stored_standing, wanted_standing
from core.settings_file.section import Into, Section
from core.store import annotations as notes
from core.store import plans
from core.store.given_names import named
from core.store.owners import Kind


def _plans(db: Database) -> list[PlanEntry]:
    return [
        _plan_entry(plan.name, plan.content, stored_standing(db, Kind.PLAN, plan.id))
        for plan in plans.list_plans(db)
    ]


def _plan_entry(name: str, content: plans.PlanContent, standing: Mapping[str, Any]) -> PlanEntry:
    amounts = {
        calendar_label(content.period, start): amount_text(content.measure, amount)
        for start, amount in sorted(content.amounts.items())
    }
    return PlanEntry(
        name=name, measure=content.measure, period=content.period, scope=content.params, amounts=amounts,
        **standing,
    )  # fmt: skip


def _plan_content(entry: PlanEntry) -> plans.PlanContent:
    scope_of(entry.scope)
    plans.PlanContent(entry.scope, entry.measure, entry.period, {})
    amounts: dict[date, int] = {}
    for label, text in entry.amounts.items():
        start = start_of(entry.period, label)
        if start in amounts:
            raise InputError(f"The period {label[:20]} stands there twice.")
        amounts[start] = amount_of(entry.measure, text)
    return plans.PlanContent(entry.scope, entry.measure, entry.period, amounts)


def _canonical_plan(entry: PlanEntry) -> PlanEntry:
    return _plan_entry(entry.name.strip(), _plan_content(entry), wanted_standing(entry))


def _put_plan(into: Into, entry: PlanEntry) -> str:
    content = _plan_content(entry)
    plan = named(plans.list_plans(into.db), entry.name)
    if plan is None:
        plan = plans.add_plan(into.db, entry.name, content, into.now)
    else:
        plans.change_plan(into.db, plan.id, entry.name, content, into.now)
    keep_standing(into.db, Kind.PLAN, plan.id, entry)
    return ""


def _drop_plan(db: Database, entry: PlanEntry) -> None:
    if plan := named(plans.list_plans(db), entry.name):
        plans.delete_plan(db, plan.id)


def _notes(db: Database) -> list[NoteEntry]:
    entries = [
        NoteEntry(first=note.first.isoformat(), last=note.last.isoformat(), text=note.text, scope=note.scope)
        for note in notes.list_annotations(db)
    ]
    return sorted(entries, key=lambda entry: (entry.first, entry.last, entry.text, sorted(entry.scope)))


def _canonical_note(entry: NoteEntry) -> NoteEntry:
    scope_of(entry.scope)
    first, last = _day(entry.first), _day(entry.last)
    text = " ".join(entry.text.split())
    return NoteEntry(first=first.isoformat(), last=last.isoformat(), text=text, scope=entry.scope)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text[:40]!r} is not a day.", remedy="Write it like 2026-11-27.") from None


def _put_note(into: Into, entry: NoteEntry) -> str:
    first, last = _day(entry.first), _day(entry.last)
    notes.add_annotation(into.db, first, last, entry.text, entry.scope, into.now)
    return ""


def _drop_note(db: Database, entry: NoteEntry) -> None:
    for note in notes.list_annotations(db):
        if (note.first.isoformat(), note.last.isoformat(), note.text, note.scope) == (
            entry.first, entry.last, entry.text, entry.scope,
        ):  # fmt: skip
            notes.delete_annotation(db, note.id)


def _note_key(entry: NoteEntry) -> str:
    return repr((entry.first, entry.last, entry.text, sorted(entry.scope.items())))


PLANS = Section("plans", "plan", _plans, _canonical_plan, _put_plan, _drop_plan)
ANNOTATIONS = Section(
    "annotations", "annotation", _notes, _canonical_note, _put_note, _drop_note, _note_key,
    lambda note: f"{note.first}: {note.text}",
)  # fmt: skip
