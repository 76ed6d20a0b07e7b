"""What a mail has beside its text: HTML, the picture in it, files. Kept until nobody waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlite_utils import Database

from core.store.database import insert_many


class FileKind(StrEnum):
    """The HTML of the mail itself; a picture that it shows; a file that comes with it."""

    HTML = "html"
    PICTURE = "picture"
    FILE = "file"


@dataclass(frozen=True)
class AlertFile:
    """``name``: of a file, as its receiver sees it."""

    kind: FileKind
    name: str
    content: bytes


def add_files(db: Database, alert_id: int, files: Sequence[AlertFile]) -> None:
    """Keep what is to go out with an alert; inside its transaction."""
    insert_many(
        db,
        "alert_files",
        [
            {
                "alert_id": alert_id,
                "position": position,
                "kind": file.kind.value,
                "name": file.name,
                "content": file.content,
            }
            for position, file in enumerate(files)
        ],
    )


def list_files(db: Database, alert_id: int) -> tuple[AlertFile, ...]:
    """In the order they were added."""
    rows = db.query(
        "SELECT kind, name, content FROM alert_files WHERE alert_id = :id ORDER BY position", {"id": alert_id}
    )
    return tuple(AlertFile(FileKind(row["kind"]), row["name"], bytes(row["content"])) for row in rows)


def drop_files(db: Database) -> None:
    """Forget those of alerts that no message waits to carry any more."""
    db.execute(
        "DELETE FROM alert_files WHERE alert_id NOT IN"
        " (SELECT alert_id FROM outbox WHERE state IN ('waiting', 'sending'))"
    )
