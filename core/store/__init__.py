"""SQLite and nothing else: connections, raw windows, coverage, revision."""
