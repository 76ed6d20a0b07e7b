"""How a value is shown, and how it is written where it must be read back.

A label is for people and unambiguous: a workspace that is really called "Default workspace" reads
“Default workspace”, in quotation marks. A code is for links: ``~none`` is the empty value, ``~~none`` the
text "~none".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from core.dimensions import NOT_APPLICABLE, NOT_LISTED, TOKEN_TYPES, UNATTRIBUTED, Dimension, Source
from core.errors import InputError
from core.explore.query import Empty, Filter, Match, Value, find_dimension
from core.visible import code_points, is_visible

JOINT = " · "
"""Between the labels of a group of several dimensions."""

ALL = "Total"
"""The one group of a view that is not grouped."""

_MARK = "~"


_NOT_OF_THIS = {
    Empty.NONE: "None",
    Empty.UNATTRIBUTED: UNATTRIBUTED,
    Empty.NO_VALUE: "No value",
    Empty.NOT_LISTED: NOT_LISTED,
}
"""Labels of kinds of empty that a link may name though the dimension never shows them."""


def empty_labels(dimension: Dimension) -> dict[Empty, str]:
    """Labels of the kinds of empty this dimension can show."""
    labels = {Empty.NONE: dimension.empty} if dimension.empty else {}
    labels[Empty.NOT_APPLICABLE] = NOT_APPLICABLE
    if dimension.source is Source.LIST:
        labels |= {Empty.NO_VALUE: dimension.no_value, Empty.NOT_LISTED: NOT_LISTED}
    return labels | {Empty.UNATTRIBUTED: UNATTRIBUTED} if dimension.unattributed else labels


def value_label(dimension: Dimension, value: Value) -> str:
    """How ``value`` reads in a filter, a legend or a table. Never blank; two values never read the same."""
    if isinstance(value, Empty):
        return empty_labels(dimension).get(value) or _NOT_OF_THIS[value]
    known = TOKEN_TYPES if dimension.name == "token_type" else {}
    return known.get(value) or _quoted(value, taken_labels(dimension))


def taken_labels(dimension: Dimension) -> set[str]:
    """Texts a value may not read as itself: words for empty ones, token types and their words."""
    known = TOKEN_TYPES if dimension.name == "token_type" else {}
    return {*empty_labels(dimension).values(), *known, *known.values()}


def spelled_label(dimension: Dimension, value: Value) -> str:
    """Like :func:`value_label`, with every value spelled as the API does: what a CSV cell holds."""
    if isinstance(value, Empty):
        return value_label(dimension, value)
    return _quoted(value, set(empty_labels(dimension).values()))


def _quoted(value: str, taken: set[str]) -> str:
    """In quotation marks where it would read as something else; quoted text too, so that no two collide.

    What nobody can see is named.
    """
    if value and not is_visible(value):
        return f"“{value}” ({code_points(value)})"
    in_quotes = value[:1] == "“" and value[-1:] == "”"
    return f"“{value}”" if value in taken or in_quotes or not value else value


def group_label(columns: Sequence[str]) -> pl.Expr:
    """The labels of a group's dimensions as one: “a · b” · c is not a · “b · c”."""
    if len(columns) < 2:
        return pl.col(columns[0]) if columns else pl.lit(ALL)
    return pl.concat_str([_quoted_at_joint(pl.col(name)) for name in columns], separator=JOINT)


def _quoted_at_joint(label: pl.Expr) -> pl.Expr:
    quoted = pl.concat_str(pl.lit("“"), label, pl.lit("”"))
    return pl.when(label.str.contains(JOINT.strip(), literal=True)).then(quoted).otherwise(label)


def encode_value(value: Value) -> str:
    """A value as text that :func:`decode_value` turns back into exactly it."""
    if isinstance(value, Empty):
        return _MARK + value.value
    return _MARK + value if value.startswith(_MARK) or not value else value


def decode_value(text: str) -> Value:
    """Undo :func:`encode_value`.

    Raises:
        InputError: a mark followed by nothing that is known.
    """
    if not text.startswith(_MARK):
        return text
    rest = text[len(_MARK) :]
    if not rest or rest.startswith(_MARK):
        return rest
    try:
        return Empty(rest)
    except ValueError:
        remedy = f"If that is the value's own text, write {_MARK + text[:40]}."
        raise InputError(f"{text[:40]!r} is not a kind of empty value.", remedy=remedy) from None


FILTER_KINDS: dict[str, tuple[bool, Match]] = {
    "in": (False, Match.IS),
    "not": (True, Match.IS),
    "has": (False, Match.CONTAINS),
    "hasnot": (True, Match.CONTAINS),
    "starts": (False, Match.STARTS),
    "startsnot": (True, Match.STARTS),
}
"""How links spell a kind of filter, before the dot: whether it excludes, and how it matches."""

_SPELLED = {kind: word for word, kind in FILTER_KINDS.items()}


def filter_param(condition: Filter) -> tuple[str, list[str]]:
    """A filter as the parameter of a link: its key and its values."""
    encoded = (
        map(encode_value, condition.values) if condition.match is Match.IS else map(str, condition.values)
    )
    return f"{_SPELLED[condition.exclude, condition.match]}.{condition.dimension}", list(encoded)


def is_filter_param(key: str) -> bool:
    word, dot, _ = key.partition(".")
    return bool(dot) and word in FILTER_KINDS


def read_filter(key: str, values: Iterable[Value]) -> Filter:
    """Undo :func:`filter_param`, its values read already.

    Raises:
        InputError: an unknown dimension, or what :class:`Filter` refuses.
    """
    word, _, name = key.partition(".")
    return Filter(find_dimension(name).name, tuple(values), *FILTER_KINDS[word])


def read_filter_value(key: str, text: str) -> Value:
    """A value of the parameter ``key``: parts of a text stand as they are.

    Raises:
        InputError: a mark followed by nothing that is known.
    """
    is_part = FILTER_KINDS[key.partition(".")[0]][1] is not Match.IS
    return text if is_part else decode_value(text)


def parse_value(dimension: Dimension, text: str) -> Value:
    """What a person means by ``text``: a code, a label (an empty one too), or the plain value."""
    for empty, label in empty_labels(dimension).items():
        if text == label:
            return empty
    if text[:1] == "“" and text[-1:] == "”" and spelled_label(dimension, text[1:-1]) == text:
        return text[1:-1]
    return decode_value(text)


def parse_filters(conditions: Sequence[str]) -> tuple[Filter, ...]:
    """Read ``dimension=value``, ``dimension~=part`` and ``dimension^=start``; with ``!`` before, exclude.

    Values of one dimension are alternatives: ``model=a`` and ``model=b`` keep both models.

    Raises:
        InputError: a condition of another form, or an unknown dimension.
    """
    values_of: dict[tuple[str, bool, Match], list[Value]] = {}
    for condition in conditions:
        name, equals, text = condition.partition("=")
        if not equals:
            raise InputError(
                f"{condition[:60]!r} is not a filter.", field="where", remedy="Write it as dimension=value."
            )
        match = {"~": Match.CONTAINS, "^": Match.STARTS}.get(name[-1:], Match.IS)
        name = name if match is Match.IS else name[:-1]
        dimension = find_dimension(name.removesuffix("!").strip())
        value = parse_value(dimension, text) if match is Match.IS else text
        values_of.setdefault((dimension.name, name.endswith("!"), match), []).append(value)
    return tuple(Filter(name, tuple(values), no, match) for (name, no, match), values in values_of.items())
