"""The fields of an answer that name nobody, because their words are Anthropic's own. All others are
private.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from core.probe.vocabulary import TERMS

WORDS = frozenset(
    {
        "actor_type",
        "allowed_inference_geos",
        "claude_tag_category",
        "context_window",
        "cost_type",
        "currency",
        "customer_type",
        "default_inference_geo",
        "error_code",
        "inference_geo",
        "model",
        "models",
        "period",
        "product",
        "role",
        "service_tier",
        "source",
        "speed",
        "status",
        "subscription_type",
        "token_type",
        "type",
        "workspace_geo",
        "workspace_role",
    }
)
"""Fields that hold a word of Anthropic's."""
INSTANTS = frozenset({"starting_at", "ending_at", "data_refreshed_at", "date"})
"""Fields that hold an instant or a day of the question itself."""
OPEN_MAPS = frozenset({"tags", "tool_actions"})
"""Fields whose own field names an organization chooses, or a program of its."""

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,39}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?")
_MODEL = re.compile(r"claude-[a-z0-9.\-]{1,40}")
_ID = re.compile(r"[a-z]+_[A-Za-z0-9]*\d[A-Za-z0-9]{5,}|[0-9a-f]{8}-[0-9a-f]{4}-.*|.*\d{9,}.*")


def is_harmless(field: str, text: str) -> bool:
    """Whether a field's text may be shown to anybody."""
    if field in INSTANTS:
        return bool(_INSTANT.fullmatch(text))
    if field in ("model", "models"):
        return bool(_MODEL.fullmatch(text))
    return field in WORDS and bool(_WORD.fullmatch(text)) and not _ID.fullmatch(text)


def private_texts(value: Any, field: str = "") -> Iterator[str]:
    """Every text of an answer that may name somebody; a refusal's sentence is masked word by word instead."""
    if isinstance(value, str):
        if field != "message" and not is_harmless(field, value):
            yield value
    elif isinstance(value, list):
        for item in value:
            yield from private_texts(item, field)
    elif isinstance(value, dict):
        for name, item in value.items():
            if field in OPEN_MAPS:
                yield name
            yield from private_texts(item, "" if field in OPEN_MAPS else name)


_HIDDEN = "[hidden]"
_TELLING = re.compile(
    r"""\S+@\S+                                     # an e-mail
    |sk-ant-\S+                                     # a key
    |\b[a-z]{2,}_[A-Za-z0-9]*\d[A-Za-z0-9]{3,}\b    # an id
    |\b[0-9a-fA-F]{8}-[0-9a-fA-F-]{20,}\b           # a UUID
    |[$€£]\s?\d[\d,.]*                              # an amount
    |\b\d+\.\d+\b(?!\d*-)                           # another
    |\b\d{5,}\b""",
    re.VERBOSE,
)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|'[^']*'")
_SHORTEST = 3
_CAPITAL = re.compile(r"(?<=[^.!?] )[A-Z]\w+")
"""A word with a capital in the middle of a sentence may be a name."""


def masked(text: str, private: Iterable[str]) -> str:
    """A foreign sentence without ids, e-mails, keys, amounts, quoted words and the private texts given."""
    hidden = _QUOTED.sub(_HIDDEN, text)
    for name in sorted(set(private), key=len, reverse=True):
        if len(name) >= _SHORTEST:
            hidden = re.sub(re.escape(name), _HIDDEN, hidden, flags=re.IGNORECASE)
    told = _TELLING.sub(_HIDDEN, hidden)
    return _CAPITAL.sub(lambda word: word[0] if word[0] in TERMS else _HIDDEN, told)
