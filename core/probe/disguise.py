"""Ids, names, e-mails and every other private text replaced, the same text by the same one everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from core.probe.harmless import OPEN_MAPS, is_harmless, masked, private_texts
from core.probe.redraw import AMOUNTS, DIMENSION_OF, Exchange
from core.probe.vocabulary import DESCRIPTIONS, FIELDS, ID_PREFIXES, KEPT_PARAMS, TOOLS

_CURSORS = frozenset({"next_page", "page"})
_SAME = frozenset({"", "Deleted User"})
"""Texts that the contract gives a meaning."""

_FIELD = re.compile(r"[a-z][a-z_]*[a-z0-9]")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2}))?")
_EMAIL = re.compile(r"\S+@\S+")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_ID = re.compile(r"([a-z]{1,16})_[A-Za-z0-9]+")
_NUMBERED = re.compile(r"\d{1,2}[a-z]?(\.\d)?")
_SPLIT = re.compile(r"([A-Za-z0-9.]+)")
_LONG_AGO = "2026-01-01T00:00:00Z"


class Disguise:
    """Remembers what stands for what."""

    def __init__(self, private: Iterable[str] = ()) -> None:
        self._private = frozenset(private)
        self._known: dict[str, str] = {}
        self._count: dict[str, int] = {}

    def exchange(self, exchange: Exchange) -> Exchange:
        """The same question and answer, of nobody."""
        params = [(name, self._param(name, value)) for name, value in exchange.params]
        return Exchange(exchange.path, params, exchange.status, self.value(exchange.body))

    def value(self, value: Any, name: str = "", *, known: bool = True) -> Any:
        """``known``: the field and all above it are of the contract."""
        if isinstance(value, str):
            return self._text(name if known else "", value)
        if isinstance(value, list):
            return [self.value(item, name, known=known) for item in value]
        if isinstance(value, dict):
            return self._object(value, name, known=known)
        return value

    def _object(self, value: Mapping[str, Any], name: str, *, known: bool) -> dict[str, Any]:
        if name in OPEN_MAPS:
            return {self._tag(field): self.value(item, known=field in TOOLS) for field, item in value.items()}
        return {
            self._field(field, known=known): self.value(item, field, known=known and field in FIELDS)
            for field, item in value.items()
        }

    def _tag(self, field: str) -> str:
        return field if field in TOOLS else self._new(field, "field_{}")

    def _field(self, field: str, *, known: bool) -> str:
        """A field nobody knows is worth knowing of; below one, names may be people's."""
        fit = field in FIELDS or (known and _FIELD.fullmatch(field) and len(field) <= 60)
        return field if fit and field not in self._private else self._new(field, "field_{}")

    def _param(self, name: str, value: str) -> str:
        if name in KEPT_PARAMS:
            return value
        return self._text(DIMENSION_OF.get(name, name), value)

    def _text(self, field: str, text: str) -> str:
        if text in _SAME or is_harmless(field, text) or (field in AMOUNTS and _is_decimal(text)):
            return text
        if field == "message":
            return masked(text, self._private)
        if field == "description":
            return "".join(map(self._word, _SPLIT.split(text)))
        if _INSTANT.fullmatch(text):
            return _LONG_AGO
        return self._new(text, _form(field, text))

    def _word(self, word: str) -> str:
        plain = not word.isalnum() and not word.replace(".", "").isalnum()
        if plain or word.lower() in DESCRIPTIONS or _NUMBERED.fullmatch(word):
            return word if not plain or word.isascii() else " "
        return self._new(word, "Word{}")

    def _new(self, text: str, form: str) -> str:
        key = text.casefold() if _EMAIL.fullmatch(text) else text
        if key not in self._known:
            self._count[form] = self._count.get(form, 0) + 1
            self._known[key] = form.format(self._count[form])
        return self._known[key]


def _form(field: str, text: str) -> str:
    """What a replacement looks like, with the place of its number."""
    if field in _CURSORS:
        return "page_R{}"
    if _EMAIL.fullmatch(text):
        return "person{}@example.com"
    if _UUID.fullmatch(text):
        return "00000000-0000-4000-8000-{:012d}"
    if match := _ID.fullmatch(text):
        prefix = match[1] if match[1] in ID_PREFIXES else "id"
        return prefix + "_R{:06d}"
    return "id_R{:06d}" if field.endswith("id") else "Name {}"


def _is_decimal(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdecimal()


def disguised(exchanges: list[Exchange]) -> list[Exchange]:
    """All of them, of nobody."""
    private = {text for exchange in exchanges for text in private_texts(exchange.body)}
    disguise = Disguise(private)
    return [disguise.exchange(exchange) for exchange in exchanges]
