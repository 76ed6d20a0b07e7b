"""What can be typed about alerts and their channels."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, TypeAlias

from core.alerts.kinds import KINDS, SECURITIES
from core.cli import digest_commands, telling
from core.digests.schedule import WEEKDAYS
from core.store.alert_rules import RULES

if TYPE_CHECKING:
    _Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]


def add_telling(into: _Commands) -> None:
    """The commands ``alerts``, ``channels``, ``digests`` and ``notify``."""
    _alerts(into.add_parser("alerts", help="which alerts are on, and what was told in the last 30 days"))
    _channels(
        into.add_parser(
            "channels",
            help="by which channels alerts are told",
            description="List the channels; add, test or delete one. A password or a webhook's address comes "
            "from the variable that --secret-env names, else from standard input; it is never an argument.",
        )
    )
    _digests(
        into.add_parser(
            "digests",
            help="what is sent on a schedule, and what was in the last 30 days",
            description="List the digests; send, add, pause, resume or delete one. What is due is sent after "
            "every sync, and by notify.",
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


def _digests(parser: argparse.ArgumentParser) -> None:
    """The words of ``digests``."""
    parser.add_argument("what", nargs="?", choices=digest_commands.ACTS, help="what to do; default: list")
    parser.add_argument("name", nargs="?", metavar="NAME", help="of the digest")
    parser.add_argument("--view", metavar="NAME", help="add: send this saved view")
    parser.add_argument("--dashboard", metavar="NAME", help="add: send this dashboard")
    parser.add_argument(
        "--weekday", type=_weekday, metavar="DAY", help="add: monday to sunday; default daily"
    )
    parser.add_argument("--hour", type=int, default=8, metavar="0-23", help="add: default %(default)s")
    parser.add_argument("--zone", default="UTC", metavar="ZONE", help="add: as Europe/Berlin; default UTC")
    parser.add_argument("--channel", action="append", default=[], metavar="NAME", help="add: once for each")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=digest_commands.digests)


def _weekday(text: str) -> int:
    names = [name.casefold() for name in WEEKDAYS]
    if text.casefold() not in names:
        raise argparse.ArgumentTypeError(f"{text!r} is no day from monday to sunday")
    return names.index(text.casefold())


def _notify(parser: argparse.ArgumentParser) -> None:
    """The words of ``notify``."""
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=telling.notify)
