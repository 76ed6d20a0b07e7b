"""The commands that copy all there is and put it back, that erase a person, and that change the secret."""

from __future__ import annotations

import sys
from argparse import Namespace

from core import operations, upkeep
from core.cli import codes
from core.cli.audit_trail import note, note_copy
from core.explore.everything import write_everything
from core.settings import from_environment
from core.store.audit import Action


def backup(given: Namespace) -> int:
    """Write a verified copy of the database."""
    settings = from_environment()
    operations.back_up(settings, given.file, with_secrets=given.with_secrets)
    note_copy(settings, f"backup{' with secrets' if given.with_secrets else ''}")
    keys = "API keys and their secret are in it" if given.with_secrets else "API keys are not in it"
    sys.stdout.write(f"Backed up to {given.file}, read again and sound. {keys}.\n")
    return codes.DONE


def export(given: Namespace) -> int:
    """Write every table and the ledger as Parquet and CSV."""
    settings = from_environment()
    names = write_everything(settings, operations.open_ledger(settings), given.folder)
    note_copy(settings, "export")
    sys.stdout.write(
        f"Wrote {len(names)} tables to {given.folder}, each as Parquet and CSV, without API keys.\n"
    )
    return codes.DONE


def restore(given: Namespace) -> int:
    """Put a copy in the place of the database, and rebuild the ledger."""
    settings = from_environment()
    operations.restore(settings, given.file)
    note(settings, Action.RESTORED, given.file.name)
    sys.stdout.write(
        f"Restored from {given.file}; the ledger is built anew. Now run: python -m core doctor\n"
    )
    return codes.DONE


def erase_person(given: Namespace) -> int:
    """Erase a person from all that is stored, once that is confirmed."""
    settings = from_environment()
    person = upkeep.find_person(settings, given.person)
    known = ", ".join((*person.ids, *person.emails, *person.names))
    rows = "1 row" if person.rows == 1 else f"{person.rows:,} rows"
    sys.stdout.write(f"{known}: {rows} of use and cost.\n")
    if not given.yes:
        sys.stdout.write("Nothing was erased. It cannot be undone; to do it, add --yes.\n")
        return codes.PARTLY
    name = upkeep.erase_person(settings, given.person)
    note(settings, Action.ERASED, f"now {name}")
    sys.stdout.write(
        f"Erased; what they used and cost is now that of “{name}”. Backups and files made before still name "
        "them: delete these, and do not restore them.\n"
    )
    return codes.DONE


def rotate_secret(_: Namespace) -> int:
    """Encrypt every key with another secret."""
    settings = from_environment()
    count = operations.rotate_secret(settings)
    note(settings, Action.ROTATED, "")
    keys = "1 API key is" if count == 1 else f"{count} API keys are"
    sys.stdout.write(f"{keys} encrypted with the new secret.\n")
    if settings.next_secret_key:
        sys.stdout.write("Now set TOKEN_LEDGER_SECRET_KEY to it, and start the app again.\n")
    return codes.DONE
