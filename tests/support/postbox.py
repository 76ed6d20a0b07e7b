"""A mail server of another making than ours (aiosmtpd), which keeps what it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from core.alerts.kinds import mail_content
from core.store.channels import ChannelContent


@dataclass
class Postbox:
    """``refuses``: what every mail is answered with, in place of being taken."""

    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    refuses: str = ""
    port: int = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - its name
        if self.refuses:
            return self.refuses
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.raw.append(envelope.content)
        self.mails.append(parsed)
        return "250 taken"

    def channel(self) -> ChannelContent:
        """What leads here."""
        return mail_content(
            host="127.0.0.1", port=str(self.port), security="none", sender="ledger@acme.example",
            recipients="ann@acme.example",
        )  # fmt: skip


class _Anywhere(Controller):
    """On whichever port is free."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def postbox() -> Iterator[Postbox]:
    box = Postbox()
    controller = _Anywhere(box, hostname="127.0.0.1", port=0)
    controller.start()
    try:
        box.port = controller.port
        yield box
    finally:
        controller.stop(no_assert=True)
