"""Where the ledger's files are. Every path is a URI relative to the ledger's folder.

``files/`` and ``rollups/`` hold what was built. A file there has the revision in its name, is never written
twice and never moves. A superseded file stays for a while, for those who still read it. ``rows/`` holds
the rows that count now and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

MANIFEST = "manifest.json"
FILES = "files"
ROLLUPS = "rollups"
ROWS = "rows"
BUILT = (FILES, ROLLUPS)


def hive_folder(connection_id: int, month: date) -> str:
    """Folders that engines read as the columns ``connection`` and ``month``."""
    return f"connection={connection_id}/month={month:%Y-%m}"


@dataclass(frozen=True)
class MonthPlace:
    """Where one build of a connection's month goes; ``version`` is in the names of its files."""

    ledger_dir: Path
    connection_id: int
    month: date
    version: str

    @property
    def rows(self) -> Path:
        return self._folder(FILES) / f"{self.version}.parquet"

    def rollup(self, name: str) -> Path:
        """Where the rollup of that name goes."""
        return self._folder(ROLLUPS) / f"{self.version}-{name}.parquet"

    def uri(self, path: Path) -> str:
        """Of one of this month's files."""
        return path.relative_to(self.ledger_dir).as_posix()

    def _folder(self, kind: str) -> Path:
        return self.ledger_dir / kind / hive_folder(self.connection_id, self.month)
