"""The tables of digests and of views on a schedule, as first made."""

from __future__ import annotations

DIGESTS = """
CREATE TABLE digests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('numbers', 'view', 'dashboard')),
    view_id INTEGER REFERENCES saved_views(id) ON DELETE SET NULL,
    dashboard_id INTEGER REFERENCES dashboards(id) ON DELETE SET NULL,
    weekday INTEGER,
    hour INTEGER NOT NULL,
    zone TEXT NOT NULL,
    is_on INTEGER NOT NULL DEFAULT 1,
    done_until TEXT NOT NULL,
    problem TEXT NOT NULL DEFAULT ''
);
CREATE TABLE digest_channels (
    digest_id INTEGER NOT NULL REFERENCES digests(id) ON DELETE CASCADE,
    channel_id INTEGER NOT NULL REFERENCES channels(id) ON DELETE CASCADE,
    PRIMARY KEY (digest_id, channel_id)
) WITHOUT ROWID;
CREATE INDEX digest_channels_channel ON digest_channels (channel_id);
CREATE TABLE alert_files (
    alert_id INTEGER NOT NULL REFERENCES alerts(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('html', 'picture', 'file')),
    name TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (alert_id, position)
);
"""
"""``weekday``: 0 is Monday; null: every day. ``done_until``: the last due time that was seen to. ``problem``:
why the due time after it was not. ``alert_files``: what a mail has beside its text, until it is sent."""
