"""A channel with something of it changed: what is not given stays, and a secret goes to nobody new."""

from __future__ import annotations

from collections.abc import Mapping

from sqlite_utils import Database

from core.alerts.kinds import (
    APPRISE,
    EMAIL,
    WEBHOOK,
    content_without_secrets,
    hook_content,
    is_for_the_same,
    mail_content,
)
from core.alerts.services import service_content
from core.errors import InputError
from core.store.channels import Channel, ChannelContent, change_channel, encrypted, read_content
from core.store.database import writing
from core.store.secrets import Vault


def change(
    db: Database,
    vault: Vault,
    kept: Channel,
    name: str,
    config: Mapping[str, str],
    secrets: Mapping[str, str],
) -> Channel:
    """Give a channel a name, and what is given of its ``config`` and ``secrets``.

    Raises:
        InputError: something of it cannot be used, or a password was for another mail server or user.
        SecretKeyError: the secrets that it has cannot be opened, and not all of them are given.
    """
    if config and kept.kind != EMAIL:
        raise InputError("Only a channel of e-mail has a mail server, a sender and recipients.", field="kind")
    with writing(db):
        content = _mail(db, vault, kept, config, secrets) if kept.kind == EMAIL else None
        content = content or _hook(kept.kind, {**_secrets(db, vault, kept, secrets), **secrets})
        return change_channel(db, kept.id, name, content, encrypted(vault, content))


def _mail(
    db: Database, vault: Vault, kept: Channel, config: Mapping[str, str], secrets: Mapping[str, str]
) -> ChannelContent:
    """Without a port, that of its encryption."""
    port = {"port": ""} if "security" in config else {}
    whole = {**kept.config, **port, **config}
    if not whole["user"]:
        return mail_content(**whole)
    password = secrets.get("password", "")
    if (
        not password
        and kept.is_on
        and is_for_the_same(kept.config, content_without_secrets(EMAIL, whole).config)
    ):
        password = read_content(db, vault, kept.id).secrets["password"]
    if not password:
        raise InputError(
            "The password is for another mail server or user, or not there.", field="password",
            remedy="Give it, too: --secret-env names the variable that has it.",
        )  # fmt: skip
    return mail_content(**whole, password=password)


def _hook(kind: str, secrets: Mapping[str, str]) -> ChannelContent:
    url = secrets.get("url", "")
    if kind == APPRISE:
        return service_content(url)
    return hook_content(kind, url, secrets.get("signing_secret", ""))


def _secrets(db: Database, vault: Vault, kept: Channel, given: Mapping[str, str]) -> Mapping[str, str]:
    """Those that it has, as far as they are needed: one that cannot be opened any more can be given anew."""
    needed = {"url", *(["signing_secret"] if kept.kind == WEBHOOK else [])}
    if needed <= set(given) or not kept.is_on:
        return {}
    return read_content(db, vault, kept.id).secrets
