import polars as pl

from core.charts.movers import change_chart
from core.charts.palette import LIGHT


def _rows(*rows: tuple[str, int | None, int | None]) -> pl.DataFrame:
    return pl.DataFrame(
        rows, schema={"label": pl.String, "before": pl.Int64, "after": pl.Int64}, orient="row"
    )


def _bars(chart: dict) -> list[dict]:
    (rows,) = chart["datasets"].values()
    return rows


def test_rises_go_right_and_falls_go_left_in_the_order_given() -> None:
    chart = change_chart(_rows(("b", 10**9, 3 * 10**9), ("a", 10**9, 5 * 10**8)), LIGHT).to_dict()
    assert [(bar["label"], bar["change"], bar["short"]) for bar in _bars(chart)] == [
        ("b", 20.0, "+$20.00"),
        ("a", -5.0, "−$5.00"),
    ]
    assert chart["layer"][0]["encoding"]["y"]["sort"] == ["b", "a"]
    assert chart["description"] == "Largest changes: b +$20.00; a −$5.00."


def test_what_was_not_there_before_is_new() -> None:
    (bar,) = _bars(change_chart(_rows(("n", None, 10**8)), LIGHT).to_dict())
    assert (bar["was"], bar["now"], bar["text"]) == ("$0.00", "$1.00", "new")


def test_nothing_moved() -> None:
    assert change_chart(_rows(), LIGHT).to_dict()["description"] == "No changes."
