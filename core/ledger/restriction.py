"""Which rows of the ledger somebody may see."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

import polars as pl

from core.ledger.pseudonyms import Disguise, Veil

if TYPE_CHECKING:  # whoever reads the ledger's files needs no database
    from core.store.grants import Scope

DEFAULT_WORKSPACE = ""
"""In a scope: it has no id."""


@dataclass(frozen=True)
class Restriction:
    """Rows of any of ``scopes``. Own use is that of ``email``, and of the ids behind it; ``platform``: the
    connections whose rows without a workspace are of the default one. The ledger tells both.

    ``veil``: how pseudonyms are made, where no name is to be seen; ``disguise``: of whom.
    """

    scopes: tuple[Scope, ...]
    email: str
    user_ids: tuple[str, ...] = ()
    platform: tuple[int, ...] = ()
    veil: Veil | None = None
    disguise: Disguise | None = None

    @property
    def columns(self) -> frozenset[str]:
        """The dimensions that tell which rows these are."""
        named = {
            "workspace_id": any(scope.workspaces for scope in self.scopes),
            "product": any(scope.products for scope in self.scopes),
            "user": any(scope.own for scope in self.scopes),
            "user_id": any(scope.own for scope in self.scopes),
        }
        return frozenset(name for name, is_needed in named.items() if is_needed)

    def seen(self, rows: pl.LazyFrame, columns: Collection[str]) -> pl.LazyFrame:
        """Of some rows of the ledger those that are to be seen, as they are to be seen."""
        shown = rows.filter(self.rows())
        return self.disguise.put_on(shown, columns) if self.disguise and "user" in columns else shown

    def rows(self) -> pl.Expr:
        """Whether a row is one of them."""
        return reduce(or_, map(self._of_scope, self.scopes), pl.lit(False))

    def _of_scope(self, scope: Scope) -> pl.Expr:
        """Null is not seen. A scope that names nothing is of nothing."""
        conditions = list(self._conditions(scope)) or [pl.lit(False)]
        return reduce(and_, conditions).fill_null(False)

    def _conditions(self, scope: Scope) -> Iterator[pl.Expr]:
        connection = pl.col("connection_id")
        if scope.connections:
            yield connection.is_in(scope.connections)
        if scope.workspaces:
            default = pl.col("workspace_id").is_null() & connection.is_in(self.platform)
            named = pl.col("workspace_id").is_in([id_ for id_ in scope.workspaces if id_]).fill_null(False)
            yield named | default if DEFAULT_WORKSPACE in scope.workspaces else named
        if scope.products:
            yield pl.col("product").is_in(list(scope.products))
        if scope.own:
            by_email = (pl.col("user").str.to_lowercase() == self.email).fill_null(False)
            yield by_email | pl.col("user_id").is_in(list(self.user_ids)).fill_null(False)
