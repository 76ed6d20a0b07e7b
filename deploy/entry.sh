#!/bin/sh
# Without a word it serves the pages; with words it is the command line: "sync --json", "status".
set -eu
umask 077
cd "$(dirname "$0")/.."
if [ $# -gt 0 ]; then
    exec python -m core "$@"
fi
exec python -m streamlit run app.py --server.address "${TOKEN_LEDGER_LISTEN:-0.0.0.0}" --server.headless true
