"""What can be typed about alerts and their channels."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, TypeAlias

from core.alerts.kinds import KINDS, SECURITIES
from core.cli import telling
from core.store.alert_rules import RULES

if TYPE_CHECKING:
    _Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]


def add_telling(into: _Commands) -> None:
    """The commands ``alerts``, ``channels`` and ``notify``."""
    _alerts(into.add_parser("alerts", help="which alerts are on, and what was told in the last 30 days"))
    _channels(
        into.add_parser(
            "channels",
            help="by which channels alerts are told",
            description="List the channels; add, test or delete one. A password or a webhook's address comes "
            "from the variable that --secret-env names, else from standard input; it is never an argument.",
        )
    )
    _notify(
        into.add_parser(
            "notify",
            help="tell what is worth an alert, and send what waits",
            description="As after every sync, for a schedule of its own. Exits with 1 when a message did not "
            "get through; it is tried again, for a day.",
        )
    )


def _alerts(parser: argparse.ArgumentParser) -> None:
    """The words of ``alerts``."""
    parser.add_argument("--rule", choices=list(RULES), metavar="RULE", help=", ".join(RULES))
    parser.add_argument("--on", dest="switch", action="store_true", default=None, help="switch it on")
    parser.add_argument("--off", dest="switch", action="store_false", default=None, help="switch it off")
    parser.add_argument("--threshold", type=int, metavar="N", help="whole dollars or per cent")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=telling.alerts)


def _channels(parser: argparse.ArgumentParser) -> None:
    """The words of ``channels``."""
    parser.add_argument("--add", metavar="NAME", help="add a channel; needs --kind")
    parser.add_argument("--kind", choices=list(KINDS), metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--secret-env", metavar="VAR", help="variable with the password or webhook address")
    parser.add_argument("--signing-env", metavar="VAR", help="variable with a webhook's signing secret")
    parser.add_argument("--host", help="of the mail server")
    parser.add_argument("--port", help="of the mail server; default 587, with tls 465, with none 25")
    parser.add_argument("--security", choices=SECURITIES, default="starttls", help="default %(default)s")
    parser.add_argument("--user", help="who signs in at the mail server; without, nobody does")
    parser.add_argument("--sender", metavar="ADDRESS", help="whom mail comes from")
    parser.add_argument("--to", metavar="ADDRESSES", help="whom it goes to, separated by commas")
    parser.add_argument("--test", metavar="NAME", help="send a test by this channel")
    parser.add_argument("--delete", metavar="NAME", help="delete this channel")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=telling.channels)


def _notify(parser: argparse.ArgumentParser) -> None:
    """The words of ``notify``."""
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=telling.notify)
