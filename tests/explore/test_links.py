"""A link reopens exactly the view it was made from, and survives rubbish."""

import re
from datetime import date
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dimensions import DIMENSIONS, tag_dimension
from core.errors import InputError
from core.explore.drill import MAX_STEPS, Step, decode_step, encode_step
from core.explore.labels import encode_value, parse_filters
from core.explore.links import CHARTS, COMPARISONS, SHAPES, Display, from_params, to_params
from core.explore.query import Empty, Filter, Query, find_dimension
from core.periods import GRAINS, PRESETS, Period, preset
from tests.explore.ledgers import OCTOBER
from tests.explore.strategies import QUERIES

TODAY = date(2026, 11, 23)
STEPS = st.builds(
    Step,
    st.lists(st.sampled_from(list(DIMENSIONS)), max_size=3, unique=True).map(tuple),
    QUERIES.map(lambda query: query.filters).filter(bool),
    QUERIES.map(lambda query: query.filters),
)
VERSUS = st.sampled_from([(name, None) for name in COMPARISONS if name != "chosen"]) | st.just(
    ("chosen", Period(date(2026, 2, 3), date(2026, 3, 1)))
)
VIEWS = st.builds(
    lambda grain, chart, top, preset_name, versus, *rest: Display(
        grain, chart, top, preset_name, *versus, *rest
    ),
    st.sampled_from(GRAINS),
    st.sampled_from(list(CHARTS)),
    st.integers(1, 50),
    st.none() | st.sampled_from(list(PRESETS)),
    VERSUS,
    st.sampled_from(list(SHAPES)),
    st.none() | st.sampled_from(list(DIMENSIONS)),
    st.lists(STEPS, max_size=3).map(tuple),
    st.booleans(),
    st.just("agent_id"),
    st.sampled_from(["", "All", "Engineering “2026”"]),
)
TEXT = st.text(max_size=12)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(list(Empty))
KEYS = TEXT | st.sampled_from(
    [
        "measure",
        "by",
        "range",
        "from",
        "to",
        "grain",
        "chart",
        "top",
        "vs",
        "vs.from",
        "show",
        "across",
        "step",
        "in.model",
        "not.day",
        "in.",
        "not.nope",
        "has.model",
        "startsnot.user",
        "has.day",
    ]
)


@given(QUERIES, VIEWS)
def test_a_view_survives_its_link(query, view):
    if view.preset:
        query = query.during(preset(view.preset, TODAY))
    address = urlencode(to_params(query, view), doseq=True)
    params = parse_qs(address, keep_blank_values=True)
    assert from_params(params, today=TODAY) == (query, view, [])


@given(st.text(st.characters(exclude_categories=["Cs"])), VALUES)
def test_any_key_of_a_tag_survives_a_link_a_step_and_a_condition(key, value):
    name = tag_dimension(key).name
    assert re.fullmatch(r"[\w.~%:-]+", name, re.ASCII)
    assert find_dimension(name).label == tag_dimension(key).label
    only = Filter(name, (value,))
    query = Query(("cost",), preset("last_28", TODAY), (name,), (only,))
    view = Display(across=name, steps=(Step((name,), (only,)),))
    address = urlencode(to_params(query, view), doseq=True)
    assert from_params(parse_qs(address, keep_blank_values=True), today=TODAY) == (query, view, [])
    assert parse_filters([f"{name}={encode_value(value)}"])[0].dimension == name


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2, unique=True))
def test_no_two_tags_have_one_name_or_read_the_same(keys):
    for names in (tag_dimension(key).name for key in keys), (tag_dimension(key).label for key in keys):
        assert len(set(names)) == 2


def test_a_tag_may_be_spelled_as_it_is():
    spelled = Query(("cost",), OCTOBER, ("workspace_tag:Zürich",), (Filter("workspace_tag:a b", ("x",)),))
    assert spelled.group_by == ("workspace_tag:Z%C3%BCrich",)
    assert spelled.filters[0].dimension == "workspace_tag:a%20b"
    with pytest.raises(InputError, match="asked for twice"):
        Query(("cost",), OCTOBER, ("workspace_tag:Zürich", "workspace_tag:Z%C3%BCrich"))


@given(st.dictionaries(KEYS, st.lists(TEXT, max_size=4) | TEXT, max_size=6))
def test_rubbish_opens_some_view_and_says_what_was_left_out(params):
    query, view, problems = from_params(params, today=TODAY)
    assert query.measures
    assert 1 <= view.top <= 50
    assert len(problems) <= 5
    assert all(problem[0].isupper() or problem[0] in "'\"" for problem in problems)


