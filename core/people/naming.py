"""What a grant shows, from the names that people give to the ids that are kept, and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from core.dimensions import DIMENSIONS
from core.errors import InputError
from core.ledger.restriction import DEFAULT_WORKSPACE
from core.store.connections import find_connection, list_connections
from core.store.grants import Grant, Scope, Subject, SubjectKind

DEFAULT_NAME = DIMENSIONS["workspace"].empty
_GROUP = "group:"


@dataclass(frozen=True)
class Named:
    """A part of the ledger, as somebody names it. Workspaces by id or name, connections too."""

    connections: tuple[str, ...] = ()
    workspaces: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    own: bool = False
    pseudonyms: bool = False


def subject_of(text: str) -> Subject:
    """``ann@example.com``, ``@example.com``, or ``group:finance``.

    Raises:
        InputError: it is none of them.
    """
    if text.startswith(_GROUP):
        return Subject(SubjectKind.GROUP, text.removeprefix(_GROUP))
    return Subject(SubjectKind.DOMAIN if text.startswith("@") else SubjectKind.EMAIL, text)


def subject_words(subject: Subject) -> str:
    """As it is typed."""
    before = {SubjectKind.GROUP: _GROUP, SubjectKind.DOMAIN: "@"}
    return before.get(subject.kind, "") + subject.text


def grant_words(grant: Grant) -> str:
    """As the audit trail keeps it: connections and workspaces by their ids."""
    scope = grant.scope
    parts = {
        "connections": map(str, scope.connections),
        "workspaces": (id_ or DEFAULT_NAME for id_ in scope.workspaces),
        "products": scope.products,
    }
    words = [f"{kind} {', '.join(values)}" for kind, names in parts.items() if (values := list(names))]
    shows = "; ".join([*words, *_own(scope)])
    return f"{grant.role.value} to {subject_words(grant.subject)}" + (f", {shows}" if shows else "")


def scope_of(db: Database, named: Named) -> Scope:
    """The ids behind the names.

    Raises:
        InputError: there is no such connection or workspace, or several workspaces have the name.
    """
    workspaces = workspace_names(db)
    return Scope(
        tuple(find_connection(db, name).id for name in named.connections),
        tuple(_workspace(name, workspaces) for name in named.workspaces),
        named.products,
        named.own,
        named.pseudonyms,
    )


def workspace_names(db: Database) -> dict[str, str]:
    """Id -> name of every workspace that a list has or had; the default one has no id."""
    rows = db.query("SELECT workspace_id, name FROM workspaces ORDER BY name, workspace_id")
    return {DEFAULT_WORKSPACE: DEFAULT_NAME, **{row["workspace_id"]: row["name"] for row in rows}}


def _workspace(text: str, names: dict[str, str]) -> str:
    if text and text in names:
        return text
    ids = [id_ for id_, name in names.items() if name == text]
    if len(ids) != 1:
        raise InputError(
            f"{len(ids) or 'No'} workspaces are called {text[:60]!r}.",
            field="workspace",
            remedy=f"Name one of the ids {', '.join(ids)}." if ids else "Sync first, or name another.",
        )
    return ids[0]


def scope_words(db: Database, scope: Scope) -> str:
    """``Connections: Research; Workspaces: Checkout``, as names are now; what is gone by its id."""
    connections = {connection.id: connection.name for connection in list_connections(db)}
    workspaces = workspace_names(db)
    parts = {
        "Connections": [connections.get(id_, f"{id_} (removed)") for id_ in scope.connections],
        "Workspaces": [workspaces.get(id_, id_) for id_ in scope.workspaces],
        "Products": list(scope.products),
    }
    words = [f"{kind}: {', '.join(names)}" for kind, names in parts.items() if names]
    return "; ".join([*words, *_own(scope)]) or "Everything"


def _own(scope: Scope) -> Iterable[str]:
    if scope.own:
        yield "own use only"
    if scope.pseudonyms:
        yield "people as pseudonyms"
