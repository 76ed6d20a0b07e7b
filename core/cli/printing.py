"""What commands print as JSON."""

from __future__ import annotations

import json
import sys


def print_json(content: object) -> None:
    """On standard output, for people to read too."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, indent=2) + "\n")
