"""Makes the data folder that a version leaves, with the numbers it shows, as an archive for the tests.

Before each release, with a checkout of it:
``PYTHONPATH=CHECKOUT python tests/releases/make_folder.py tests/releases/VERSION.tar.xz``
"""

from __future__ import annotations

import contextlib
import io
import os
import sqlite3
import sys
import tarfile
import tempfile
from datetime import date
from pathlib import Path
from unittest import mock

from core.cli import main
from tests.support import organizations as world
from tests.support.custom import claude_ai_organization, platform_organization

SINCE, UNTIL = date(2026, 10, 28), date(2026, 11, 24)
QUESTIONS = {
    "cost": "--measure cost --group-by month,cost_center",
    "models": "--measure cost --group-by day,model,token_type",
    "names": "--measure tokens --group-by workspace,api_key,user,product",
    "ids": "--measure tokens --group-by workspace_id,api_key_id,user_id,service_account_id",
    "kinds": "--measure cost --group-by service_tier,context_window,inference_geo,speed,cost_type,cost_basis",
}


def organizations() -> dict[str, object]:
    """Few and small: the archive is kept in the repository."""
    return {
        "Main": platform_organization("main", users=1, api_keys=3, workspaces=2, loads_per_key=1),
        "Staff": claude_ai_organization("staff", users=2),
    }


def make(target: Path) -> None:
    """Sync into a new folder, ask, and pack both."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder)
        _sync(made / "data")
        (made / "answers").mkdir()
        for name, question in QUESTIONS.items():
            (made / "answers" / f"{name}.csv").write_bytes(_asked(made / "data", question))
        with tarfile.open(target, "w:xz") as archive:
            for part in ("data", "answers"):
                archive.add(made / part, part)


def _sync(data: Path) -> None:
    with (
        mock.patch.object(world, "organizations", organizations),
        mock.patch.object(world, "SINCE", SINCE),
        world.connected(data) as (settings, *_),
    ):
        outcome = world.sync(settings).outcome
        assert outcome == "ok", outcome
    with contextlib.closing(sqlite3.connect(data / "token-ledger.db", isolation_level=None)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        conn.execute("VACUUM")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _asked(data: Path, question: str) -> bytes:
    written = io.TextIOWrapper(io.BytesIO())
    with (
        mock.patch.dict(os.environ, {"TOKEN_LEDGER_DATA": str(data)}),
        contextlib.redirect_stdout(written),
    ):
        assert main(["query", *question.split(), "--from", f"{SINCE}", "--to", f"{UNTIL}"]) == 0
        written.flush()
    return written.buffer.getvalue()  # type: ignore[attr-defined]


if __name__ == "__main__":
    make(Path(sys.argv[1]))
