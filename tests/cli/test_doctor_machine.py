"""What the doctor says of versions, address, secret, clock, channels and backups."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from core.alerts.kinds import hook_content
from core.cli import doctor_machine
from core.cli.finding import Level
from core.settings import Settings
from core.store.backup_schedule import back_up_daily
from core.store.channels import add_channel
from core.store.database import database
from core.store.outbox import Alert, Phase, add_alert
from core.store.secrets import Vault
from tests.support.organizations import NOW
from tests.support.receivers import HookServer


def lock_of(folder: Path, text: str) -> Path:
    (folder / "requirements.lock").write_text(text)
    return folder / "requirements.lock"


def test_libraries_that_are_not_those_of_the_lock_are_named(tmp_path: Path) -> None:
    assert doctor_machine.versions().level is Level.OK
    there = metadata.version("httpx")
    told = doctor_machine.versions(lock_of(tmp_path, f"httpx=={there} \\\n    --hash=sha256:00\n"))
    assert (told.level, told.cure) == (Level.OK, "")
    told = doctor_machine.versions(
        lock_of(tmp_path, "httpx==0.0.1 \\\nno-such-thing==2 ; python_version>'3'\n")
    )
    assert told.level is Level.WARNING and "pip install" in told.cure
    assert f"httpx {there} instead of 0.0.1; no-such-thing missing instead of 2." in told.says
    assert doctor_machine.versions(tmp_path / "none").level is Level.OK


@pytest.mark.parametrize(
    ("given", "levels"),
    [
        ({}, ["ok"]),
        ({"public_url": "https://ledger.example.com", "allow_anonymous": True}, ["ok"]),
        ({"public_url": "http://ledger.example.com"}, ["warning"]),
        ({"allow_anonymous": True}, ["warning"]),
        ({"base_url": "https://gateway.example.com"}, ["ok", "warning"]),
    ],
)
def test_who_is_let_in_and_who_is_asked(given: dict[str, Any], levels: list[str]) -> None:
    told = list(doctor_machine.addresses(Settings(Path("unused"), **given)))
    assert [finding.level for finding in told] == levels
    assert all(bool(finding.cure) == (finding.level != "ok") for finding in told)


@pytest.mark.parametrize(
    ("off", "level"), [(0, "ok"), (119, "ok"), (-121, "warning"), (3599, "warning"), (-7200, "error")]
)
def test_the_clock_is_compared_with_the_services(off: int, level: str) -> None:
    told = doctor_machine.clock_of(NOW + timedelta(seconds=off), NOW)
    assert told.level == level and bool(told.cure) == (level != "ok")


def test_a_secret_that_is_being_changed(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    assert doctor_machine.secret(settings).level is Level.OK
    settings.next_secret_path.write_bytes(b"x")
    assert doctor_machine.secret(settings).cure == "Run: python -m core rotate-secret"


def test_channels_are_looked_at_and_nothing_is_sent(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data")
    with database(settings) as db, HookServer() as hook:
        for name in ("Sound", "Failing", "Bare"):
            add_channel(db, Vault(settings), name, hook_content("slack", hook.url), NOW)
        db.conn.execute("UPDATE channels SET encrypted_secrets = x'' WHERE name = 'Bare'")
        add_alert(db, Alert("sync:1", "sync", Phase.BEGUN, "A sync failed", "It did.", "sync", NOW))
        db.conn.execute("UPDATE outbox SET last_error = 'Nobody answered.' WHERE channel_name = 'Failing'")
        told = {finding.subject: finding for finding in doctor_machine.channels(settings, NOW)}
        assert hook.posts == []
    levels = {subject: finding.level.value for subject, finding in told.items()}
    assert levels == {"Channel Bare": "warning", "Channel Failing": "warning", "Channel Sound": "ok"}
    assert "Nobody answered." in told["Channel Failing"].says
    other = replace(settings, secret_key="another")
    wrongs = {finding.subject for finding in doctor_machine.channels(other, NOW) if finding.is_wrong}
    assert wrongs == {"Channel Failing", "Channel Sound"}


def test_backups_that_are_not_made_failed_or_are_old(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "data")
    with database(settings):
        pass
    assert doctor_machine.backups(settings, NOW).level is Level.WARNING
    (tmp_path / "backups").mkdir()
    made = replace(settings, backup_dir=tmp_path / "backups")
    assert "none was made yet" in doctor_machine.backups(made, NOW).says
    back_up_daily(made, NOW)
    assert doctor_machine.backups(made, NOW).level is Level.OK
    assert doctor_machine.backups(made, NOW + timedelta(days=3)).level is Level.WARNING
    back_up_daily(replace(made, backup_dir=tmp_path / "gone"), NOW + timedelta(days=1))
    told = doctor_machine.backups(made, NOW + timedelta(days=1))
    assert told.is_wrong and "No such file" in told.says
