"""The Sync page's coverage: a year of days of each report, and every gap with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl
import streamlit as st
from sqlite_utils import Database

from core.charts.coverage_chart import KEPT_SIGN, LOOKS, REDUCED_SIGN, SHORT_SIGN, ZERO_SIGN, coverage_chart
from core.explore.provenance import REQUIRED
from core.formats import count_of, period_label
from core.periods import ONE_DAY, Period
from core.reach import HISTORY_DAYS, first_wanted
from core.store.bills import bill_in_use
from core.store.connections import Connection, list_connections
from core.store.coverage import first_covered, last_covered
from core.store.days import DayKind, DayState, Gap, gaps_of, stream_days
from core.store.failures import ANSWER, KEY, LIMIT, NETWORK, PERMISSION, STORE
from core.store.known_days import known_days
from core.store.reached import first_asked
from core.streams import newest_streams_of
from core.ui.app import blocks, data, html, times
from core.ui.app.bill_words import bill_sentence
from core.ui.sync import learned_lines
from core.ui.sync.runs_cards import LABELS, NAME_WIDTH

_FAILED_AT = {
    PERMISSION: "No permission",
    KEY: "Failed: the API key",
    LIMIT: "Failed: a limit was reached",
    NETWORK: "Failed: no answer",
    ANSWER: "Failed: the answer could not be used",
    STORE: "Failed: the database",
}
_ADVICE = {
    DayKind.NOT_PULLED: "Sync now. If they stay, look at the runs below.",
    DayKind.NOT_REPORTED: "Nothing: Anthropic is late, a later sync brings them.",
    DayKind.BEYOND_REACH: "Nothing: Anthropic tells of no day so old.",
}


def calendar_card() -> None:
    """One connection's days, report by report."""
    with data.store() as db:
        connections = list_connections(db)
    if not connections:
        return
    with st.container(border=True, key="card-coverage"):
        with blocks.card_head("coverage", "Coverage", "What is known of each UTC day, report by report"):
            connection = _chosen(connections)
            period = _year(connection)
        with data.store() as db:
            days = stream_days(db, connection, _shown(db, connection), period, times.today())
            bill = bill_in_use(db, connection.id, connection.origin)
        blocks.quiet(bill_sentence(bill))
        for stream, states in days.items():
            _stream(LABELS[stream], states)
        _legend()
        learned_lines.learned(connection)


def _shown(db: Database, connection: Connection) -> list[str]:
    """The legacy reports, and the newest ones where something of them is stored."""
    newest = [stream.name for stream in newest_streams_of(connection.origin)]
    return [
        *REQUIRED[connection.origin],
        *(newest if last_covered(db, connection.id).keys() & newest else ()),
    ]


def _chosen(connections: Sequence[Connection]) -> Connection:
    by_id = {connection.id: connection for connection in connections}
    return by_id[
        st.selectbox(
            "Connection", list(by_id), format_func=lambda id_: by_id[id_].name, key="w.coverage.connection",
            label_visibility="collapsed",
        )
    ]  # fmt: skip


def _year(connection: Connection) -> Period:
    """The last twelve months, or an earlier calendar year of which something is stored or wanted."""
    today = times.today()
    with data.store() as db:
        first = min(first_covered(db, connection.id) or today, _first_asked(db, connection))
    years = range(today.year - 1, first.year - 1, -1)
    labels = {0: "Last 12 months", **{year: str(year) for year in years}}
    year = st.selectbox(
        "Days", list(labels), format_func=lambda key: labels[key], key=f"w.coverage.year.{connection.id}",
        label_visibility="collapsed", width=180,
    )  # fmt: skip
    if year:
        return Period(date(year, 1, 1), date(year + 1, 1, 1))
    return Period(today - timedelta(days=HISTORY_DAYS), today + ONE_DAY)


def _first_asked(db: Database, connection: Connection) -> date:
    return first_asked(db, connection, REQUIRED[connection.origin], times.today())


