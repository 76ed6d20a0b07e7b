"""What can be typed after ``python -m core``."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from core import __version__
from core.cli import ahead, codes, commands
from core.cli.copies_parser import add_copies
from core.cli.days import day
from core.cli.people_parser import add_people
from core.cli.plan_commands import add_plans
from core.cli.settings_file import add_settings_file
from core.cli.telling_parser import add_telling
from core.cli.watching_parser import add_watching
from core.dimensions import DIMENSIONS, MEASURES, WORKSPACE_TAG
from core.explore.query import find_dimension, find_measure
from core.periods import CALENDAR

if TYPE_CHECKING:
    _Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]

QUERY_MEASURES = tuple(measure.name for measure in MEASURES.values() if measure.additive)
"""Measures whose parts add up; a ratio's would not."""


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Parse; ``run`` of the result is the command. Wrong use exits with 2, as argparse does."""
    parser = argparse.ArgumentParser(prog="python -m core", description="Token Ledger on the command line.")
    parser.add_argument("--version", action="version", version=f"Token Ledger {__version__}")
    commands_of = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (
        _connect, _sync, _stop, _status, _query, _forecast, add_plans, add_watching, add_telling, add_people,
        _demo, _doctor, _record, add_copies, add_settings_file,
    ):  # fmt: skip
        add(commands_of)
    return parser.parse_args(argv)


def _connect(into: _Commands) -> None:
    parser = into.add_parser(
        "connect",
        help="connect an organization",
        description="Connect an organization. The API key comes from the variable that --key-env names, else "
        "from standard input; it is never an argument. With --key-from it stays where it is, as Docker and "
        "Kubernetes secrets do.",
    )
    parser.add_argument("--name", required=True, help="cost center name")
    parser.add_argument(
        "--since",
        type=day,
        metavar="DATE",
        help="first day of history, which is asked for as far back as Anthropic answers; default a year ago",
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--key-env", metavar="VAR", help="environment variable that holds the API key now")
    source.add_argument(
        "--key-from",
        metavar="REFERENCE",
        help="env:NAME or file:/path: the key is read from there at each use, and never stored",
    )
    parser.set_defaults(run=commands.connect)


def _sync(into: _Commands) -> None:
    parser = into.add_parser(
        "sync",
        help="pull what is new and what may have changed",
        description="Pull what is new and what may have changed. One sync at a time works on a data folder: "
        "a second follows the first to its end and takes its result; with --connection, --full or --from and "
        "--to it does its own afterwards. Ctrl+C or SIGTERM stop it within seconds; requests are cut.",
        epilog="Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in codes.MEANINGS) + ".",
    )
    parser.add_argument("--connection", metavar="NAME", help="only this connection, by name or id")
    parser.add_argument("--full", action="store_true", help="pull all history in reach again")
    parser.add_argument(
        "--from", dest="start", type=day, metavar="DATE", help="pull these days again: the first UTC day"
    )
    parser.add_argument("--to", dest="end", type=day, metavar="DATE", help="the day after the last, UTC")
    parser.add_argument(
        "--json", action="store_true", help="a line of JSON for each connection, then one for the whole sync"
    )
    parser.add_argument("--quiet", action="store_true", help="say nothing but failures")
    parser.add_argument(
        "--lock-wait",
        type=_seconds,
        default=commands.LOCK_WAIT_SECONDS,
        metavar="SECONDS",
        help="follow another sync so long at most; default %(default)g, 0 gives up at once",
    )
    parser.add_argument("--trigger", default="command line", help=argparse.SUPPRESS)
    parser.set_defaults(run=commands.sync)


def _stop(into: _Commands) -> None:
    parser = into.add_parser(
        "stop",
        help="stop the running sync",
        description="Stop the running sync: requests under way are cut. What it pulled is kept.",
    )
    parser.add_argument(
        "--wait",
        type=_seconds,
        default=90.0,
        metavar="SECONDS",
        help="wait so long for it to end; default %(default)g",
    )
    parser.set_defaults(run=commands.stop)


def _status(into: _Commands) -> None:
    parser = into.add_parser("status", help="what is connected, how fresh it is, and what runs")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="as JSON")
    form.add_argument(
        "--format",
        choices=("text", "json", "prometheus"),
        default="text",
        help="prometheus: figures to watch",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="with --format prometheus: write it there, whole or not"
    )
    parser.set_defaults(run=commands.status)


def _query(into: _Commands) -> None:
    parser = into.add_parser(
        "query",
        help="cost or usage, filtered and grouped",
        description="The same numbers and the same CSV as on the page.",
        epilog=f"Dimensions: {', '.join(DIMENSIONS)}; and {WORKSPACE_TAG}KEY for each tag of workspaces, "
        "with %2C for a comma in the key, %3D for an equals sign and %25 for a per cent sign.",
    )
    parser.add_argument(
        "--measure", required=True, type=_measure, metavar="M", help=", ".join(QUERY_MEASURES)
    )
    parser.add_argument("--group-by", type=_dimensions, default=(), metavar="a,b", help="dimensions")
    parser.add_argument("--from", dest="start", type=day, required=True, metavar="DATE", help="first UTC day")
    parser.add_argument(
        "--to", dest="end", type=day, required=True, metavar="DATE", help="the day after the last, UTC"
    )
    parser.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="dim=value",
        help="keep only these rows; dim!=value drops them; dim~=part, dim^=start; again for more",
    )
    parser.add_argument(
        "--forecast", action="store_true", help="what is known, and what the whole range is expected to be"
    )
    parser.add_argument("--format", choices=("csv", "json"), default="csv")
    parser.set_defaults(run=commands.query)


def _forecast(into: _Commands) -> None:
    parser = into.add_parser(
        "forecast",
        help="what a month, quarter or year will come to, with its range",
        description="What is known of the month, quarter or year under way, and what all of it is expected "
        "to be: the most likely sum, and the range that holds four in five. From complete days only; with "
        "less than five weeks of them there is no forecast.",
    )
    parser.add_argument(
        "--measure", type=_measure, default="cost", metavar="M", help=", ".join(QUERY_MEASURES)
    )
    parser.add_argument("--group-by", type=_dimensions, default=(), metavar="a,b", help="dimensions")
    parser.add_argument("--until", choices=tuple(CALENDAR), default="month", help="whose end; default month")
    parser.add_argument("--where", action="append", default=[], metavar="dim=value", help="as of query")
    parser.add_argument("--by-day", action="store_true", help="a row a day")
    parser.add_argument("--json", action="store_true", help="as JSON, not CSV")
    parser.set_defaults(run=ahead.forecast)


def _demo(into: _Commands) -> None:
    parser = into.add_parser("demo", help="load the demo organizations, without a key")
    parser.add_argument("--remove", action="store_true", help="remove them with their data")
    parser.set_defaults(run=commands.demo)


def _doctor(into: _Commands) -> None:
    parser = into.add_parser(
        "doctor",
        help="look over the installation and say what is wrong",
        description="Check versions, data folder, database, every key and report, clock, channels, backups, "
        "and the ledger's sums against the raw reports. Changes nothing; exits with 1 on an error. With "
        "--api: walk through what Anthropic's service grants, beside what is assumed of it, with some 75 "
        "requests for a connection; exits with 1 when something is otherwise and matters, with 2 when a key "
        "is refused.",
    )
    parser.add_argument("--api", action="store_true", help="look at what the service grants")
    parser.add_argument(
        "--connection", metavar="NAME", help="with --api: only this connection, by name or id"
    )
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="with --api: write the table without names, ids and amounts, for a bug report",
    )
    parser.add_argument("--json", action="store_true", help="a line of JSON for each finding")
    parser.set_defaults(run=commands.doctor)


def _record(into: _Commands) -> None:
    parser = into.add_parser(
        "record",
        help="store a day of Anthropic's answers, without names and amounts, to share",
        description="Ask for one finished day of every report and list, and store the answers with ids, "
        "names, e-mails, amounts and counts replaced. Keys are never stored.",
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder")
    parser.add_argument("--connection", metavar="NAME", help="the connection, by name or id")
    parser.add_argument(
        "--day", type=day, metavar="DATE", help="a finished UTC day; default the one before yesterday"
    )
    parser.set_defaults(run=commands.record)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return seconds


def _measure(text: str) -> str:
    if text not in QUERY_MEASURES:
        known = MEASURES[text].label if text in MEASURES else find_measure(text).label
        raise argparse.ArgumentTypeError(f"{known} is a ratio, whose parts do not add up")
    return text


def _dimensions(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    return tuple(find_dimension(name).name for name in names)
