"""``python -m core``: the command line."""

from __future__ import annotations

import sys

from core.cli import main
from core.private_files import keep_private

if __name__ == "__main__":
    keep_private()
    sys.exit(main())
