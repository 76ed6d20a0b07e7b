"""The findings that nobody has answered yet: what happened, what carries it, and what can be said of it."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from core import follow_up
from core.bidi import isolated
from core.dimensions import MEASURES
from core.errors import TokenLedgerError
from core.explore.links import Display
from core.figures import row_scale
from core.formats import count_of
from core.periods import Period
from core.store import findings
from core.store.findings import Finding
from core.ui.app import actions, blocks, data, gap_notice, html, times
from core.ui.app.answer_blocks import nothing_connected
from core.ui.app.explorer_state import ExplorerState
from core.ui.app.navigation import page_file
from core.watch import words
from core.watch.evaluate import params_of
from core.watch.shown import view_of

PLACE = "anomalies"
MOST_SHOWN = 20
_BEFORE, _AFTER = timedelta(days=28), timedelta(days=8)


def open_cards() -> None:
    """A card for each, the latest first; looked for anew where the numbers have changed."""
    if not data.connections():
        nothing_connected()
        return
    _look()
    actions.show_failure(PLACE)
    with data.store() as db:
        opened = findings.open_findings(db)
    if not opened:
        blocks.empty(*_nothing())
        return
    blocks.quiet(_extent(opened))
    for finding in opened[:MOST_SHOWN]:
        _card(finding)
    if opened[MOST_SHOWN:]:
        blocks.quiet(f"{count_of(len(opened) - MOST_SHOWN, 'older one')} below, once these are answered.")


def _nothing() -> tuple[str, str]:
    """Title and text where no finding is open: nothing is said of days that are not there yet."""
    if data.is_syncing():
        return gap_notice.STILL_PULLED, "What stands out is told here once they are there."
    if not data.ledger().files:
        return "No day is known yet", "What stands out is told here after the first sync."
    return "Nothing is unusual", "Every sync looks through all days anew; what stands out is told here."


def _look() -> None:
    """Where that cannot be kept, what was found before is shown, and why."""
    try:
        with st.spinner("Looking through the days"):
            follow_up.look_for_anomalies(data.settings(), times.now)
    except TokenLedgerError as error:
        blocks.quiet(f"The days could not be looked through anew: {error.happened}")


def _extent(opened: list[Finding]) -> str:
    more = sum(d for f in opened if (d := words.difference_usd(f.now) or 0) > 0)
    less = sum(d for f in opened if (d := words.difference_usd(f.now) or 0) < 0)
    scale = row_scale(MEASURES["cost"], (more, less))
    sums = [
        f"{scale.write(amount)} {word} than expected"
        for amount, word in ((more, "more"), (-less, "less"))
        if amount
    ]
    return (
        f"{count_of(len(opened), 'anomaly', 'anomalies')} to look at: {', '.join(sums) or 'no dollars told'}."
    )


def _card(finding: Finding) -> None:
    now = finding.now
    with st.container(border=True, key=f"card-anomaly-{finding.id}"):
        blocks.card_title(words.title(now), words.extent(now))
        html.show(html.div((blocks.total(*pair) for pair in words.amounts(now).items()), cls="tl-total"))
        _carriers(finding)
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            _view_link(finding)
            st.button(
                "Acknowledge", icon=":material/done:", type="tertiary", key=f"w.anomaly.seen.{finding.id}",
                on_click=_ask_acknowledge, args=(finding,),
            )  # fmt: skip
            _expected_form(finding)
            st.button(
                "Mute", icon=":material/notifications_off:", type="tertiary",
                key=f"w.anomaly.mute.{finding.id}", help=f"Tell nothing of {words.name_of(now)} any more.",
                on_click=_ask_mute, args=(finding,),
            )  # fmt: skip


def _carriers(finding: Finding) -> None:
    now = finding.now
    if now.carriers:
        blocks.quiet(f"Carried by {words.carried(now)}.")
    if now.along:
        names = [words.series_name(part.key, isolated(part.label)) for part in now.along]
        blocks.quiet(f"Seen too in: {', '.join(dict.fromkeys(names))}.")


def _view_link(finding: Finding) -> None:
    """The view of its series around its days, by the dimension that carries it."""
    now = finding.now
    period = Period(now.first - _BEFORE, min(now.last + _AFTER, times.today() + timedelta(days=1)))
    page, query = view_of(now, period)
    state = ExplorerState(query, Display(preset=None, grain="day"))
    st.page_link(
        page_file(page),
        label="Open in the explorer",
        icon=":material/open_in_full:",
        query_params=state.params(),
    )


def _expected_form(finding: Finding) -> None:
    field = f"w.anomaly.note.{finding.id}"
    with (
        st.popover(
            "Expected", icon=":material/event_available:", type="tertiary", key=f"expected-{finding.id}"
        ),
        st.form(f"expected-form-{finding.id}", border=False),
    ):
        st.text_input(
            "Why it had to be so", max_chars=500, key=field, help="Noted on its days, for everybody."
        )
        st.form_submit_button("Mark as expected", on_click=_ask_expected, args=(finding, field))


def _ask_acknowledge(finding: Finding) -> None:
    def act() -> str:
        with data.store() as db:
            findings.acknowledge(db, finding.id)
        return "Acknowledged."

    actions.request(PLACE, "Acknowledging", act)


def _ask_mute(finding: Finding) -> None:
    def act() -> str:
        with data.store() as db:
            findings.mute(db, finding.now.key, finding.now.label, times.now())
        return f"{words.name_of(finding.now)} is muted."

    actions.request(PLACE, "Muting", act)


def _ask_expected(finding: Finding, field: str) -> None:
    note = st.session_state[field]

    def act() -> str:
        with data.store() as db:
            findings.mark_expected(db, finding.id, note, params_of(finding.now.key), times.now())
        return "Marked as expected, and noted on its days."

    actions.request(PLACE, "Noting", act)
