"""What the doctor looks at beside the data: versions, address, secret, clock, channels, backups."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path

from core import __version__
from core.cli.finding import Finding, doubtful, of_error, well, wrong
from core.errors import TokenLedgerError
from core.settings import DEFAULT_BASE_URL, Settings
from core.store.backup_schedule import backup_state
from core.store.channels import Channel, list_channels, read_content
from core.store.database import database
from core.store.outbox import list_alerts
from core.store.secrets import Vault

_LOCK = Path(__file__).resolve().parents[2] / "requirements.lock"
_PINNED = re.compile(r"(?m)^([a-z0-9][a-z0-9._-]*)==([^\s;\\]+)")
_LATE = timedelta(days=2)
_OFF, _FAR_OFF = timedelta(minutes=2), timedelta(hours=1)


def versions(lock: Path = _LOCK) -> Finding:
    """This program's, and whether its libraries are those that it was tried with."""
    python = ".".join(map(str, sys.version_info[:3]))
    says = f"Token Ledger {__version__}, Python {python}."
    try:
        pinned = _PINNED.findall(lock.read_text(encoding="utf-8"))
    except OSError:
        return well("Versions", says)
    others = [f"{name} {there} instead of {wanted}" for name, wanted, there in _differing(pinned)]
    if not others:
        return well("Versions", f"{says} Its libraries are those of requirements.lock.")
    listed = "; ".join(others[:3]) + (f"; and {len(others) - 3} more" if len(others) > 3 else "")
    cure = "Run: .venv/bin/pip install --require-hashes -r requirements.lock"
    return doubtful("Versions", f"{says} Not tried with these libraries: {listed}.", cure)


def _differing(pinned: list[tuple[str, str]]) -> Iterator[tuple[str, str, str]]:
    for name, wanted in pinned:
        try:
            there = metadata.version(name)
        except metadata.PackageNotFoundError:
            there = "missing"
        if there != wanted:
            yield name, wanted, there


def addresses(settings: Settings) -> Iterator[Finding]:
    """Who may reach the app, and whom it asks."""
    public = settings.public_url
    if settings.allow_anonymous and not public:
        yield doubtful(
            "Address",
            "Whoever reaches the app may use it, with every cost and name.",
            "Unset TOKEN_LEDGER_ALLOW_ANONYMOUS, or put a proxy before it that signs people in.",
        )
    elif public and public.startswith("http:"):
        yield doubtful(
            "Address", f"People open {public}: what they see goes unencrypted.", "Let the proxy serve https."
        )
    else:
        yield well("Address", f"People open {public}." if public else "The app is for this machine alone.")
    if settings.base_url != DEFAULT_BASE_URL:
        yield doubtful(
            "Service",
            f"Keys are sent to {settings.base_url}, not to Anthropic's own address.",
            "Unset ANTHROPIC_BASE_URL unless this is meant.",
        )


def secret(settings: Settings) -> Finding:
    """What encrypts keys; whether it opens them is told with each key."""
    if settings.next_secret_path.exists():
        cure = "Run: python -m core rotate-secret"
        return doubtful("Secret", "It is being changed, or that was killed: there are two.", cure)
    if settings.secret_key:
        return well("Secret", "It is in TOKEN_LEDGER_SECRET_KEY.")
    if settings.secret_path.exists():
        return well("Secret", f"It is in {settings.secret_path.name}, beside the keys that it encrypts.")
    return well("Secret", "None is needed yet, or it is missing: the keys tell.")


def clock_of(told_at: datetime, now: datetime) -> Finding:
    """How far this machine's clock is from the service's."""
    off = abs(now - told_at)
    if off <= _OFF:
        return well("Clock", "Within two minutes of the service's.")
    says = f"It is {_span(off)} from the service's: days are told by it."
    cure = "Set it by the network: timedatectl set-ntp true"
    return wrong("Clock", says, cure) if off > _FAR_OFF else doubtful("Clock", says, cure)


def _span(off: timedelta) -> str:
    minutes = round(off.total_seconds() / 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"


def channels(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Each channel of alerts: whether its secrets open, and how its latest message fared. Sends nothing."""
    with database(settings) as db:
        latest = {
            message.channel_id: message
            for _, messages in reversed(list_alerts(db, now - timedelta(days=30)))
            for message in messages
        }
        for channel in list_channels(db):
            last_error = latest[channel.id].last_error if channel.id in latest else ""
            yield _channel(settings, channel, last_error)


def _channel(settings: Settings, channel: Channel, last_error: str) -> Finding:
    subject, again = f"Channel {channel.name}", f"Run: python -m core channels test “{channel.name}”"
    if not channel.is_on:
        return doubtful(subject, "It has no secrets and sends nothing.", "Enter it anew on the Alerts page.")
    try:
        with database(settings) as db:
            read_content(db, Vault(settings), channel.id)
    except TokenLedgerError as error:
        return of_error(subject, error)
    if last_error:
        return doubtful(subject, f"Its latest message did not get through: {last_error}", again)
    return well(subject, "Its secrets open, and no message waits for another try.")


def backups(settings: Settings, now: datetime) -> Finding:
    """Those that are made by themselves."""
    if settings.backup_dir is None:
        cure = "Set TOKEN_LEDGER_BACKUP_DIR to a folder on another disk."
        return doubtful("Backups", "None is made by itself.", cure)
    with database(settings) as db:
        state = backup_state(db)
    if state.problem:
        return wrong("Backups", state.problem)
    if state.at is None or now - state.at > _LATE:
        last = f"the last is of {state.at:%Y-%m-%d}" if state.at else "none was made yet"
        return doubtful("Backups", f"One a day goes to {settings.backup_dir}; {last}.", "Let a sync run.")
    return well("Backups", f"The last is of {state.at:%Y-%m-%d}, in {settings.backup_dir}.")
