"""What can be typed about alerts and their channels."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, TypeAlias

from core.alerts.kinds import KINDS, SECURITIES
from core.cli import alerting, digest_commands, telling
from core.digests.schedule import WEEKDAYS
from core.store.alert_kinds import DIRECTIONS, MEASURES, NEWCOMERS, PERIODS, RULE_KINDS

if TYPE_CHECKING:
    _Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]


def add_telling(into: _Commands) -> None:
    """The commands ``alerts``, ``channels``, ``digests`` and ``notify``."""
    _alerts(
        into.add_parser(
            "alerts",
            help="the rules of alerts, and what was told in the last 30 days",
            description="Add, change, switch on or off, or delete a rule, or set quiet hours; then list the "
            "rules and what they told. Or preview what one, or one that is described, would have told in the "
            "last 90 days.",
        )
    )
    _channels(
        into.add_parser(
            "channels",
            help="by which channels alerts are told",
            description="Add, change, test or delete a channel, then list all. A password or a webhook's "
            "address comes from the variable that --secret-env names, else from standard input (change: only "
            "from the variable); it is never an argument. “change” keeps what is not given.",
        )
    )
    _digests(
        into.add_parser(
            "digests",
            help="what is sent on a schedule, and what was in the last 30 days",
            description="Add, change, switch on or off, or delete a digest, then list all and what was sent; "
            "or send one now. What is due is sent after every sync, and by notify. “change” keeps what "
            "is not given.",
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
    _verbs(parser, alerting.ACTIONS, "rule")
    parser.add_argument("--on", dest="switch", action="store_true", default=None, help="change: switch it on")
    parser.add_argument(
        "--off",
        dest="switch",
        action="store_false",
        default=None,
        help="add, change: switched off; quiet: none",
    )
    parser.add_argument("--kind", choices=list(RULE_KINDS), metavar="KIND", help=", ".join(RULE_KINDS))
    _terms(parser)
    parser.add_argument("--channel", action="append", metavar="NAME", help="by this one only; again for more")
    parser.add_argument("--all-channels", action="store_true", help="by all there are, as at first")
    parser.add_argument("--from", dest="start", metavar="TIME", help="quiet: when it begins, like 22:00")
    parser.add_argument("--to", dest="end", metavar="TIME", help="quiet: when it ends")
    parser.add_argument("--zone", help="quiet: the time zone, like Europe/Berlin")
    parser.add_argument("--syncs-pass", action="store_true", help="quiet: but send what is told of syncs")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=alerting.alerts)


def _verbs(parser: argparse.ArgumentParser, actions: tuple[str, ...], word: str) -> None:
    """What is done, and with which."""
    parser.add_argument("action", nargs="?", default="list", choices=actions, help=", ".join(actions))
    parser.add_argument("name", nargs="?", metavar="NAME", help=f"the {word}, by its name or number")
    parser.add_argument("--name", dest="new_name", metavar="NAME", help="change: its new name")


def _terms(parser: argparse.ArgumentParser) -> None:
    """From how much on, and of what."""
    parser.add_argument("--threshold", metavar="N", help="dollars, tokens, per cent or hours, as its kind")
    parser.add_argument("--floor", metavar="N", help="dollars or tokens that it takes at least")
    parser.add_argument("--period", choices=PERIODS, help="over which it is judged")
    parser.add_argument("--measure", choices=MEASURES, help="default cost")
    parser.add_argument("--direction", choices=DIRECTIONS, help="of a change")
    parser.add_argument("--dimension", choices=NEWCOMERS, help="what is new")
    parser.add_argument("--shares", metavar="N,N", help="per cent of a plan's budget")
    parser.add_argument("--plan", metavar="NAME", help="of this plan only")
    parser.add_argument(
        "--where", action="append", default=[], metavar="dim=value", help="of this only; again for more"
    )
    parser.add_argument("--step", type=int, metavar="N", help="told again when worse by so many per cent")


def _channels(parser: argparse.ArgumentParser) -> None:
    """The words of ``channels``."""
    _verbs(parser, telling.ACTIONS, "channel")
    parser.add_argument("--kind", choices=list(KINDS), metavar="KIND", help=f"add: {', '.join(KINDS)}")
    parser.add_argument("--secret-env", metavar="VAR", help="variable with the password or webhook address")
    parser.add_argument("--signing-env", metavar="VAR", help="variable with a webhook's signing secret")
    parser.add_argument("--host", help="of the mail server")
    parser.add_argument("--port", help="of the mail server; default 587, with tls 465, with none 25")
    parser.add_argument("--security", choices=SECURITIES, help="default starttls")
    parser.add_argument("--user", help="who signs in at the mail server; without, or empty, nobody does")
    parser.add_argument("--sender", metavar="ADDRESS", help="whom mail comes from")
    parser.add_argument("--to", metavar="ADDRESSES", help="whom it goes to, separated by commas")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=telling.channels)


def _digests(parser: argparse.ArgumentParser) -> None:
    """The words of ``digests``."""
    _verbs(parser, digest_commands.ACTIONS, "digest")
    parser.add_argument("--view", metavar="NAME", help="send this saved view")
    parser.add_argument("--dashboard", metavar="NAME", help="send this dashboard")
    parser.add_argument(
        "--weekday", type=_weekday, metavar="DAY", help="monday to sunday, or daily, as usual"
    )
    parser.add_argument("--hour", type=int, metavar="0-23", help="default 8")
    parser.add_argument("--zone", metavar="ZONE", help="as Europe/Berlin; default UTC")
    parser.add_argument("--channel", action="append", default=[], metavar="NAME", help="once for each")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=digest_commands.digests)


def _weekday(text: str) -> int:
    names = [digest_commands.DAILY, *(name.casefold() for name in WEEKDAYS)]
    if text.casefold() not in names:
        raise argparse.ArgumentTypeError(f"{text!r} is no day from monday to sunday, nor daily")
    return names.index(text.casefold()) - 1


def _notify(parser: argparse.ArgumentParser) -> None:
    """The words of ``notify``."""
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=telling.notify)
