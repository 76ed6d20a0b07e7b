"""The commands that copy all there is and put it back, erase a person, and change the secret."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from core.cli import copies

if TYPE_CHECKING:
    _Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]


def add_copies(into: _Commands) -> None:
    """Add them, as ``python -m core --help`` lists them."""
    for add in (_backup, _restore, _export, _erase_person, _rotate_secret):
        add(into)


def _backup(into: _Commands) -> None:
    parser = into.add_parser(
        "backup",
        help="copy all that is stored into one file, while a sync may be running",
        description="Copy the database into a new file and read it again to see that it is sound. The "
        "ledger is not in it: it is made from the database.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a new file, readable by its owner only")
    parser.add_argument(
        "--with-secrets",
        action="store_true",
        help="the API keys too, and the secret that opens them: keep the file as safe as the keys",
    )
    parser.set_defaults(run=copies.backup)


def _restore(into: _Commands) -> None:
    parser = into.add_parser(
        "restore",
        help="put a backup in the place of what is stored",
        description="Put a file that “backup” wrote in the place of the database, all of it or nothing, and "
        "build the ledger from it. A damaged one, or one of a later version, is refused.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a file that “backup” wrote")
    parser.set_defaults(run=copies.restore)


def _export(into: _Commands) -> None:
    parser = into.add_parser(
        "export",
        help="every table and the ledger as Parquet and CSV",
        description="Write every table of the database and the rows of the ledger, each as Parquet and CSV, "
        "for other programs. API keys are not among them; names of people are.",
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder")
    parser.set_defaults(run=copies.export)


def _erase_person(into: _Commands) -> None:
    parser = into.add_parser(
        "erase-person",
        help="erase one person from all that is stored",
        description="Put a number in the place of a person's ids, e-mails and names, in database and ledger, "
        "in filters and notes, and in all that is pulled later. Sums stay as they are. Without --yes it says "
        "what is known of them and erases nothing.",
    )
    parser.add_argument("person", metavar="ID", help="user id or e-mail")
    parser.add_argument("--yes", action="store_true", help="erase; it cannot be undone")
    parser.set_defaults(run=copies.erase_person)


def _rotate_secret(into: _Commands) -> None:
    parser = into.add_parser(
        "rotate-secret",
        help="encrypt every API key with another secret",
        description="Encrypt every API key and every channel's secrets with a new secret, which takes the "
        "place of secret.key; or with that of TOKEN_LEDGER_NEXT_SECRET_KEY. Killed half way, every key still "
        "opens: run it again.",
    )
    parser.set_defaults(run=copies.rotate_secret)
