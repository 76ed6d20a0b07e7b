"""Pseudonyms in the place of people's names and ids, for who may not see them.

A person has one pseudonym, whatever the name or id of a row, and always the same one: it is made with a key
of the data folder. Where fewer people than a group needs are to be seen, all of them share one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import msgspec
import polars as pl

from core.dimensions import NOT_TOLD
from core.ledger.lists import Lists
from core.ledger.manifest import ListEntry
from core.ledger.namesakes import Labels

_LETTERS = 10
_COLUMNS = {"connection_id": pl.Int32, "user": pl.String, "user_id": pl.String, "_as": pl.String}
_CREATOR = "api_key_creator"

Bearer = tuple[int, str | None, str | None]
"""Connection, id and name, as a row has them."""


@dataclass(frozen=True)
class Veil:
    """``smallest``: as many people as there have to be for one of them to be told apart."""

    key: bytes = field(repr=False)
    smallest: int = 0

    def pseudonym(self, identity: str) -> str:
        """Of a person by their e-mail address, else name, else id."""
        digest = hmac.new(self.key, identity.casefold().encode(), hashlib.sha256).digest()
        text = base64.b32encode(digest).decode()[:_LETTERS]
        return f"Person {text[: _LETTERS // 2]}-{text[_LETTERS // 2 :]}"


@dataclass(frozen=True)
class Disguise:
    """Whom each bearer is shown as; who is not in it stays as they are, if they are the one who asks."""

    shown_as: tuple[tuple[Bearer, str], ...]

    def put_on(self, scan: pl.LazyFrame, columns: Iterable[str]) -> pl.LazyFrame:
        """The rows with pseudonyms; whoever has none is nobody."""
        rows = [(connection, name, id_, text) for (connection, id_, name), text in self.shown_as]
        table = pl.LazyFrame(rows, schema=_COLUMNS, orient="row")
        joined = scan.join(table, on=["connection_id", "user", "user_id"], how="left", nulls_equal=True)
        named = [pl.when(pl.col(name).is_not_null()).then("_as").alias(name) for name in ("user", "user_id")]
        return joined.with_columns(named).select(*columns)


def disguise_of(veil: Veil, bearers: Iterable[Bearer], labels: Labels, own: Iterable[Bearer]) -> Disguise:
    """For all who are seen; those of ``own`` are shown as they are called."""
    mine = set(own)
    identities = {bearer: _identity(bearer, labels) for bearer in bearers if bearer[1] or bearer[2]}
    mine |= {bearer for bearer, identity in identities.items() if identity == NOT_TOLD}
    others = {identity for bearer, identity in identities.items() if bearer not in mine}
    are_few = len(others) < veil.smallest
    few = f"Fewer than {veil.smallest} people"
    return Disguise(
        tuple(
            (bearer, identity if bearer in mine else few if are_few else veil.pseudonym(identity))
            for bearer, identity in sorted(identities.items(), key=repr)
        )
    )


def _identity(bearer: Bearer, labels: Labels) -> str:
    connection, id_, name = bearer
    label = labels.by_bearer.get(("user", connection, id_, name), name)
    return label or dict(labels.persons).get(id_ or "", id_ or "")


def veiled_labels(labels: Labels) -> Labels:
    """Without people: their pseudonyms tell them apart."""
    return Labels(tuple(each for each in labels.namesakes if each.dimension != "user"))


def veiled_lists(lists: Lists, disguise: Disguise) -> Lists:
    """The entries of people under their pseudonyms; who made a key is not told."""
    shown = {(connection, id_): text for (connection, id_, _), text in disguise.shown_as}
    entries: dict[tuple[str, int, str | None], ListEntry] = {}
    for entry in lists.entries:
        put = _veiled(entry, shown)
        entries[put.dimension, put.connection_id, put.id] = put
    return replace(lists, entries=tuple(entries.values()), _kept={})


def _veiled(entry: ListEntry, shown: dict[tuple[int, str | None], str]) -> ListEntry:
    values = {name: value for name, value in entry.values.items() if name != _CREATOR}
    if entry.dimension != "user_id":
        return msgspec.structs.replace(entry, values=values)
    text = shown.get((entry.connection_id, entry.id), "")
    return msgspec.structs.replace(entry, id=text, name=text, values=values)
