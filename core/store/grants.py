"""Who was granted which role, and of viewers how much of the ledger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec
from sqlite_utils import Database

from core.clock import rfc3339
from core.errors import InputError
from core.store.columns import stored_instant
from core.store.database import insert, writing

MOST_GRANTS = 5_000
_LONGEST = 254
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+")
_DOMAIN = re.compile(r"[^\s@.]+(\.[^\s@.]+)+")


class Role(StrEnum):
    """What somebody may do; each may do all that those after it may."""

    ADMIN = "admin"
    ANALYST = "analyst"
    VIEWER = "viewer"

    def may(self, least: Role) -> bool:
        """Whether it is ``least``, or may do more."""
        order = list(Role)
        return order.index(self) <= order.index(least)


class SubjectKind(StrEnum):
    """How a grant names those it is for."""

    EMAIL = "email"
    DOMAIN = "domain"
    GROUP = "group"


class Scope(msgspec.Struct, frozen=True, omit_defaults=True):
    """Ledger rows that a viewer may see: those that fit each kind that is named; of a kind any value fits.

    ``connections``, ``workspaces``: ids; the empty workspace is the default one. ``own``: only the person's
    own use. ``pseudonyms``: in the place of others' names.
    """

    connections: tuple[int, ...] = ()
    workspaces: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    own: bool = False
    pseudonyms: bool = False

    @property
    def names_nothing(self) -> bool:
        return not (self.connections or self.workspaces or self.products or self.own)


NOTHING = Scope()
_SCOPE = msgspec.json.Decoder(Scope)


@dataclass(frozen=True)
class Subject:
    """Those whom a grant is for: an e-mail address, all of a domain, or a group as the provider spells it.

    Raises:
        InputError: it is none.
    """

    kind: SubjectKind
    text: str

    def __post_init__(self) -> None:
        text = self.text.strip()
        if self.kind is not SubjectKind.GROUP:
            text = text.removeprefix("@" if self.kind is SubjectKind.DOMAIN else "").casefold()
        if not text or len(text) > _LONGEST or not text.isprintable() or not self._is_spelled(text):
            raise InputError(
                f"{text[:60]!r} is no {_SUBJECTS[self.kind]}.",
                field="subject",
                remedy="Grant to an e-mail address, a domain such as example.com, or a group.",
            )
        object.__setattr__(self, "text", text)

    def _is_spelled(self, text: str) -> bool:
        pattern = {SubjectKind.EMAIL: _EMAIL, SubjectKind.DOMAIN: _DOMAIN}.get(self.kind)
        return pattern is None or bool(pattern.fullmatch(text))


_SUBJECTS = {
    SubjectKind.EMAIL: "e-mail address",
    SubjectKind.DOMAIN: "domain",
    SubjectKind.GROUP: "name of a group",
}


@dataclass(frozen=True)
class Grant:
    """``granted_by``: an e-mail address; None from the command line, or where nobody signs in."""

    id: int
    subject: Subject
    role: Role
    scope: Scope
    granted_at: datetime
    granted_by: str | None


def list_grants(db: Database) -> list[Grant]:
    """All grants: admins first, then by whom they are for."""
    grants = map(
        _grant, db.query("SELECT id, kind, subject, role, scope, granted_at, granted_by FROM grants")
    )
    return sorted(grants, key=lambda grant: (list(Role).index(grant.role), grant.subject.text, grant.id))


def get_grant(db: Database, grant_id: int) -> Grant:
    """A grant by its id.

    Raises:
        InputError: there is none.
    """
    for grant in list_grants(db):
        if grant.id == grant_id:
            return grant
    raise InputError("This grant does not exist any more.", field="id", remedy="Look at the list of grants.")


def add_grant(
    db: Database, subject: Subject, role: Role, scope: Scope, now: datetime, by: str | None = None
) -> Grant:
    """Grant a role; one that is granted already stays as it is.

    Raises:
        InputError: a viewer of nothing, a limit for others than viewers, or too many grants.
    """
    _check(role, scope)
    row = {
        "kind": subject.kind.value,
        "subject": subject.text,
        "role": role.value,
        "scope": msgspec.json.encode(_ordered(scope)).decode(),
    }
    with writing(db):
        for grant in list_grants(db):
            if (grant.subject, grant.role, grant.scope) == (subject, role, _ordered(scope)):
                return grant
        if db.table("grants").count >= MOST_GRANTS:
            raise InputError(f"There are {MOST_GRANTS:,} grants already.", remedy="Grant to a group instead.")
        grant_id = insert(db, "grants", {**row, "granted_at": rfc3339(now), "granted_by": by})
        return get_grant(db, grant_id)


def remove_grant(db: Database, grant_id: int) -> Grant:
    """Take a grant away; returns it as it was.

    Raises:
        InputError: there is none.
    """
    with writing(db):
        grant = get_grant(db, grant_id)
        db.execute("DELETE FROM grants WHERE id = :id", {"id": grant_id})
        return grant


def _check(role: Role, scope: Scope) -> None:
    if role is Role.VIEWER and scope.names_nothing:
        raise InputError(
            "A viewer needs something to see.",
            field="scope",
            remedy="Name connections, workspaces or products, or grant the own use.",
        )
    if role is not Role.VIEWER and scope != NOTHING:
        raise InputError(
            f"An {role.value} sees everything, so nothing can be named to see.",
            field="scope",
            remedy="Grant the role viewer, or name nothing.",
        )


def _ordered(scope: Scope) -> Scope:
    """In one spelling for one meaning."""
    return Scope(
        tuple(sorted(set(scope.connections))),
        tuple(sorted(set(scope.workspaces))),
        tuple(sorted(set(scope.products))),
        scope.own,
        scope.pseudonyms,
    )


def _grant(row: dict[str, object]) -> Grant:
    by = row["granted_by"]
    return Grant(
        int(str(row["id"])),
        Subject(SubjectKind(str(row["kind"])), str(row["subject"])),
        Role(str(row["role"])),
        _SCOPE.decode(str(row["scope"])),
        stored_instant(str(row["granted_at"])),
        None if by is None else str(by),
    )
