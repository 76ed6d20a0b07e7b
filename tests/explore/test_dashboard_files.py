"""A dashboard's file: one's own comes back equal, a stranger's is read whole or refused whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.dimensions import MEASURES
from core.errors import InputError
from core.explore.dashboard_files import (
    MOST_BYTES,
    BoardFile,
    FileTile,
    FileView,
    decoded,
    encoded,
    problems,
)
from core.explore.links import CHARTS, Display, to_params
from core.periods import GRAINS, PRESETS
from core.store.dashboards import MOST_TILES, TEXT, TILE_HEIGHTS, TILE_KINDS, TILE_RANGES, TILE_WIDTHS
from core.store.saved_views import ViewContent
from tests.explore.strategies import QUERIES
from tests.properties import tried

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = {"cost": ("cost", "list_cost"), "usage": ("tokens",), "all": tuple(MEASURES)}
NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)


def good() -> dict[str, Any]:
    return {
        "format": "token-ledger-dashboard",
        "version": 1,
        "name": "Finance",
        "views": [{"name": "Mine", "page": "cost", "parameters": {"measure": ["cost"], "by": ["model"]}}],
        "tiles": [{"view": "Mine", "kind": "bars", "width": "half", "height": "small"}],
    }


def refusal(content: bytes | dict[str, Any]) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    with pytest.raises(InputError) as refused:
        decoded(raw, PAGES)
    assert refused.value.means == "Nothing was imported."
    return str(refused.value)


def with_parameters(**parameters: Any) -> dict[str, Any]:
    file = good()
    file["views"][0]["parameters"].update({key.replace("_", ".", 1): v for key, v in parameters.items()})
    return file


@st.composite
def files(draw: st.DrawFn) -> BoardFile:
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique_by=str.casefold))
    views = []
    for name in names:
        query = draw(QUERIES).measuring(draw(st.sampled_from(list(MEASURES))))
        shown = Display(
            draw(st.sampled_from(GRAINS)),
            draw(st.sampled_from(list(CHARTS))),
            draw(st.integers(1, 50)),
            draw(st.none() | st.sampled_from(list(PRESETS))),
        )
        views.append(FileView(name, "all", to_params(query, shown)))
    place = {
        "width": st.sampled_from(TILE_WIDTHS),
        "height": st.sampled_from(TILE_HEIGHTS),
        "range": st.sampled_from(TILE_RANGES),
        "title": st.just("") | NAMES,
    }
    shows = st.builds(FileTile, view=st.sampled_from(names), kind=st.sampled_from(TILE_KINDS), **place)
    says = st.builds(FileTile, kind=st.just(TEXT), text=NAMES, **place)
    tiles = draw(st.lists(shows | says, max_size=6))
    return BoardFile(name=draw(NAMES), views=tuple(views), tiles=tuple(tiles))


@pytest.mark.slow
@given(files())
def test_a_file_of_our_own_comes_back_equal(file: BoardFile) -> None:
    assert decoded(encoded(file), PAGES) == file


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@tried(300)
@given(st.sampled_from(["format", "version", "name", "views", "tiles", "extra"]), JSON, st.integers(0, 3))
def test_rubbish_anywhere_is_refused_in_a_sentence_or_reads(place: str, value: object, depth: int) -> None:
    file = good()
    if depth and place in ("views", "tiles"):
        inner = file[place][0]
        inner[list(inner)[depth % len(inner)]] = value
    else:
        file[place] = value
    try:
        decoded(json.dumps(file).encode(), PAGES)
    except InputError as error:
        assert str(error)[0].isupper() and error.happened.endswith((".", "?", ")"))


@given(st.binary(max_size=60))
def test_bytes_of_any_kind_are_refused(content: bytes) -> None:
    assert "Nothing was imported." in refusal(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "This file is not JSON."),
        (b"<html>", "This file is not JSON."),
        (b"\xff\xfe{}", "This file is not JSON."),
        (b"[" * 100_000, "This file is not JSON."),
        (b"[]", "not a dashboard of Token Ledger"),
        (b'{"panels": [], "title": "Grafana"}', "not a dashboard of Token Ledger"),
        (b" " * (MOST_BYTES + 1), "larger than 1 MB"),
    ],
)
def test_a_file_of_something_else(content: bytes, words: str) -> None:
    assert words in refusal(content)


@pytest.mark.parametrize(
    ("version", "words"),
    [
        (2, "has version 2 of the format, and this program reads up to 1. Nothing was imported. Update"),
        (10**30, "Update Token Ledger"),
        (0, "does not say which version"),
        (True, "does not say which version"),
        ("1", "does not say which version"),
        (None, "does not say which version"),
    ],
)
def test_a_version_this_program_does_not_read(version: object, words: str) -> None:
    assert words in refusal({**good(), "version": version})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": 7}, "Expected `str`, got `int` - at `$.name`"),
        ({"name": ""}, "name of the dashboard in the file is empty"),
        ({"name": "a\nb"}, "unprintable"),
        ({"tiles": {}}, "Expected `array`, got `object` - at `$.tiles`"),
        ({"rows": [[1, 2]]}, "unknown field `rows`"),
        ({"views": []}, "A tile shows a view “Mine” that is not in the file"),
        ({"views": good()["views"] * 2}, "name of a view in the file “Mine” is already used"),
        ({"tiles": good()["tiles"] * (MOST_TILES + 1)}, f"more than {MOST_TILES} tiles"),
    ],
)
def test_a_file_of_the_wrong_shape(change: dict[str, Any], words: str) -> None:
    assert words in refusal({**good(), **change})


@pytest.mark.parametrize(
    ("field", "value"), [("kind", "pie"), ("width", "9"), ("height", "<b>"), ("range", "last_30")]
)
def test_a_tile_that_there_is_not(field: str, value: str) -> None:
    file = good()
    file["tiles"][0][field] = value
    assert f"There is no {field} of a tile called '{value}'" in refusal(file)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"view": "Mine", "text": "Both"}, "has a view, or is of the kind text"),
        ({"kind": "text", "view": "Mine", "text": "Both"}, "has a view, or is of the kind text"),
        ({"kind": "text", "view": ""}, "text of the tile is empty"),
        ({"kind": "text", "view": "", "text": " \n "}, "text of the tile is empty"),
        ({"kind": "text", "view": "", "text": "x" * 5_001}, "longer than 5,000"),
        ({"kind": "text", "view": "", "text": "bell\a"}, "unprintable"),
        ({"kind": "text", "view": "", "text": 7}, "not as it should be"),
    ],
)
def test_a_tile_has_a_view_or_a_text(change: dict[str, Any], words: str) -> None:
    file = good()
    file["tiles"][0].update(change)
    assert words in refusal(file)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (with_parameters(by=["nope"]), "The view “Mine” cannot be read: There is no dimension named 'nope'"),
        (with_parameters(measure=["nope"]), "There is no measure named 'nope'"),
        (with_parameters(measure=["tokens"]), "The cost page shows one measure, of: cost, list_cost"),
        (with_parameters(measure=["cost", "list_cost"]), "shows one measure"),
        (with_parameters(chart=["pie"]), "'pie', which is not one of the choices"),
        (with_parameters(range=["forever"]), "'forever'"),
        (with_parameters(in_nope=["x"]), "There is no dimension named 'nope'"),
        (with_parameters(in_model=["~huh"]), "'~huh' is not a kind of empty value"),
        (with_parameters(measure=["nope"] * 9_000), "too many values to be saved"),
        (with_parameters(onclick=["alert(1)"]), "There is no parameter called 'onclick'"),
    ],
)
def test_a_view_that_cannot_be_read(file: dict[str, Any], words: str) -> None:
    found = refusal(file)
    assert words in found and "Nothing was imported." in found


def test_a_page_that_there_is_not() -> None:
    file = good()
    file["views"][0]["page"] = "settings"
    assert "no explorer called 'settings'; there are: cost, usage, all" in refusal(file)


def test_what_may_be_left_out_and_a_byte_order_mark() -> None:
    file = decoded(b"\xef\xbb\xbf" + json.dumps(good()).encode(), PAGES)
    assert (file.tiles[0].title, file.tiles[0].range) == ("", "shared")


def test_the_file_in_the_documentation_reads() -> None:
    text = (ROOT / "docs" / "dashboard-files.md").read_text(encoding="utf-8")
    example = text.split("```json\n")[1].split("```")[0]
    assert decoded(example.encode(), PAGES).views[0].name == "Cost by workspace"
    for choice in (*TILE_KINDS, *TILE_WIDTHS, *TILE_HEIGHTS, *TILE_RANGES):
        assert f"`{choice}`" in text


def test_html_in_names_is_a_name_like_any_other() -> None:
    file = {**good(), "name": "<img src=x onerror=alert(1)>"}
    assert decoded(json.dumps(file).encode(), PAGES).name == "<img src=x onerror=alert(1)>"


@given(st.dictionaries(st.text(max_size=9), st.lists(st.text(max_size=9), max_size=3), max_size=4))
def test_any_stored_view_either_reads_or_says_why_not(params: dict[str, list[str]]) -> None:
    assert all(problem for problem in problems(ViewContent("cost", params), PAGES))
