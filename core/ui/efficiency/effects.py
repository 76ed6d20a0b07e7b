"""The Efficiency page's blocks: what caching, batch, fast mode and US-only inference are worth; rates."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from core.dimensions import DIMENSIONS, MEASURES, NOT_TOLD, Unit
from core.explore.efficiency import SUMS, EffectTotal
from core.explore.explorers import Explorer
from core.explore.query import Empty
from core.explore.rates import EFFECTS
from core.explore.sheets import Column
from core.figures import Scale, Steps, row_scale, table_scale
from core.formats import UNKNOWN, exact, share, short
from core.ui.app import (
    answer_blocks,
    blocks,
    data,
    downloads,
    explorer_state,
    extent,
    filters,
    gap_notice,
    html,
    times,
    toolbar,
)
from core.ui.app.about import about
from core.ui.app.answers import Answer
from core.ui.app.bases import basis_mark
from core.ui.app.downloads import File
from core.ui.efficiency import reads, wording

EFFICIENCY = Explorer(
    "efficiency",
    "Efficiency",
    measures=("cache_hit_rate",),
    companions=("tokens", "cost"),
    numbers=("cache_hit_rate", "cost", "list_cost"),
)
GROUPS = ("model", "workspace", "api_key", "user", "product")
_COST, _TOKENS, _RATE = MEASURES["cost"], MEASURES["tokens"], MEASURES["effective_rate"]
_CENTS = table_scale(_COST)


def ask() -> Answer:
    """Range, dimension to compare by and filters, and what they ask."""
    ledger, today = data.ledger(), times.today()
    if not ledger.connections:
        answer_blocks.nothing_connected()
        blocks.stop()
    state = explorer_state.current(EFFICIENCY, today)
    toolbar.range_toolbar(state, ledger, GROUPS, with_origin=True)
    filters.chips(state)
    blocks.notices(explorer_state.ADDRESS.problems())
    answer = Answer(EFFICIENCY, state, ledger, today)
    answer_blocks.require_rows(answer)
    return answer


def effect(answer: Answer, name: str) -> EffectTotal:
    return reads.effect(answer.ledger, answer.query, name)


def untold(answer: Answer, name: str) -> int:
    """Tokens whose tier, speed or geo no report tells, where it could: the effect may be among them."""
    dimension = EFFECTS[name].dimension
    if dimension == "token_type":
        return 0
    rows = data.rows(answer.ledger, answer.query.measuring("tokens").grouped(dimension))
    empty = pl.col(f"{dimension}_empty")
    lacking = empty.is_not_null() & (empty != Empty.NOT_APPLICABLE.value)
    not_told = (pl.col(f"{dimension}_value") == NOT_TOLD).fill_null(value=False)
    return int(rows.filter(lacking | not_told)["tokens"].sum())


def saved(answer: Answer, name: str) -> int | None:
    """What the effect saved; None where it is unknown, or none is seen and some may be untold."""
    total = effect(answer, name)
    return None if not total.tokens and untold(answer, name) else total.saved


def net_saved(answer: Answer) -> int | None:
    """By caching: saved by reads less the extra for writes; None where one of them is unknown."""
    read, write = (effect(answer, name).saved for name in ("cache_read", "cache_write"))
    return None if read is None or write is None else read + write


def printed_saved(answer: Answer, name: str) -> Steps:
    """The same to the cent, as all of the page prints it: the difference of the two amounts as printed."""
    total, difference = effect(answer, name), saved(answer, name)
    if difference is None or not total.counted_tokens:
        return _CENTS.steps(difference)
    return _less(total.reference_cost, total.cost)


def _printed_net(answer: Answer) -> Steps:
    read, write = (printed_saved(answer, name) for name in ("cache_read", "cache_write"))
    return None if read is None or write is None else read + write


def _less(whole: int, part: int) -> int:
    """The difference of two amounts as a table prints them."""
    return (_CENTS.steps(whole) or 0) - (_CENTS.steps(part) or 0)


def _written(scale: Scale, value: int | None, printed: Steps) -> str:
    """As exactly as the row, but never otherwise than the tables below, which print cents."""
    if printed is None or scale.step < _CENTS.step:
        return scale.write(value)
    return scale.text(scale.steps(printed * _CENTS.step))


def numbers(answer: Answer) -> None:
    """Six numbers; each says what it is made of and what it leaves out."""
    read, write = effect(answer, "cache_read"), effect(answer, "cache_write")
    hit, hit_measure = answer.totals["cache_hit_rate"], MEASURES["cache_hit_rate"]
    net = net_saved(answer)
    scale = row_scale(_COST, [net, *(saved(answer, name) for name, *_ in _OTHERS)])
    parts = f"Net: saved by reads {_usd(read.saved)}, less {_usd(negative(write.saved))} extra for writes."
    with blocks.number_row("number-cards"):
        _number(hit_measure.label, short(hit_measure, hit), hit_measure.help)
        words = (("Reads", _notes(answer, "cache_read")), ("Writes", _notes(answer, "cache_write")))
        notes = " ".join(f"{what}: {note}" for what, note in words if note)
        _number("Saved by caching", _written(scale, net, _printed_net(answer)), f"{parts} {notes}")
        for name, label, text in _OTHERS:
            value, printed = saved(answer, name), printed_saved(answer, name)
            if name != "batch":
                value, printed = negative(value), negative(printed)
            _number(label, _written(scale, value, printed), f"{text} {_notes(answer, name)}")
        _discount_number(answer, scale)
    if apart := extent.sentence(answer):
        blocks.quiet(apart)
    if mark := basis_mark(answer.provenance):
        blocks.quiet(f"Of the cost that these numbers rest on, {mark}.")
    gap_notice.show(answer.provenance)


_OTHERS = (
    ("batch", "Saved by batch", "Against the standard service tier."),
    ("fast", "Extra for fast", "Fast mode over standard speed."),
    ("us", "Extra for US-only", "US-only inference over the global rate."),
)


def _notes(answer: Answer, name: str) -> str:
    """What an effect leaves out and rests on."""
    whole = data.total(answer.ledger, answer.query.measuring("tokens"))["tokens"]
    unknown = untold(answer, name)
    label = DIMENSIONS[EFFECTS[name].dimension].label.lower()
    unclear = (
        f"{short(_TOKENS, unknown)} tokens ({share(unknown, whole)}) have no {label} in the report: unknown."
    )
    return f"{wording.covered(effect(answer, name))} {unclear if unknown else ''}".strip()


def _number(label: str, value: str, text: str) -> None:
    words = text.strip().replace("$", r"\$")
    st.metric(label, value, border=True, height="stretch", help=words)


def _discount_number(answer: Answer, scale: Scale) -> None:
    cost, list_cost = _discount_sums(answer)
    discount = list_cost - cost
    text = "List cost less cost, where Anthropic reports both."
    if list_cost:
        part = share(discount, list_cost)
        text = f"{exact(_COST, cost)} instead of {exact(_COST, list_cost)} ({part}). {text}"
    value = _written(scale, discount, _less(list_cost, cost)) if list_cost else UNKNOWN
    _number("Discount", value, text)


def _discount_sums(answer: Answer) -> tuple[int, int]:
    sums = reads.discount_by(answer.ledger, answer.query, "model")
    return int(sums["cost"].sum()), int(sums["list_cost"].sum())


def how(words: Sequence[str]) -> None:
    """The short account of how a card's numbers come about."""
    with st.popover("How this is computed", type="tertiary", icon=":material/calculate:"):
        st.markdown("\n".join(f"- {line}" for line in words).replace("$", r"\$"))