def test_an_empty_link_is_the_standard_view():
    query, view, problems = from_params({}, today=TODAY)
    assert query == Query(("cost",), preset("last_30", TODAY))
    assert (view, problems) == (Display(preset="last_30"), []), (
        "what pages showed at first, when such links were made"
    )


def test_a_link_of_an_older_version_opens_as_it_was():
    query, view, problems = from_params({"measure": "cost", "range": "last_7", "top": "3"}, today=TODAY)
    assert query.period == preset("last_7", TODAY)
    assert (view, problems) == (Display(top=3, preset="last_7"), [])


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"vs": ["yesteryear"]}, "'yesteryear'"),
        ({"vs": ["chosen"]}, "names none"),
        ({"vs.from": ["2026-03-01"], "vs.to": ["2026-02-01"]}, "ends (2026-02-01) before"),
        ({"vs.from": ["2026-03-01"]}, "'vs.to'"),
        ({"show": ["pie"]}, "'pie'"),
        ({"across": ["sideways"]}, "sideways"),
        ({"step": ["by=model"]}, "names no filter"),
        ({"step": ["by=nothing&in.model=a"]}, "nothing"),
        ({"step": ["by=model&in.model=~what"]}, "~what"),
    ],
)
def test_what_cannot_be_compared_shown_or_gone_back_to_is_named(params, said):
    _, view, problems = from_params(params, today=TODAY)
    assert view == Display(preset="last_30")
    assert any(said in problem for problem in problems)


@given(STEPS)
def test_a_step_survives_its_text(step):
    assert decode_step(encode_step(step)) == step


def test_a_link_has_only_so_many_steps():
    step = encode_step(Step(("model",), (Filter("model", ("a",)),)))
    assert len(from_params({"step": [step] * 50}, today=TODAY)[1].steps) == MAX_STEPS


def test_a_preset_stays_relative_to_the_day_it_is_opened():
    params = to_params(Query(("cost",), preset("last_7", TODAY)), Display(preset="last_7"))
    query, _, _ = from_params(params, today=date(2027, 1, 1))
    assert query.period == Period(date(2026, 12, 26), date(2027, 1, 2))


def test_empties_and_texts_that_look_like_them_stay_apart():
    filters = (Filter("workspace", ("Default workspace", "~none", "", Empty.NONE)),)
    params = to_params(Query(("cost",), OCTOBER, (), filters), Display(preset=None))
    assert params["in.workspace"] == ["~", "Default workspace", "~~none", "~none"]
    assert from_params(params, today=TODAY)[0].filters == filters


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"by": "nope"}, "There is no dimension named 'nope'."),
        ({"measure": ["cost", "x"]}, "There is no measure named 'x'."),
        ({"from": "2026-13-01", "to": "2026-10-01"}, "'2026-13-01', which is not a date"),
        ({"from": "2026-10-01"}, "'to' is ''"),
        ({"from": "2026-10-02", "to": "2026-10-01"}, "ends (2026-10-01) before it starts"),
        ({"from": "0001-01-01", "to": "9999-12-31"}, "out of bounds"),
        ({"range": "forever"}, "'range' is 'forever'"),
        ({"grain": "hour"}, "'grain' is 'hour'"),
        ({"chart": "<script>"}, "'chart' is '<script>'"),
        ({"top": "1000000"}, "'top' is '1000000'"),
        ({"in.nope": "a"}, "There is no dimension named 'nope'."),
        ({"in.model": "~huh"}, "'~huh' is not a kind of empty value"),
        ({"not.day": "yesterday"}, "'yesterday' is not a day"),
        ({"by": ["model", "user", "day", "week", "month", "speed"]}, "more than 5 dimensions"),
    ],
)
def test_what_cannot_be_read_is_named_and_the_rest_stands(params, sentence):
    query, _, problems = from_params({"in.product": ["chat"], **params}, today=TODAY)
    assert any(sentence in problem for problem in problems), problems
    assert Filter("product", ("chat",)) in query.filters
    assert query.period.days > 0


def test_the_good_values_of_a_filter_are_kept():
    query, _, problems = from_params({"in.model": ["a", "~huh"]}, today=TODAY)
    assert query.filters == (Filter("model", ("a",)),)
    assert len(problems) == 1


def test_parameters_of_others_are_ignored():
    assert from_params({"embed": ["true"], "utm_source": ["x"]}, today=TODAY)[2] == []


def test_a_range_wins_over_dates():
    query, view, _ = from_params({"range": "last_month", "from": "2020-01-01"}, today=TODAY)
    assert (query.period, view.preset) == (OCTOBER, "last_month")
