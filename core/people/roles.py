"""From what a provider says of somebody who signed in to what they may do and see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.ledger.pseudonyms import Veil
from core.ledger.restriction import Restriction
from core.store.grants import Grant, Role, Scope, Subject, SubjectKind


@dataclass(frozen=True)
class Person:
    """Somebody who signed in; ``email`` in lower case."""

    email: str
    groups: frozenset[str] = frozenset()

    def fits(self, subject: Subject) -> bool:
        """Whether a grant to ``subject`` is for them."""
        if subject.kind is SubjectKind.GROUP:
            return subject.text in self.groups
        whole = self.email if subject.kind is SubjectKind.EMAIL else self.email.rpartition("@")[2]
        return whole == subject.text


@dataclass(frozen=True)
class Access:
    """What somebody may do. ``person`` is None where nobody signs in; ``restriction`` where all is seen."""

    person: Person | None
    role: Role
    restriction: Restriction | None = None

    @property
    def email(self) -> str | None:
        return self.person.email if self.person else None


ANYBODY = Access(None, Role.ADMIN)
"""Where sign-in is not set up: whoever is let in may do all."""


def person_of(claims: Mapping[str, Any], groups_claim: str) -> Person | None:
    """Who the provider says it is; None without an e-mail address, or where it says it is not verified."""
    email = claims.get("email")
    if not isinstance(email, str) or "@" not in email or claims.get("email_verified") in (False, "false"):
        return None
    return Person(email.strip().casefold(), frozenset(_groups(claims.get(groups_claim))))


def _groups(claimed: Any) -> Iterable[str]:
    """Providers send a list, or one name alone."""
    names = claimed if isinstance(claimed, list | tuple) else [claimed]
    return (name for name in names if isinstance(name, str) and name)


def access_of(
    person: Person, grants: Iterable[Grant], admins: Collection[str], veil: Veil | None = None
) -> Access | None:
    """The highest role that was granted; what viewers were granted adds up. None without a grant.

    Names are shown where any grant shows them; otherwise the ``veil`` is put over them.
    """
    theirs = [grant for grant in grants if person.fits(grant.subject)]
    roles = {grant.role for grant in theirs} | ({Role.ADMIN} if person.email in admins else set())
    role = next((role for role in Role if role in roles), None)
    if role is None:
        return None
    if role is not Role.VIEWER:
        return Access(person, role)
    scopes: set[Scope] = {grant.scope for grant in theirs}
    hides_names = all(scope.pseudonyms for scope in scopes)
    restriction = Restriction(tuple(sorted(scopes, key=repr)), person.email)
    return Access(person, role, replace(restriction, veil=veil if hides_names else None))