def effects_card(answer: Answer) -> None:
    """Every effect on a line: tokens, rates, amounts, difference, and how much of it could be counted."""
    with st.container(border=True, key="card-effects"):
        _effects_head(answer)
        heads = html.tr(html.th(head, scope="col") for head in _HEADS)
        lines = (_effect_line(answer, name, label, at) for name, label, at in _LINES)
        table = html.table(heads, lines, cls="tl-effects")
        html.show(html.div(table, cls="tl-wide", role="region", tabindex="0", aria_label=_WORTH))
        notes = ((label, _notes(answer, name)) for name, label, _ in _LINES)
        said = [f"{label}: {note}" for label, note in notes if note]
        html.show(html.div(html.lines(said), cls="tl-quiet"))


_WORTH = "What each is worth"
_EFFECT_WORDS = (*wording.CACHING[1:3], *wording.EFFECTS)
_HEADS = ("", "Difference", "Billed", "At the other rate", "Rate", "Other rate", "Tokens", "Counted")
_LINES = (
    ("cache_read", "Cache reads", "as uncached input"),
    ("cache_write", "Cache writes", "as uncached input"),
    ("batch", "Batch", "in the standard tier"),
    ("fast", "Fast mode", "at standard speed"),
    ("us", "US-only inference", "at the global rate"),
)


