"""What a file of settings holds, field by field; docs/settings-file.md writes it down.

A file comes from a stranger: unknown fields are refused, and no field is read as another type.
"""

from __future__ import annotations

import msgspec

from core.explore.dashboard_files import FileTile
from core.store.alert_rules import USUAL_STEP
from core.store.saved_views import Params

FORMAT = "token-ledger-settings"
VERSION = 1


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """One thing that people set up."""


class OwnedEntry(Entry, frozen=True, kw_only=True):
    """``owner``: an e-mail address; null: nobody's. Where it is not there, both are left as they are."""

    owner: str | msgspec.UnsetType | None = msgspec.UNSET
    private: bool = False


class FilterEntry(Entry, frozen=True):
    """A saved filter, as parameters of a link."""

    name: str
    parameters: Params


class ShownEntry(OwnedEntry, frozen=True, kw_only=True):
    """``viewers``: whether viewers are shown it. Where it is not there, that is left as it is."""

    viewers: bool | msgspec.UnsetType = msgspec.UNSET


class ViewEntry(ShownEntry, frozen=True):
    """A saved view: its page, and the parameters of its link there."""

    name: str
    page: str
    parameters: Params
    starred: bool = False


class BoardEntry(ShownEntry, frozen=True):
    """A dashboard. Its tiles name views that are in the file, or stored already."""

    name: str
    tiles: tuple[FileTile, ...] = ()


class PlanEntry(OwnedEntry, frozen=True):
    """A financial plan. ``amounts``: dollars or tokens in digits, by period such as 2026-11 or 2026-Q4."""

    name: str
    measure: str
    period: str
    scope: Params = {}
    amounts: dict[str, str] = {}


class NoteEntry(Entry, frozen=True):
    """An annotation; ``last`` is inside."""

    first: str
    last: str
    text: str
    scope: Params = {}


class MutedEntry(Entry, frozen=True):
    """A series that no anomaly is told of: a value of a dimension, or why it has none (``empty``); without a
    dimension all there is."""

    label: str
    dimension: str = ""
    value: str | None = None
    empty: str | None = None


class QuietEntry(Entry, frozen=True):
    """The quiet hours; there is one of them at most."""

    start: str
    end: str
    zone: str
    syncs_pass: bool = False


class RuleEntry(Entry, frozen=True):
    """A rule of alerts. ``terms``: as they are typed; ``plan`` and ``channels``: by name; without: all."""

    name: str
    kind: str
    on: bool
    terms: dict[str, str] = {}
    plan: str | None = None
    scope: Params = {}
    step: int = USUAL_STEP
    channels: tuple[str, ...] | None = None


class DigestEntry(Entry, frozen=True):
    """A digest; ``of``: the name of the view or dashboard that it sends. Without a weekday: every day."""

    name: str
    kind: str
    on: bool
    hour: int
    zone: str
    channels: tuple[str, ...]
    weekday: str | None = None
    of: str | None = None


class ChannelEntry(Entry, frozen=True):
    """A channel without its secrets."""

    name: str
    kind: str
    config: dict[str, str] = {}


class SettingsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A whole file. A part that is left out says nothing of what is stored."""

    format: str
    version: int
    filters: tuple[FilterEntry, ...] | None = None
    views: tuple[ViewEntry, ...] | None = None
    dashboards: tuple[BoardEntry, ...] | None = None
    plans: tuple[PlanEntry, ...] | None = None
    annotations: tuple[NoteEntry, ...] | None = None
    muted: tuple[MutedEntry, ...] | None = None
    quiet_hours: tuple[QuietEntry, ...] | None = None
    rules: tuple[RuleEntry, ...] | None = None
    channels: tuple[ChannelEntry, ...] | None = None
    digests: tuple[DigestEntry, ...] | None = None


# msgspec prepares a type when it first meets it, and two threads that do so at once crash: so here.
msgspec.json.Decoder(SettingsFile)
