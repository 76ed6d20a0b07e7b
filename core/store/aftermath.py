"""What went wrong in what follows a sync, kept until the next one."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlite_utils import Database

from core.store.backup_schedule import backup_state
from core.store.database import writing
from core.store.meta import get_meta, set_meta

_PROBLEMS = "follow_up_problems"


def keep_problems(db: Database, problems: Sequence[str]) -> None:
    """Keep these sentences in the place of those before."""
    with writing(db):
        set_meta(db, _PROBLEMS, json.dumps(problems))


def problems_of_steps(db: Database) -> list[str]:
    """Of the steps that ended with an error."""
    return [str(problem) for problem in json.loads(get_meta(db, _PROBLEMS) or "[]")]


def list_problems(db: Database) -> list[str]:
    """These, after what the daily backup tells of itself."""
    backup = backup_state(db).problem
    return [*([backup] if backup else []), *problems_of_steps(db)]