def _effect_line(answer: Answer, name: str, label: str, at: str) -> html.Node:
    total = effect(answer, name)
    known = total.counted_tokens > 0
    billed, other = (_CENTS.steps(cost) if known else None for cost in (total.cost, total.reference_cost))
    cells = (
        (_difference(printed_saved(answer, name)), exact(_COST, saved(answer, name))),
        (_CENTS.text(billed), exact(_COST, total.cost if known else None)),
        (_CENTS.text(other), exact(_COST, total.reference_cost)),
        (_per_million(total.cost, total.counted_tokens), ""),
        (_per_million(total.reference_cost, total.counted_tokens), ""),
        (short(_TOKENS, total.tokens), exact(_TOKENS, total.tokens)),
        (share(total.counted_tokens, total.tokens), exact(_TOKENS, total.counted_tokens)),
    )
    head = html.th(html.lines([label, html.span(at, cls="tl-quiet")]), scope="row")
    return html.tr(head, (html.td(text, title=title) for text, title in cells))


def _difference(printed: Steps) -> str:
    """With its direction; zero and unknown have none."""
    if not printed:
        return _CENTS.text(printed)
    return f"{_CENTS.text(abs(printed))} {'saved' if printed > 0 else 'extra'}"


def _per_million(cost: int, tokens: int) -> str:
    return short(_RATE, cost / (tokens * 100) if tokens else None)


def _effects_head(answer: Answer) -> None:
    name = f"token-ledger_effects_{answer.query.period.start}_{answer.query.period.last}"
    with blocks.card_head("effects", _WORTH, "As billed, against the same tokens at the other rate"):
        how(_EFFECT_WORDS)
        file = File("This table", answer.file_name(name), lambda: effects_file(answer))
        downloads.menu([file], lambda: about(answer), key="effects")


def effects_file(answer: Answer) -> list[Column]:
    """A row for each effect: what is counted, at both rates, and the tokens and cost left out."""
    totals = [effect(answer, name) for name, _, _ in _LINES]
    return [
        Column("effect", [name for name, _, _ in _LINES]),
        Column("saved_usd", [saved(answer, name) for name, _, _ in _LINES], Unit.USD),
        *(Column(f"{name}_usd", [getattr(t, name) for t in totals], Unit.USD) for name in _AMOUNTS),
        *(Column(name, [getattr(t, name) for t in totals]) for name in SUMS if name not in _AMOUNTS),
    ]


_AMOUNTS = ("cost", "reference_cost", "left_out_cost")


def negative(value: int | None) -> int | None:
    return None if value is None else -value


def _usd(value: int | None) -> str:
    return exact(_COST, value)


def group_label(answer: Answer) -> tuple[str, str]:
    """The dimension compared by, and its label."""
    name = toolbar.one_group(answer.state, GROUPS)
    return name, DIMENSIONS[name].label
