"""The command line: ``python -m core --help`` lists the commands."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from core.cli import codes
from core.cli.parser import arguments
from core.cli.worker_words import CarefulWords
from core.errors import (
    ApiError,
    ConfigurationError,
    InputError,
    SyncBusyError,
    SyncStoppedError,
    TokenLedgerError,
)

_CODES: tuple[tuple[type[TokenLedgerError], int], ...] = (
    (ConfigurationError, codes.WRONG),
    (InputError, codes.WRONG),
    (ApiError, codes.WRONG),
    (SyncBusyError, codes.BUSY),
    (SyncStoppedError, codes.STOPPED),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Errors end as sentences on standard error."""
    try:
        parsed = arguments(sys.argv[1:] if argv is None else argv)
        code: int = parsed.run(parsed)
        return code
    except TokenLedgerError as error:
        sys.stderr.write(f"{error}\n")
        return next((code for kind, code in _CODES if isinstance(error, kind)), codes.PARTLY)
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away, as "| head" does: nobody is left to tell
        return codes.PARTLY
    except KeyboardInterrupt:
        return codes.STOPPED
    except Exception as error:
        if isinstance(sys.stderr, CarefulWords):
            raise  # the log of a background sync keeps the whole of it
        sys.stderr.write(_fault(error))
        return codes.PARTLY


def _fault(error: Exception) -> str:
    """A fault of this program as a sentence: its kind and place, and nothing of what it was working on."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"The fault is in this program ({type(error).__name__} in {Path(place.filename).name}, line "
        f"{place.lineno}); your data is as it was. Try again; if it happens again, report this line.\n"
    )
