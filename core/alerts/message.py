"""What is told, as each kind of channel takes it. Names in it may be anybody's: no channel reads them as
anything but text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

from core.bidi import isolated
from core.clock import rfc3339
from core.long_names import shortened
from core.store.alert_files import AlertFile, FileKind

PICTURE_ID = "picture@token-ledger"
"""By this Content-ID the HTML of a mail shows the picture that comes with it."""
_TYPES = {"csv": "text/csv", "zip": "application/zip"}
_LONGEST_NAME = 100
_DISCORD_MARKS = re.compile(r"([\\*_~`|>#\[\]()<@:-])")
_DISCORD_MOST = 2_000
_NO_EMBEDS = 1 << 2


def plain(name: str) -> str:
    """A name as it stands within a sentence: one line, printable, not endless, not turning what follows."""
    return isolated(shortened(" ".join(one_line(name).split()), _LONGEST_NAME))


def one_line(says: str) -> str:
    """A sentence with anybody's names in it: printable, on one line."""
    return "".join(sign if sign.isprintable() else " " for sign in says)


@dataclass(frozen=True)
class Told:
    """``delivery`` is the same when one message is sent twice. ``link`` may be empty. ``files``: in mails."""

    delivery: str
    event: str
    rule: str
    phase: str
    subject: str
    text: str
    link: str
    at: datetime
    files: tuple[AlertFile, ...] = ()

    @property
    def whole(self) -> str:
        """All of it as plain text, the subject aside."""
        return f"{self.text}\n\n{self.link}" if self.link else self.text


def mail(told: Told, config: Mapping[str, str]) -> EmailMessage:
    """An e-mail: its text, the same in HTML with its picture where there is any, and its files."""
    message = EmailMessage()
    message["Subject"] = f"Token Ledger: {told.subject}"
    message["From"] = Address("Token Ledger", addr_spec=config["sender"])
    message["To"] = config["recipients"]
    message["Date"] = told.at
    message["Message-ID"] = f"<{told.delivery}@{config['sender'].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{told.whole}\n")
    _add_html(message, told.files)
    for file in told.files:
        if file.kind is FileKind.FILE:
            kind, _, subtype = _TYPES[file.name.rpartition(".")[2]].partition("/")
            message.add_attachment(file.content, kind, subtype, filename=file.name)
    return message


def _add_html(message: EmailMessage, files: tuple[AlertFile, ...]) -> None:
    """Beside the text; its picture comes along under the id that it is shown by."""
    for file in files:
        if file.kind is FileKind.HTML:
            message.add_alternative(file.content.decode(), subtype="html")
    for file in files:
        if file.kind is FileKind.PICTURE:
            _, html = message.iter_parts()
            html.add_related(
                file.content, "image", "png", cid=f"<{PICTURE_ID}>", filename=file.name, disposition="inline"
            )
            html.set_param("type", "text/html")


def slack(told: Told) -> dict[str, Any]:
    """Nothing is read as a mention, a link or a format."""
    text = f"{told.subject}\n{told.text}".replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": _with_link(text, told.link), "mrkdwn": False}


def teams(told: Told) -> dict[str, Any]:
    """An Adaptive Card of runs of text, which knows no Markdown."""
    runs = [{"type": "TextRun", "text": told.subject, "weight": "Bolder"}]
    body = [
        {"type": "RichTextBlock", "inlines": runs},
        *(
            {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": line}]}
            for line in told.text.splitlines()
            if line
        ),
    ]
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    if told.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open", "url": told.link}]
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}


def discord(told: Told) -> dict[str, Any]:
    """Every mark is escaped, and nobody is mentioned."""
    text = _DISCORD_MARKS.sub(r"\\\1", f"{told.subject}\n{told.text}")
    room = _DISCORD_MOST - len(told.link) - 1
    text = text if len(text) <= room else text[: room - 2].rstrip("\\") + "…"
    return {"content": _with_link(text, told.link), "allowed_mentions": {"parse": []}, "flags": _NO_EMBEDS}


def google_chat(told: Told) -> dict[str, Any]:
    """It has no escapes: the signs that begin a mention or a link are replaced by ones that look alike."""
    text = f"{told.subject}\n{told.text}".replace("<", "‹").replace(">", "›")
    return {"text": _with_link(text, told.link)}


def own(told: Told) -> dict[str, Any]:
    """For a webhook of one's own: every part by its name."""
    return {
        "delivery": told.delivery,
        "event": told.event,
        "rule": told.rule,
        "phase": told.phase,
        "subject": told.subject,
        "text": told.text,
        "link": told.link or None,
        "told_at": rfc3339(told.at),
    }


BODIES = {"slack": slack, "teams": teams, "discord": discord, "google_chat": google_chat, "webhook": own}


def _with_link(text: str, link: str) -> str:
    return f"{text}\n{link}" if link else text
