"""The amounts of the plan in view, and the list of all plans."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

import polars as pl
import streamlit as st
from sqlite_utils import Database

from core.dimensions import MEASURES
from core.errors import InputError
from core.explore.filter_words import scope_words
from core.explore.plan_amounts import (
    amount_of,
    amount_text,
    copied_forward,
    following,
    last_years,
    percent_of,
    read,
    spread,
    start_of,
    template,
)
from core.explore.plan_figures import PlanFigures, plan_query
from core.explore.sheets import sheet_bytes
from core.formats import UNKNOWN, count_of, day_label, short
from core.periods import ONE_DAY, Period, calendar_label
from core.store.owners import Kind
from core.store.plans import Amounts, Plan, change_plan, delete_plan, get_plan
from core.ui.app import actions, blocks, forecasts, ownership, times
from core.ui.app.downloads import file_button
from core.ui.app.text import markdown_text
from core.ui.plans.making import PLACE, ask, refuse
from core.ui.plans.planned import EVERYTHING, PlansPage

_TEMPLATE_PERIODS = {"month": 12, "quarter": 4, "year": 3}
_IN_A_YEAR = {"month": 12, "quarter": 4}


def budget_card(page: PlansPage) -> None:
    """The table of amounts, and the ways to fill it."""
    plan = page.chosen.plan
    with st.container(border=True, key="card-budget"):
        blocks.card_title(
            "Budget", f"{plan.name} · {page.scope} · {count_of(len(plan.content.amounts), 'amount')}"
        )
        edited = st.data_editor(
            _table(plan), hide_index=True, num_rows="dynamic", width="stretch",
            key=f"w.amounts.{plan.id}.{plan.changed_at.timestamp()}",
        )  # fmt: skip
        with st.container(horizontal=True, gap="small"):
            actions.typed_button(
                "Save amounts", "w.amounts.save", partial(_ask_save, plan, edited), type="primary"
            )
            _copy_forward(plan)
            _spread(page)
            _import(page)
            _rename(plan)
            ownership.switch(Kind.PLAN, plan.id, plan.name, PLACE)
            _delete(plan)
        if whose := ownership.words(Kind.PLAN, plan.id):
            blocks.quiet(whose)


def _table(plan: Plan) -> pl.DataFrame:
    """Texts, so that what is typed is read exactly."""
    content = plan.content
    starts = sorted(content.amounts)
    return pl.DataFrame(
        {
            "Period": [calendar_label(content.period, start) for start in starts],
            "Amount": [amount_text(content.measure, content.amounts[start]) for start in starts],
        },
        schema={"Period": pl.String, "Amount": pl.String},
    )


def amounts_in(plan: Plan, table: pl.DataFrame) -> dict[date, int]:
    """What stands in the table; empty lines are none.

    Raises:
        InputError: a period or amount that is none, or a period twice.
    """
    content, amounts = plan.content, dict[date, int]()
    for period, amount in table.select("Period", "Amount").iter_rows():
        if not (period or "").strip() and not (amount or "").strip():
            continue
        start = start_of(content.period, period or "")
        if start in amounts:
            raise InputError(f"{period} stands in the table twice.", field="amounts")
        amounts[start] = amount_of(content.measure, amount or "")
    return amounts


def _replace(db: Database, plan: Plan, amounts: Amounts) -> None:
    now = get_plan(db, plan.id)
    change_plan(db, plan.id, now.name, replace(now.content, amounts=amounts), times.now())


def _ask_save(plan: Plan, edited: pl.DataFrame) -> None:
    def save(db: Database) -> str:
        _replace(db, plan, amounts_in(plan, edited))
        return "The amounts are saved."

    ask("Saving", save)


def _copy_forward(plan: Plan) -> None:
    with st.popover(
        "Copy forward", icon=":material/keyboard_double_arrow_right:", type="tertiary", key="forward"
    ):
        many = st.number_input(
            f"How many {plan.content.period}s", min_value=1, max_value=60, key="w.forward.many",
            value=_IN_A_YEAR.get(plan.content.period, 1),
        )  # fmt: skip
        growth = st.text_input(
            "Growth in %", value="0", key="w.forward.growth", help="From each to the next."
        )
        actions.typed_button("Add them", "w.forward.add", partial(_ask_forward, plan, int(many), growth))


def _ask_forward(plan: Plan, many: int, growth: str) -> None:
    def forward(db: Database) -> str:
        content = get_plan(db, plan.id).content
        _replace(db, plan, copied_forward(content.period, content.amounts, many, percent_of(growth)))
        return f"{count_of(many, content.period)} added."

    ask("Copying", forward)


def _spread(page: PlansPage) -> None:
    plan = page.chosen.plan
    if plan.content.period not in _IN_A_YEAR:
        return
    with st.popover("Spread a year", icon=":material/area_chart:", type="tertiary", key="spread"):
        blocks.quiet("Divides a year's amount as the year before was used.")
        year = st.text_input("Year", value=str(page.today.year + 1), key="w.spread.year")
        amount = st.text_input("Amount of the year", key="w.spread.amount")
        actions.typed_button("Spread it", "w.spread.do", partial(_ask_spread, page, year, amount))


def _ask_spread(page: PlansPage, year: str, amount: str) -> None:
    plan = page.chosen.plan

    def divide(db: Database) -> str:
        content = plan.content
        starts = following(content.period, start_of("year", year), _IN_A_YEAR[content.period])
        parts = spread(amount_of(content.measure, amount), starts, last_years_use(page, starts))
        _replace(db, plan, {**get_plan(db, plan.id).content.amounts, **parts})
        return f"The year {year.strip()} is spread over {count_of(len(starts), content.period)}."

    ask("Spreading", divide)


def last_years_use(page: PlansPage, starts: list[date]) -> dict[date, int | None]:
    """What each period a year before had; None unless all its days are known."""
    plan = page.chosen.plan
    periods = last_years(plan.content.period, starts)
    query = plan_query(plan, page.today).during(Period(periods[0].start, page.today + ONE_DAY))
    end = max(periods[-1].end, page.today + ONE_DAY)
    (projection,) = forecasts.projections(page.ledger, query, page.today, end).values()
    totals = [projection.within(period) for period in periods]
    return {
        total.period.start: total.actual if len(total.known_days) == total.period.days else None
        for total in totals
    }


def _import(page: PlansPage) -> None:
    plan = page.chosen.plan
    content = plan.content
    with st.popover("Import CSV", icon=":material/upload:", type="tertiary", key="import"):
        starts = following(
            content.period, max(content.amounts, default=page.today.replace(month=1, day=1)),
            _TEMPLATE_PERIODS[content.period],
        )  # fmt: skip
        file_button(
            "Template",
            lambda: sheet_bytes(template(content.period, content.measure, content.amounts, starts)),
            "token-ledger_plan-template.csv", key="w.template",
            help="Columns period and amount, with what the plan has already.",
        )  # fmt: skip
        file = st.file_uploader("CSV file", type="csv", key=f"w.import.{plan.id}")
        given = file.getvalue() if file else b""
        actions.typed_button(
            "Import", "w.import.do", partial(_ask_import, plan, given), disabled=file is None
        )


def _ask_import(plan: Plan, content: bytes) -> None:
    def take(db: Database) -> str:
        imported = read(content, plan.content.period, plan.content.measure)
        _replace(db, plan, {**get_plan(db, plan.id).content.amounts, **imported.amounts})
        refuse(imported.problems)
        refused = f", {count_of(len(imported.problems), 'line')} refused" if imported.problems else ""
        return f"{count_of(len(imported.amounts), 'amount')} imported{refused}."

    ask("Importing", take)


def _rename(plan: Plan) -> None:
    with st.popover("Rename", icon=":material/edit:", type="tertiary", key="rename-plan"):
        name = st.text_input(
            "New name of the plan", value=plan.name, key=f"w.plan.name.{plan.id}", max_chars=100
        )
        actions.typed_button("Rename", "w.plan.rename", partial(_ask_rename, plan, name))


def _ask_rename(plan: Plan, name: str) -> None:
    def rename(db: Database) -> str:
        now = get_plan(db, plan.id)
        renamed = change_plan(db, plan.id, name, now.content, times.now())
        return f"“{plan.name}” is now called “{renamed.name}”."

    ask("Renaming", rename)


def _delete(plan: Plan) -> None:
    with st.popover("Delete", icon=":material/delete:", type="tertiary", key="delete-plan"):
        st.markdown(f"Deletes **{markdown_text(plan.name)}** with its amounts.")
        st.button("Delete this plan", type="primary", key="w.plan.delete", on_click=_ask_delete, args=(plan,))


def _ask_delete(plan: Plan) -> None:
    def delete(db: Database) -> str:
        delete_plan(db, plan.id)
        return f"The plan “{plan.name}” was deleted."

    ask("Deleting", delete)


def plans_card(page: PlansPage) -> None:
    """All plans, those in trouble first."""
    if len(page.figures) < 2:
        return
    with st.container(border=True, key="card-plans"):
        blocks.card_title("All plans", "Those in trouble first; never added up, for they may overlap")
        st.dataframe(
            pl.DataFrame([_summary(figures) for figures in page.figures]), hide_index=True, width="stretch",
            height=blocks.table_height(len(page.figures)), alt=f"Plans: {len(page.figures)} rows",
        )  # fmt: skip


def _summary(figures: PlanFigures) -> dict[str, str]:
    measure, current = MEASURES[figures.plan.content.measure], figures.current
    ahead = current.expected if current else None
    return {
        "Plan": figures.plan.name,
        "Of": scope_words(figures.plan.content.params) or EVERYTHING,
        "Measure": measure.label,
        "Period": calendar_label(figures.plan.content.period, current.period.start) if current else UNKNOWN,
        "Actual": short(measure, current.actual) if current else UNKNOWN,
        "Budget": short(measure, current.budget) if current else UNKNOWN,
        "Used": f"{current.used:.0%}" if current and current.used is not None else UNKNOWN,
        "Days gone": f"{current.gone:.0%}" if current else UNKNOWN,
        "Forecast": short(measure, ahead.point) if ahead else UNKNOWN,
        "Breaks": day_label(figures.breaks_on) if figures.breaks_on else UNKNOWN,
    }