def _stream(label: str, states: list[DayState]) -> None:
    frame = days_frame(states)
    words = html.span(summary(states), cls="tl-quiet")
    html.show(html.div(html.b(label), words, cls="tl-stream"))
    st.altair_chart(coverage_chart(frame, blocks.theme(), name=label, today=times.today()), width="stretch")


def summary(states: Sequence[DayState]) -> str:
    """``335 days known, 31 of them provisional, 2 true zeros; 3 days missing``."""
    known = [state for state in states if state.is_known]
    provisional = sum(state.kind is DayKind.PROVISIONAL for state in known)
    zeros, kept = (sum(getattr(state, name) for state in known) for name in ("is_zero", "kept"))
    short, reduced = sum(bool(s.set_aside) for s in states), sum(s.is_reduced for s in states)
    missing = sum(state.is_gap for state in states)
    parts = [f"{count_of(len(known), 'day')} known"]
    parts += [f"{provisional} of them provisional"] if provisional else []
    parts += [count_of(zeros, "true zero")] if zeros else []
    parts += [f"{kept} kept beyond Anthropic's reach"] if kept else []
    parts += [f"{short} with rows not counted"] if short else []
    parts += [f"{reduced} with fewer dimensions"] if reduced else []
    awaited = "; today is not reported yet" if any(state.awaited for state in states) else ""
    return (
        ", ".join(parts)
        + (f"; {count_of(missing, 'day')} missing" if missing else "; none missing")
        + awaited
    )


def days_frame(states: Sequence[DayState]) -> pl.DataFrame:
    """One row for each day, as :func:`core.charts.coverage_chart.coverage_chart` wants it."""
    rows = [
        (
            state.day,
            state.kind.value,
            state.is_zero,
            state.kept,
            bool(state.set_aside),
            state.is_reduced,
            _why(state),
            f"{state.coverage.rows:,}" if state.coverage else "–",
            f"{times.instant_label(state.coverage.fetched_at)} UTC" if state.coverage else "–",
        )
        for state in states
    ]
    return pl.DataFrame(rows, schema=_DAY_COLUMNS, orient="row")


_DAY_COLUMNS = {
    "day": pl.Date,
    "state": pl.String,
    "zero": pl.Boolean,
    "kept": pl.Boolean,
    "short": pl.Boolean,
    "reduced": pl.Boolean,
    "why": pl.String,
    "rows": pl.String,
    "fetched": pl.String,
}


def _why(state: DayState) -> str:
    if state.failure:
        return state.failure.message
    if state.awaited:
        return "Reported when the day is over."
    if state.set_aside:
        return f"{count_of(state.set_aside, 'row')} could not be counted; the reasons are below."
    if state.is_reduced:
        return "Its rows are not told apart by every dimension; its sums are whole."
    if state.kept:
        return "Anthropic no longer reports it; what was stored stays."
    if state.is_zero:
        return "Pulled; Anthropic reports nothing."
    if state.kind is DayKind.PROVISIONAL:
        return "Anthropic may still revise it."
    return _ADVICE.get(state.kind, "–")


def _legend() -> None:
    """What colours and signs mean; a sign tells what a colour cannot to everyone."""
    theme = blocks.theme()
    items = [
        (state[:1].upper() + state[1:], look.sign, look.fill(theme), look.ink(theme))
        for state, look in LOOKS.items()
    ]
    final = LOOKS["final"]
    items += [
        ("True zero: pulled, nothing reported", ZERO_SIGN, final.fill(theme), final.ink(theme)),
        ("Kept: Anthropic reports it no longer", KEPT_SIGN, final.fill(theme), final.ink(theme)),
        ("Incomplete: rows that could not be counted", SHORT_SIGN, final.fill(theme), final.ink(theme)),
        ("Reduced: kept with fewer dimensions", REDUCED_SIGN, final.fill(theme), final.ink(theme)),
    ]
    cells = [
        html.span(
            html.i(sign, cls="tl-cell", style=f"background:{fill};color:{ink}"),
            html.span(html.name(name), cls="name"),
            cls="item",
        )
        for name, sign, fill, ink in items
    ]
    html.show(html.div(cells, blocks.legend_item("tl-cell ring", "Today"), cls="tl-legend"))


