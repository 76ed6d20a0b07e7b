"""The command that lists, grants and takes away roles: it helps an admin who is locked out too."""

from __future__ import annotations

import sys
from argparse import Namespace
from typing import Any

from sqlite_utils import Database

from core.cli import codes
from core.cli.printing import print_json
from core.clock import rfc3339, utc_now
from core.errors import InputError
from core.people.naming import Named, grant_words, scope_of, scope_words, subject_of
from core.settings import from_environment
from core.store.audit import COMMAND_LINE, Action, Entry, entries, record
from core.store.database import database
from core.store.grants import Grant, Role, Subject, SubjectKind, add_grant, list_grants, remove_grant
from core.store.sign_ins import end_all


def people(given: Namespace) -> int:
    """Do what was asked for, and list the grants."""
    with database(from_environment()) as db:
        if given.grant:
            _grant(db, given)
        elif given.role or _named(given) != Named():
            raise InputError("What is to be granted needs --grant.", remedy="Name whom it is for.")
        if given.remove is not None:
            grant = remove_grant(db, given.remove)
            record(db, COMMAND_LINE, Action.TOOK_AWAY, grant_words(grant), utc_now())
        if given.sign_out:
            person = Subject(SubjectKind.EMAIL, given.sign_out).text
            end_all(db, person, utc_now())
            record(db, COMMAND_LINE, Action.SIGNED_OUT, f"{person}, everywhere", utc_now())
        _list(db, as_json=given.json)
    return codes.DONE


def _grant(db: Database, given: Namespace) -> None:
    if not given.role:
        raise InputError("--grant needs --role.", remedy=f"Name one of {', '.join(Role)}.")
    scope = scope_of(db, _named(given))
    grant = add_grant(db, subject_of(given.grant), Role(given.role), scope, utc_now())
    record(db, COMMAND_LINE, Action.GRANTED, grant_words(grant), utc_now())


def _named(given: Namespace) -> Named:
    return Named(
        tuple(given.connection), tuple(given.workspace), tuple(given.product), given.own, given.pseudonyms
    )


def _list(db: Database, *, as_json: bool) -> None:
    grants = list_grants(db)
    if as_json:
        print_json([_told(db, grant) for grant in grants])
        return
    sys.stdout.writelines(
        f"{grant.id:>4}  {grant.role.value:<8}  {grant.subject.kind.value:<6}  {grant.subject.text}  "
        f"{scope_words(db, grant.scope)}\n"
        for grant in grants
    )
    admins = ", ".join(sorted(from_environment().admins)) or "nobody"
    sys.stdout.write(f"Admins by TOKEN_LEDGER_ADMINS: {admins}.\n")


def _told(db: Database, grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.id,
        "kind": grant.subject.kind.value,
        "subject": grant.subject.text,
        "role": grant.role.value,
        "connections": list(grant.scope.connections),
        "workspaces": list(grant.scope.workspaces),
        "products": list(grant.scope.products),
        "own": grant.scope.own,
        "pseudonyms": grant.scope.pseudonyms,
        "says": scope_words(db, grant.scope),
        "granted_at": rfc3339(grant.granted_at),
        "granted_by": grant.granted_by,
    }


def audit(given: Namespace) -> int:
    """List who did what, the latest first."""
    with database(from_environment()) as db:
        listed = list(entries(db, None if given.all else given.limit))
    if given.json:
        print_json(list(map(_entry, listed)))
    else:
        sys.stdout.writelines(
            f"{entry.id:>6}  {_when(entry):<19}  {entry.who or '–':<24}  {entry.action}"
            f"{': ' if entry.about else ''}{entry.about}\n"
            for entry in listed
        )
    return codes.DONE


def _when(entry: Entry) -> str:
    return f"{entry.at:%Y-%m-%d %H:%M:%S}" if entry.at else "cannot be read"


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "entry": entry.id,
        "at": rfc3339(entry.at) if entry.at else None,
        "who": entry.who,
        "action": entry.action,
        "about": entry.about,
        "seal": entry.seal,
    }
