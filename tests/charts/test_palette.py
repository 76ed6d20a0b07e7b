from __future__ import annotations

from itertools import combinations

import pytest

from core.charts.palette import DARK, LIGHT, SLOTS, Theme, colors
from core.dimensions import Origin
from tests.charts import seeing


def test_a_value_keeps_its_color_in_another_view() -> None:
    alone = colors(["claude-opus-5"], LIGHT)
    together = colors(["claude-opus-5", "chat", "cowork", "Checkout"], LIGHT)
    assert alone["claude-opus-5"] == together["claude-opus-5"]


def test_no_two_values_of_a_view_share_a_color_as_long_as_there_are_slots() -> None:
    for seed in range(50):
        names = [f"value {seed} {n}" for n in range(SLOTS)]
        assert len(set(colors(names, LIGHT).values())) == SLOTS


def test_the_order_values_come_in_does_not_matter() -> None:
    names = [f"workspace {n}" for n in range(SLOTS)]
    assert colors(names, DARK) == colors(names[::-1], DARK)


def test_more_values_than_slots_still_have_a_color_each() -> None:
    names = [f"value {n}" for n in range(SLOTS + 5)]
    assert set(colors(names, LIGHT)) == set(names)


def test_what_has_no_name_is_grey_and_takes_no_slot() -> None:
    found = colors(["a", "Other", "No user"], LIGHT, unnamed=["Other", "No user"])
    assert {found["Other"], found["No user"]} <= set(LIGHT.greys)
    assert found["Other"] != found["No user"]
    assert found["a"] == colors(["a"], LIGHT)["a"]


def test_origins_never_lose_their_color_to_a_value_of_the_same_hash() -> None:
    crowd = [f"value {n}" for n in range(SLOTS)]
    found = colors([*crowd, Origin.PLATFORM.value, Origin.CLAUDE_AI.value], LIGHT)
    assert found[Origin.PLATFORM] == LIGHT.hues[0]
    assert found[Origin.CLAUDE_AI] == LIGHT.hues[1]


def test_both_themes_have_every_slot() -> None:
    assert len(set(LIGHT.hues)) == len(set(DARK.hues)) == SLOTS


def test_the_largest_of_a_dimension_keep_their_color_whatever_else_a_view_shows() -> None:
    largest = [f"model {n}" for n in range(SLOTS + 8)]
    whole = colors(largest, LIGHT, largest=largest)
    assert len({whole[name] for name in largest[:SLOTS]}) == SLOTS
    for pair in combinations(largest[:SLOTS], 2):
        assert (
            colors([*pair, "model 17"], LIGHT, largest=largest).items() >= {n: whole[n] for n in pair}.items()
        )


def test_their_order_by_size_does_not_matter() -> None:
    largest = [f"model {n}" for n in range(SLOTS)]
    assert colors(largest, DARK, largest=largest) == colors(largest, DARK, largest=largest[::-1])


def test_a_smaller_value_gives_way_to_the_largest() -> None:
    largest = [f"model {n}" for n in range(SLOTS)]
    for small in (f"small {n}" for n in range(40)):
        found = colors([*largest[:11], small], LIGHT, largest=largest)
        assert len(set(found.values())) == SLOTS


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("sight", list(seeing.SIGHTS))
def test_hues_stay_apart_for_every_common_kind_of_sight(theme: Theme, sight: str) -> None:
    """Distances in OKLab times 100: from about 2 on people tell two patches apart."""
    seen = [seeing.oklab(hue, sight) for hue in theme.hues]
    least = min(seeing.distance(one, other) for one, other in combinations(seen, 2))
    assert least > {"normal": 11, "tritanopia": 3}.get(sight, 9)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_colors_stand_out_from_the_page(theme: Theme) -> None:
    assert min(seeing.contrast(hue, theme.surface) for hue in theme.hues) > 2.6
    for text in (theme.ink, theme.muted):
        assert seeing.contrast(text, theme.surface) >= seeing.AA_TEXT
    assert min(seeing.contrast(hue, theme.surface) for hue in (theme.rise, theme.fall)) >= seeing.AA_GRAPHIC
