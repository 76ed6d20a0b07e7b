"""Exits with 0 while the app answers."""

from __future__ import annotations

import os
import sys
import urllib.request
from urllib.parse import urlsplit

port = os.environ.get("STREAMLIT_SERVER_PORT") or "8501"
path = urlsplit(os.environ.get("TOKEN_LEDGER_PUBLIC_URL", "")).path.rstrip("/")
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
try:
    with direct.open(f"http://127.0.0.1:{port}{path}/_stcore/health", timeout=8) as answer:
        sys.exit(0 if answer.status == 200 else 1)
except OSError as error:
    sys.exit(f"The app does not answer: {error}")
