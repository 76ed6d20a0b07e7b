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
            description="Look through the ledger and list what is unusual and unanswered. Every sync looks. "
            "Answer one first, or mute its series; “unmute” takes the series' name too.",
        )
    )
    _annotations(
        into.add_parser(
            "annotations",
            help="what people noted of days",
            description="Add a note on days, or delete one by its number, then list all.",
        )
    )


def _anomalies(parser: argparse.ArgumentParser) -> None:
    """The words of ``anomalies``."""
    parser.add_argument(
        "action", nargs="?", default="list", choices=watching.ANSWERS, help=", ".join(watching.ANSWERS)
    )
    parser.add_argument("which", nargs="?", metavar="ID", help="the anomaly, by its number")
    parser.add_argument(
        "--all", action="store_true", help="those answered, muted and withdrawn too, and what is muted"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--note", metavar="TEXT", help="expect: why, then noted on its days")
    parser.set_defaults(run=watching.anomalies)


def _annotations(parser: argparse.ArgumentParser) -> None:
    """The words of ``annotations``."""
    parser.add_argument(
        "action", nargs="?", default="list", choices=watching.NOTES, help=", ".join(watching.NOTES)
    )
    parser.add_argument("which", nargs="?", metavar="TEXT", help="add: what happened; delete: its number")
    parser.add_argument("--from", dest="start", type=day, metavar="DATE", help="add: its first UTC day")
    parser.add_argument("--last", type=day, metavar="DATE", help="add: its last UTC day; default the first")
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="dim=value",
        help="add: only where this holds; again for more",
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(run=watching.notes)
