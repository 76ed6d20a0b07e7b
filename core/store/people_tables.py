"""The tables of who may see what, and who is signed in, as they were first made."""

from __future__ import annotations

GRANTS = """
CREATE TABLE grants (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('email', 'domain', 'group')),
    subject TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'analyst', 'viewer')),
    scope TEXT NOT NULL,
    granted_at TEXT NOT NULL,
    granted_by TEXT
);
CREATE UNIQUE INDEX grants_subject ON grants (kind, subject, role, scope);
CREATE TABLE sign_ins (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL,
    began_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    ended_at TEXT
) WITHOUT ROWID;
CREATE INDEX sign_ins_person ON sign_ins (person);
CREATE TABLE sign_outs (person TEXT PRIMARY KEY, before TEXT NOT NULL) WITHOUT ROWID;
"""
"""``scope``: JSON of :class:`core.store.grants.Scope`. ``sign_ins.id``: a digest of what the provider
says of one sign-in; ``seen_at``: its last click, ``ended_at``: from when on it opens nothing. ``sign_outs``:
of this person no sign-in from before this instant opens anything."""

AUDIT = """
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    who TEXT,
    action TEXT NOT NULL,
    about TEXT NOT NULL,
    seal TEXT NOT NULL
);
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'what was done is never changed'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'what was done is never deleted'); END;
"""
"""See :mod:`core.store.audit`. ``AUTOINCREMENT`` tells of rows that were at the end and are there no more."""

OWNERS = """
ALTER TABLE saved_views ADD COLUMN owner TEXT;
ALTER TABLE saved_views ADD COLUMN private INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dashboards ADD COLUMN owner TEXT;
ALTER TABLE dashboards ADD COLUMN private INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN owner TEXT;
ALTER TABLE plans ADD COLUMN private INTEGER NOT NULL DEFAULT 0;
"""
"""``owner``: an e-mail address; null is nobody, and then it is shared."""

FOR_VIEWERS = """
ALTER TABLE saved_views ADD COLUMN for_viewers INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dashboards ADD COLUMN for_viewers INTEGER NOT NULL DEFAULT 0;
"""
"""Whether viewers are shown it: nothing is until somebody says so."""
