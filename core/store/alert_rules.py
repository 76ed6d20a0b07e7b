"""Which alerts are wanted: rules, each with a scope, terms and channels."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from core.clock import rfc3339
from core.errors import InputError
from core.store.alert_kinds import RULE_KINDS, KindTraits, RuleKind, Terms, checked_terms
from core.store.columns import stored_instant_or_none
from core.store.database import insert, writing
from core.store.given_names import named_or_numbered, usable_name
from core.store.saved_views import Params, params_text

MOST_RULES = 200
USUAL_STEP = 50
_STEPS = range(10, 1_001)


@dataclass(frozen=True)
class RuleContent:
    """``scope``: the filters of a view, as parameters of a link. ``step``: by how many per cent an event must
    worsen to be told again. ``channels``: ids; None is all that there are.

    Raises:
        InputError: terms that are none of its kind's.
    """

    name: str
    kind: RuleKind
    terms: Terms = field(default_factory=Terms)
    scope: Params = field(default_factory=dict)
    step: int = USUAL_STEP
    channels: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", checked_terms(self.kind, self.terms))
        if self.step not in _STEPS:
            raise InputError("It is told again when worse by 10 to 1,000 per cent.", field="step")

    @property
    def traits(self) -> KindTraits:
        return RULE_KINDS[self.kind]

    def judges_as(self, other: RuleContent) -> bool:
        """Whether both say the same of everything."""
        return replace(self, name="", channels=None) == replace(other, name="", channels=None)


@dataclass(frozen=True)
class Rule:
    """A content that is kept. ``on_since``: when it was switched on, or changed; None: from the start."""

    id: int
    content: RuleContent
    is_on: bool
    on_since: datetime | None = None

    @property
    def name(self) -> str:
        return self.content.name

    @property
    def kind(self) -> RuleKind:
        return self.content.kind

    @property
    def terms(self) -> Terms:
        return self.content.terms

    def event_key(self, key: str) -> str:
        """The name of an event of this rule: no two rules share one."""
        return f"{key}@{self.id}"


def list_rules(db: Database) -> list[Rule]:
    """All of them, the oldest first."""
    return [_rule(row) for row in db.query("SELECT * FROM alert_rules ORDER BY id")]


def get_rule(db: Database, rule_id: int) -> Rule:
    """Raises InputError when there is none (it may have been deleted meanwhile)."""
    for row in db.query("SELECT * FROM alert_rules WHERE id = :id", {"id": rule_id}):
        return _rule(row)
    raise InputError("This rule no longer exists.", field="rule", remedy="Look which do.")


def find_rule(db: Database, name: str) -> Rule:
    """The rule of a name, case aside, or of an id. Raises InputError when there is none."""
    return named_or_numbered(list_rules(db), name, "rule")


def add_rule(db: Database, content: RuleContent, at: datetime, *, is_on: bool = True) -> Rule:
    """Keep a rule.

    Raises:
        InputError: the name is unusable or used, or there are too many.
    """
    with writing(db):
        rules = list_rules(db)
        if len(rules) >= MOST_RULES:
            raise InputError(f"There are {MOST_RULES} rules already.", remedy="Delete some first.")
        row = {**_columns(content, rules), "is_on": int(is_on), "on_since": rfc3339(at) if is_on else None}
        return get_rule(db, insert(db, "alert_rules", row))


def change_rule(db: Database, rule_id: int, content: RuleContent, at: datetime) -> Rule:
    """Give a rule another content. One that judges otherwise now begins anew: what it told of is forgotten.

    Raises:
        InputError: the name is unusable or used, or there is no such rule.
    """
    with writing(db):
        before = get_rule(db, rule_id)
        others = [rule for rule in list_rules(db) if rule.id != rule_id]
        changed: dict[str, object] = dict(_columns(content, others))
        if not content.judges_as(before.content):
            _forget_events(db, rule_id)
            changed["on_since"] = rfc3339(at) if before.is_on else None
        db.table("alert_rules").update(rule_id, changed)
        return get_rule(db, rule_id)


def switch_rule(db: Database, rule_id: int, at: datetime, *, is_on: bool) -> Rule:
    """Switch a rule on or off. Raises InputError when there is none."""
    with writing(db):
        if get_rule(db, rule_id).is_on != is_on:
            since = rfc3339(at) if is_on else None
            db.table("alert_rules").update(rule_id, {"is_on": int(is_on), "on_since": since})
        return get_rule(db, rule_id)


def delete_rule(db: Database, rule_id: int) -> None:
    """What it told stays in the list. Nothing where there is none any more."""
    with writing(db):
        _forget_events(db, rule_id)
        db.execute("DELETE FROM alert_rules WHERE id = :id", {"id": rule_id})


def _forget_events(db: Database, rule_id: int) -> None:
    db.execute("DELETE FROM open_events WHERE key LIKE :keys", {"keys": f"%@{rule_id}"})


def _columns(content: RuleContent, others: Collection[Rule]) -> dict[str, object]:
    taken = (rule.content.name for rule in others)
    channels = None if content.channels is None else json.dumps(sorted(set(content.channels)))
    return {
        "name": usable_name(content.name, "name of the rule", taken),
        "kind": content.kind.value,
        "scope": params_text(content.scope, "rule"),
        "terms": content.terms.text(),
        "step": content.step,
        "channels": channels,
    }


def _rule(row: Mapping[str, Any]) -> Rule:
    channels = None if row["channels"] is None else tuple(json.loads(row["channels"]))
    content = RuleContent(
        row["name"], RuleKind(row["kind"]), Terms.read(row["terms"]), json.loads(row["scope"]), row["step"],
        channels,
    )  # fmt: skip
    return Rule(row["id"], content, bool(row["is_on"]), stored_instant_or_none(row["on_since"]))