def gaps_card() -> None:
    """Every day that is not known, of all connections: why, and what to do."""
    ledger = data.ledger()
    if not ledger.connections:
        return
    gaps = data.of_days("gaps", ledger, (times.today(),), _all_gaps)
    with st.container(border=True, key="card-gaps"):
        blocks.card_title("Gaps", "Days that are not known, since history begins. Unknown, not zero.")
        if not gaps:
            blocks.quiet("None. Every day wanted since history begins is known.")
            return
        st.dataframe(
            gaps_frame(gaps), hide_index=True, width="stretch", placeholder="–",
            height=blocks.table_height(len(gaps)), alt=f"{len(gaps)} gaps",
            column_config={
                "Days": st.column_config.NumberColumn(format="localized", width="small"),
                "Connection": st.column_config.TextColumn(width=NAME_WIDTH),
                "What to do": st.column_config.TextColumn(width="large"),
            },
        )  # fmt: skip


def _all_gaps() -> list[tuple[Connection, Gap, list[str]]]:
    """Of every connection, the latest first."""
    with data.store() as db:
        connections = list_connections(db)
    gaps = [(connection, gap, reports) for connection in connections for gap, reports in _gaps(connection)]
    return sorted(gaps, key=lambda row: (row[1].period.end, row[0].name), reverse=True)


def _gaps(connection: Connection) -> list[tuple[Gap, list[str]]]:
    """Gaps since history begins, with the reports that share each."""
    today, streams = times.today(), REQUIRED[connection.origin]
    with data.store() as db:
        start = min(first_covered(db, connection.id) or today, _first_asked(db, connection))
        days = known_days(db, connection, streams, Period(start, today + ONE_DAY), today)
    shared: dict[tuple[Period, DayKind, str], tuple[Gap, list[str]]] = {}
    for stream, states in days.items():
        for gap in gaps_of(states, stream):
            message = gap.failure.message if gap.failure else ""
            shared.setdefault((gap.period, gap.kind, message), (gap, []))[1].append(stream)
    return [*shared.values(), *_never_had(connection, start, list(streams))]


def _never_had(connection: Connection, start: date, streams: list[str]) -> list[tuple[Gap, list[str]]]:
    """Days wanted from before all that is stored, which Anthropic was seen to refuse or never reports."""
    first = first_wanted(connection.origin, connection.since)
    return [(Gap(Period(first, start), DayKind.BEYOND_REACH, None), streams)] if first < start else []


def gaps_frame(gaps: Sequence[tuple[Connection, Gap, list[str]]]) -> pl.DataFrame:
    """One row for each gap, as people read it."""
    rows = [
        (
            period_label(gap.period),
            gap.period.days,
            connection.name,
            _reports(connection, reports),
            reason(gap),
            gap.failure.message if gap.failure else _ADVICE[gap.kind],
            gap.failure.request_id if gap.failure else None,
        )
        for connection, gap, reports in gaps
    ]
    return pl.DataFrame(rows, schema=_GAP_COLUMNS, orient="row")


_GAP_COLUMNS = {
    "Period": pl.String,
    "Days": pl.Int64,
    "Connection": pl.String,
    "Report": pl.String,
    "Why": pl.String,
    "What to do": pl.String,
    "Request ID": pl.String,
}


def reason(gap: Gap) -> str:
    """In a few words."""
    if gap.failure:
        return _FAILED_AT.get(gap.failure.kind, "Failed: refused")
    return gap.kind.value[:1].upper() + gap.kind.value[1:]


def _reports(connection: Connection, reports: list[str]) -> str:
    if len(reports) == len(REQUIRED[connection.origin]):
        return "All reports"
    return ", ".join(LABELS[report] for report in reports)
