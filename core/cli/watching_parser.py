"""What can be typed to see and answer what is unusual."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, TypeAlias

from core.cli import watching
from core.cli.days import day

if TYPE_CHECKING:
    _Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]


def add_watching(into: _Commands) -> None:
    """The commands ``anomalies`` and ``annotations``."""
    _anomalies(
        into.add_parser(
            "anomalies",
            help="what is unusual: spikes, drops, lasting changes, what is new or has stopped",
            description="Look through the ledger and list what is unusual and unanswered. Every sync looks.",
        )
    )
    _annotations(into.add_parser("annotations", help="what people noted of days"))


def _anomalies(parser: argparse.ArgumentParser) -> None:
    """The words of ``anomalies``."""
    parser.add_argument("--all", action="store_true", help="those answered, muted and withdrawn too")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--acknowledge", type=int, metavar="ID", help="somebody has seen it")
    parser.add_argument("--mute", type=int, metavar="ID", help="say nothing of its series any more")
    parser.add_argument("--expected", type=int, metavar="ID", help="it had to be so; needs --note")
    parser.add_argument("--note", metavar="TEXT", help="why, which is then noted on its days")
    parser.set_defaults(run=watching.anomalies)


def _annotations(parser: argparse.ArgumentParser) -> None:
    """The words of ``annotations``."""
    parser.add_argument("--add", metavar="TEXT", help="note this; needs --from")
    parser.add_argument("--from", dest="start", type=day, metavar="DATE", help="its first UTC day")
    parser.add_argument("--last", type=day, metavar="DATE", help="its last UTC day; default the first")
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="dim=value",
        help="only where this holds; again for more",
    )
    parser.add_argument("--delete", type=int, metavar="ID", help="delete a note")
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=watching.notes)
