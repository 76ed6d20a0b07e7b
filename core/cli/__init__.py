"""The command line: connect, sync, status, query, demo.

Exit codes: 0 done, 1 partly, 2 wrong use or configuration.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from core.cli.parser import arguments
from core.errors import ApiError, ConfigurationError, InputError, SyncBusyError, TokenLedgerError

DONE, PARTLY, WRONG = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code. Errors end as sentences on standard error."""
    try:
        parsed = arguments(sys.argv[1:] if argv is None else argv)
        code: int = parsed.run(parsed)
        return code
    except (ConfigurationError, InputError, ApiError) as error:
        return _fail(error, WRONG)
    except (SyncBusyError, TokenLedgerError) as error:
        return _fail(error, PARTLY)
    except BrokenPipeError:
        sys.stderr.close()  # the reader went away, as "| head" does: nobody is left to tell
        return PARTLY
    except KeyboardInterrupt:
        return PARTLY


def _fail(error: TokenLedgerError, code: int) -> int:
    sys.stderr.write(f"{error}\n")
    return code
