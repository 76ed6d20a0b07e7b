"""Terms of a rule as people type them, and whether its scope is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlite_utils import Database

from core.dimensions import CONNECTION_DIMENSIONS
from core.errors import InputError
from core.explore.plan_amounts import amount_of, amount_text
from core.explore.plan_figures import scope_of
from core.store.alert_kinds import RULE_KINDS, Reach, RuleKind, Terms, checked_terms, floor_unit_of, unit_of
from core.store.alert_rules import RuleContent
from core.store.channels import find_channel

_MEASURES = {"usd": "cost", "rate": "cost", "tokens": "tokens"}
"""Units that are typed as amounts are, with a measure of that unit."""
_HOURS_OF_A_DAY = 24
UNIT_WORDS = {
    "usd": "$",
    "tokens": "tokens",
    "percent": "%",
    "hours": "hours, or days like 3 d",
    "rate": "$ / 1M tokens",
}


def read_terms(kind: RuleKind, typed: Mapping[str, str | None], plan: int | None = None) -> Terms:
    """``typed``: by the names of terms; what is not there is as usual. Shares are separated by commas.

    Raises:
        InputError: a term is none of the kind's, or is no amount, number or choice.
    """
    given = {name: text.strip() for name, text in typed.items() if text and text.strip()}
    measure = given.get("measure") or RULE_KINDS[kind].usual.measure
    threshold, floor, shares = given.get("threshold"), given.get("floor"), given.get("shares")
    terms = Terms(
        threshold=_number(unit_of(kind, measure), threshold, "threshold") if threshold else None,
        floor=_number(floor_unit_of(measure), floor, "floor") if floor else None,
        period=given.get("period"),
        measure=given.get("measure"),
        direction=given.get("direction"),
        dimension=given.get("dimension"),
        shares=tuple(_whole(share, "shares") for share in shares.split(",")) if shares else None,
        plan=plan,
    )
    return checked_terms(kind, terms)


def typed_terms(kind: RuleKind, terms: Terms) -> dict[str, str]:
    """The same as they are typed; without the plan."""
    numbers = (
        ("threshold", unit_of(kind, terms.measure), terms.threshold),
        ("floor", floor_unit_of(terms.measure), terms.floor),
    )
    texts = {name: _text(unit, value) for name, unit, value in numbers if value is not None}
    choices = ("period", "measure", "direction", "dimension")
    texts |= {name: value for name in choices if (value := getattr(terms, name)) is not None}
    return texts | ({"shares": ", ".join(map(str, terms.shares))} if terms.shares else {})


def usable(content: RuleContent) -> RuleContent:
    """The content, if its scope can be judged.

    Raises:
        InputError: the scope cannot be read, or has filters that a rule of its kind cannot have.
    """
    reach = RULE_KINDS[content.kind].reach
    for condition in scope_of(content.scope):
        if reach is Reach.NONE:
            raise InputError("A plan has a scope of its own.", field="scope", remedy="Leave the scope out.")
        if reach is Reach.CONNECTIONS and condition.dimension not in CONNECTION_DIMENSIONS:
            names = ", ".join(sorted(CONNECTION_DIMENSIONS))
            raise InputError(
                f"What the kind {content.kind} tells of is not told apart by {condition.dimension}.",
                field="scope", remedy=f"Filter by one of: {names}.",
            )  # fmt: skip
    return content


def channel_ids(db: Database, names: Iterable[str]) -> tuple[int, ...]:
    """Of channels by name or id. Raises InputError when there is none of it."""
    return tuple(find_channel(db, name).id for name in names)


def _number(unit: str, text: str, field: str) -> int:
    """Hours may be days: ``3 d``."""
    if unit in _MEASURES:
        return amount_of(_MEASURES[unit], text)
    if unit == "hours" and text.endswith("d"):
        return _whole(text.removesuffix("d"), field) * _HOURS_OF_A_DAY
    return _whole(text, field)


def _whole(text: str, field: str) -> int:
    digits = text.strip().removesuffix("%").strip()
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 9):
        raise InputError(
            f"{text.strip()[:40]!r} is no whole number.", field=field, remedy="Write it like 50."
        )
    return int(digits)


def _text(unit: str, value: int) -> str:
    return amount_text(_MEASURES[unit], value) if unit in _MEASURES else str(value)
