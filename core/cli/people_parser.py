"""What can be typed about people, their roles, and what they did."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, TypeAlias

from core.cli import people
from core.store.grants import Role

if TYPE_CHECKING:
    _Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]


def add_people(into: _Commands) -> None:
    """The commands ``people`` and ``audit``."""
    _people(
        into.add_parser(
            "people",
            help="who was granted which role; grant one, take one away",
            description="List who was granted which role, where people sign in. --grant takes an e-mail "
            "address, @example.com for all of a domain, or group:NAME.",
        )
    )
    _audit(into.add_parser("audit", help="who did what, the latest first"))


def _people(parser: argparse.ArgumentParser) -> None:
    """The words of ``people``."""
    parser.add_argument("--grant", metavar="WHO", help="grant a role; needs --role")
    parser.add_argument("--role", choices=[role.value for role in Role], help="which")
    for name, what in (
        ("connection", "this connection, by name or id"),
        ("workspace", "this workspace, by id or name"),
        ("product", "this product, as the ledger spells it"),
    ):
        seen = f"a viewer sees {what}; again for more"
        parser.add_argument(f"--{name}", action="append", default=[], metavar="NAME", help=seen)
    parser.add_argument("--own", action="store_true", help="a viewer sees only their own use")
    parser.add_argument("--pseudonyms", action="store_true", help="a viewer sees no other's name")
    parser.add_argument("--remove", type=int, metavar="ID", help="take a grant away")
    parser.add_argument("--sign-out", metavar="EMAIL", help="end all sign-ins of this person up to now")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=people.people)


def _audit(parser: argparse.ArgumentParser) -> None:
    """The words of ``audit``."""
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="so many entries; default 50")
    parser.add_argument("--all", action="store_true", help="all of them")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=people.audit)
