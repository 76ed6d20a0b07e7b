"""What a grouping leaves without a value, because the dimension means nothing for its Origin."""

from datetime import date

from core.dimensions import Origin
from core.explore.engine import rows
from core.explore.inapplicable import Inapplicable, inapplicable
from core.explore.query import Filter, Query
from core.periods import Period
from tests.explore.ledgers import CLAUDE_AI, OCTOBER, PLATFORM, ledger_of, row

LINES = [
    row(PLATFORM, cost=1, workspace="w"),
    row(CLAUDE_AI, cost=10, tokens=4, user="u"),
    row(CLAUDE_AI, 20, tokens=3, user="u"),
]


def ask(folder, *group_by, measures=("cost", "tokens"), period=OCTOBER, filters=()):
    query = Query(measures, period, group_by, filters)
    return list(inapplicable(rows, ledger_of(folder, LINES), query))


def test_each_dimension_that_one_origin_lacks(tmp_path):
    (item,) = ask(tmp_path, "day", "workspace", "user", "product", "origin")
    assert item == Inapplicable("workspace", "cost", 10, 11)
    assert (item.origins, item.others) == ((Origin.PLATFORM,), (Origin.CLAUDE_AI,))
    assert ask(tmp_path, "workspace", measures=("tokens",)) == [Inapplicable("workspace", "tokens", 7, 7)]


def test_only_the_days_and_rows_asked_for(tmp_path):
    first = Period(date(2026, 10, 1), date(2026, 10, 3))
    assert ask(tmp_path, "workspace", period=first) == []
    assert ask(tmp_path, "workspace", filters=(Filter("cost_center", ("Research",)),)) == []


def test_without_a_known_cost_it_is_told_in_tokens(tmp_path):
    late = Period(date(2026, 10, 20), date(2026, 10, 21))
    assert ask(tmp_path, "workspace", period=late) == [Inapplicable("workspace", "tokens", 3, 3)]
