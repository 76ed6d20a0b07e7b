"""The tables of what people keep: saved views, filters and dashboards, as migrations make and change them."""

from __future__ import annotations

BOARDS = """
CREATE TABLE saved_views (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    page TEXT NOT NULL,
    params TEXT NOT NULL,
    changed_at TEXT NOT NULL
);
CREATE TABLE dashboards (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE
);
CREATE TABLE tiles (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dashboard_id INTEGER NOT NULL REFERENCES dashboards(id) ON DELETE CASCADE,
    view_id INTEGER NOT NULL REFERENCES saved_views(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    width TEXT NOT NULL,
    height TEXT NOT NULL,
    range TEXT NOT NULL,
    UNIQUE (dashboard_id, position)
);
CREATE INDEX tiles_view ON tiles (view_id);
"""
"""An id of a dashboard or tile is never given twice: an old link must not open another one."""

SAVED_FILTERS = """
CREATE TABLE saved_filters (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    params TEXT NOT NULL,
    changed_at TEXT NOT NULL
);
"""

STARS = """
ALTER TABLE saved_views ADD COLUMN starred INTEGER NOT NULL DEFAULT 0;
ALTER TABLE saved_views ADD COLUMN opened_at TEXT;
"""
"""``opened_at``: null for a view that was not opened since it is noted."""

TEXT_TILES = """
CREATE TABLE tiles_with_text (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dashboard_id INTEGER NOT NULL REFERENCES dashboards(id) ON DELETE CASCADE,
    view_id INTEGER REFERENCES saved_views(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    width TEXT NOT NULL,
    height TEXT NOT NULL,
    range TEXT NOT NULL,
    text TEXT NOT NULL DEFAULT '',
    UNIQUE (dashboard_id, position),
    CHECK ((view_id IS NULL) = (kind = 'text'))
);
INSERT INTO tiles_with_text (id, dashboard_id, view_id, position, title, kind, width, height, range)
    SELECT id, dashboard_id, view_id, position, title, kind, width, height, range FROM tiles;
DELETE FROM sqlite_sequence WHERE name = 'tiles_with_text';
INSERT INTO sqlite_sequence (name, seq)
    SELECT 'tiles_with_text', seq FROM sqlite_sequence WHERE name = 'tiles';
DROP TABLE tiles;
ALTER TABLE tiles_with_text RENAME TO tiles;
CREATE INDEX tiles_view ON tiles (view_id);
"""
"""A tile shows a saved view, or a text of its own. The sequence goes along: no id is given twice."""
