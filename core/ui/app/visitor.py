"""Who uses this session, looked up at each run: what was taken away is gone at the next click.

Files and callbacks ask outside of a page's run, and are looked up for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import streamlit as st
from sqlite_utils import Database

from core.errors import AccessDeniedError
from core.ledger.pseudonyms import Veil
from core.people.roles import ANYBODY, Access, Person, access_of, person_of
from core.settings import Settings, from_environment
from core.store import sign_ins
from core.store.audit import Action, record
from core.store.database import database, if_writable
from core.store.grants import Role, list_grants
from core.store.pseudonym_key import pseudonym_key
from core.store.sign_ins import SignIn
from core.ui.app import of_run, signing_in, times


def current() -> Access:
    """Who asks, and what they may do and see.

    Raises:
        AccessDeniedError: nobody signed in, or somebody who is not let in.
    """
    return of_run.access() or _looked_up(noting=False)


def enter() -> Access:
    """The same at the head of a page, which counts as a click."""
    return _looked_up(noting=True)


def is_let_in() -> bool:
    """Whether who used this session may still use it."""
    try:
        current()
    except AccessDeniedError:
        return False
    return True


def require(least: Role) -> Access:
    """Who asks, if they have this role or one that may do more.

    Raises:
        AccessDeniedError: they have not.
    """
    access = current()
    if not access.role.may(least):
        raise AccessDeniedError(
            f"This takes the role {least.value}, and yours is {access.role.value}.",
            means="Nothing was done.",
            remedy="Ask an admin.",
        )
    return access


def require_same(access: Access) -> None:
    """For what a page was drawn with.

    Raises:
        AccessDeniedError: what who asks may do or see is not as it was then.
    """
    if current() != access:
        raise AccessDeniedError("What you may see has changed.", remedy="Load the page again.")


def sees_all() -> bool:
    """Whether nothing of the ledger is kept from who asks."""
    return current().restriction is None


def may(least: Role) -> bool:
    """Whether who asks has this role, or one that may do more."""
    return current().role.may(least)


def sign_out(*, everywhere: bool = False) -> None:
    """End this sign-in, or all of the same person up to now; from a widget's callback."""
    settings, sign_in = from_environment(), _sign_in(_claims(), current().email or "")
    with database(settings) as db:
        sign_ins.end(db, sign_in, times.now())
        if everywhere:
            sign_ins.end_all(db, sign_in.person, times.now())
        record(db, sign_in.person, Action.SIGNED_OUT, "everywhere" if everywhere else "", times.now())
    st.logout()


def _looked_up(*, noting: bool) -> Access:
    if signing_in.setup() is None:
        return ANYBODY
    claims, settings = _claims(), from_environment()
    if not claims:
        raise AccessDeniedError("Sign in to see what is spent on Anthropic.", may_sign_in=True)
    person = person_of(claims, settings.groups_claim)
    if person is None:
        raise AccessDeniedError(
            "Your provider tells no e-mail address that is verified.",
            means="Access is granted by it, so you are not let in.",
            remedy="Sign in with another account, or ask an admin.",
            may_sign_in=True,
        )
    with database(settings) as db:
        return _let_in(db, settings, person, _sign_in(claims, person.email), noting=noting)


def _let_in(db: Database, settings: Settings, person: Person, sign_in: SignIn, *, noting: bool) -> Access:
    if not sign_ins.is_open(db, sign_in, times.now(), timedelta(minutes=settings.idle_minutes)):
        raise AccessDeniedError(
            "You were signed out.",
            means="You chose so, or did nothing for long.",
            remedy="Sign in again.",
            may_sign_in=True,
        )
    veil = Veil(pseudonym_key(db), settings.smallest_group)
    access = access_of(person, list_grants(db), settings.admins, veil)
    if access is None:
        raise AccessDeniedError(
            f"Nothing is granted to {person.email}.",
            means="You are signed in, and see nothing.",
            remedy="Ask an admin of Token Ledger to grant you a role, then reload this page.",
            may_sign_in=True,
        )
    if noting:
        _note_click(db, sign_in)
    return access


def _note_click(db: Database, sign_in: SignIn) -> None:
    """Its first is remembered for good."""
    if sign_ins.is_new(db, sign_in):
        with if_writable():
            record(db, sign_in.person, Action.SIGNED_IN, "", times.now())
    sign_ins.note_use(db, sign_in, times.now())


def _sign_in(claims: Mapping[str, Any], person: str) -> SignIn:
    """Without an instant it is as old as can be: after one sign-out everywhere it opens nothing."""
    issued = claims.get("iat")
    began = datetime.fromtimestamp(issued if isinstance(issued, int | float) else 0, UTC)
    return SignIn(sha256(repr(sorted(claims.items())).encode()).hexdigest(), person, began)


def _claims() -> Mapping[str, Any]:
    """What the provider says of who signed in; nothing where nobody has."""
    said = st.user.to_dict()
    return (
        {name: value for name, value in said.items() if name != "tokens"} if said.get("is_logged_in") else {}
    )
