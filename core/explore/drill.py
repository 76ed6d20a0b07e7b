"""The steps that led into a view by clicking: enough to go back to any of them.

A step is written into the link as parameters of its own: a link opened elsewhere has the same way back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from core.errors import InputError
from core.explore.labels import decode_value, encode_value
from core.explore.query import Filter, Value, find_dimension

MAX_STEPS = 8


@dataclass(frozen=True)
class Step:
    """One click: what was grouped by before it, the filters it added, and those they replaced."""

    group_by: tuple[str, ...]
    added: tuple[Filter, ...]
    replaced: tuple[Filter, ...] = ()


def encode_step(step: Step) -> str:
    """A step as text that :func:`decode_step` turns back into exactly it."""
    pairs = [("by", name) for name in step.group_by]
    pairs += [pair for one in step.added for pair in _pairs("", one)]
    pairs += [pair for one in step.replaced for pair in _pairs("was.", one)]
    return urlencode(pairs)


def decode_step(text: str) -> Step:
    """Undo :func:`encode_step`.

    Raises:
        InputError: it names no filter, or something unknown.
    """
    pairs = parse_qsl(text, keep_blank_values=True)
    group_by = tuple(find_dimension(name).name for key, name in pairs if key == "by")
    added = _filters((key, value) for key, value in pairs if not key.startswith("was."))
    replaced = _filters((key.removeprefix("was."), value) for key, value in pairs if key.startswith("was."))
    if not added:
        raise InputError("A step of the link names no filter.", field="step")
    return Step(tuple(dict.fromkeys(group_by)), added, replaced)


def _pairs(prefix: str, one: Filter) -> list[tuple[str, str]]:
    key = f"{prefix}{'not' if one.exclude else 'in'}.{one.dimension}"
    return [(key, encode_value(value)) for value in one.values]


def _filters(pairs: Iterable[tuple[str, str]]) -> tuple[Filter, ...]:
    found: dict[tuple[str, bool], list[Value]] = {}
    for key, text in pairs:
        kind, dot, name = key.partition(".")
        if dot and kind in ("in", "not"):
            found.setdefault((find_dimension(name).name, kind == "not"), []).append(decode_value(text))
    return tuple(Filter(name, tuple(values), exclude) for (name, exclude), values in found.items())
