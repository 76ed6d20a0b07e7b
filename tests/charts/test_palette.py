from __future__ import annotations

from itertools import combinations
from math import atan2, degrees, sin

import pytest

from core.charts.palette import DARK, LIGHT, SLOTS, Theme, colors
from core.demo.price_list import _INPUT_OUTPUT
from core.demo.shapes import HAIKU, NEWEST_SONNET, OPUS
from core.dimensions import Origin
from core.ledger.allocate.published import _FAST
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


DEMO = {model for _, model in (*OPUS, *NEWEST_SONNET, *HAIKU)}
PRICED = {pattern.strip("^").removesuffix(r"\b") for pattern in _FAST}
MODELS = sorted(DEMO | set(_INPUT_OUTPUT) | PRICED)
FAMILIES = {"opus": 262, "sonnet": 50, "haiku": 165, "fable": 340, "mythos": 95}
"""Of each the hue, as an angle in OKLab."""


def family(model: str) -> str:
    return model.split("-")[1]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_model_has_a_shade_of_its_familys_hue_in_every_view(theme: Theme) -> None:
    whole = colors(MODELS, theme)
    assert len(set(whole.values())) == len(MODELS) >= 11
    for model in MODELS:
        assert colors([model, "Other"], theme, unnamed=["Other"])[model] == whole[model]
        _, a, b = seeing.oklab(whole[model], "normal")
        off = (degrees(atan2(b, a)) - FAMILIES[family(model)] + 180) % 360 - 180
        assert abs(off) < 25, (model, whole[model], off)


def test_a_model_looks_alike_in_light_and_dark() -> None:
    """No model of one theme is nearer to another family of the other theme than to its own kin."""
    light, dark = colors(MODELS, LIGHT), colors(MODELS, DARK)
    for model in MODELS:
        _, *here = seeing.oklab(light[model], "normal")
        angles = {other: atan2(*seeing.oklab(dark[other], "normal")[:0:-1]) for other in MODELS}
        nearest = min(MODELS, key=lambda other: abs(sin((angles[other] - atan2(here[1], here[0])) / 2)))
        assert family(nearest) == family(model)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("sight", list(seeing.SIGHTS))
def test_models_stay_apart_for_every_common_kind_of_sight(theme: Theme, sight: str) -> None:
    found = colors(MODELS, theme)
    seen = {model: seeing.oklab(found[model], sight) for model in MODELS}
    for one, other in combinations(MODELS, 2):
        least = 2.5 if sight == "tritanopia" else 5
        assert seeing.distance(seen[one], seen[other]) > least, (one, other)
    assert min(seeing.contrast(hue, theme.surface) for hue in found.values()) > 2.6


def test_a_model_nobody_knows_yet_is_of_its_family_and_takes_no_known_ones_shade() -> None:
    known, new = "claude-haiku-4-5-20251001", "claude-haiku-9"
    found = colors([known, new], LIGHT)
    assert found[known] == colors([known], LIGHT)[known] == LIGHT.shades["haiku"][0]
    assert found[new] == LIGHT.shades["haiku"][1]
    crowd = [f"claude-opus-{n}" for n in range(20, 40)]
    assert set(colors(crowd, LIGHT).values()) == set(LIGHT.shades["opus"])
    assert colors(["claude-3-5-sonnet-20241022"], DARK).popitem()[1] in DARK.shades["sonnet"]
    others = ["claude-opus-5 · Checkout", "opus", "claude-opera", "claude-tag"]
    assert set(colors(others, LIGHT).values()) <= set(LIGHT.hues)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("sight", list(seeing.SIGHTS))
def test_hues_stay_apart_for_every_common_kind_of_sight(theme: Theme, sight: str) -> None:
    """Distances in OKLab times 100: from about 2 on people tell two patches apart."""
    seen = [seeing.oklab(hue, sight) for hue in theme.hues]
    least = min(seeing.distance(one, other) for one, other in combinations(seen, 2))
    assert least > {"normal": 11, "tritanopia": 3}.get(sight, 9)


def test_a_value_keeps_the_family_of_its_hue_in_light_and_dark() -> None:
    """Angles in OKLab: 30 degrees lie between red and orange."""
    for light, dark in zip(LIGHT.hues, DARK.hues, strict=True):
        angles = [degrees(atan2(*seeing.oklab(hue, "normal")[:0:-1])) for hue in (light, dark)]
        assert abs((angles[1] - angles[0] + 180) % 360 - 180) < 28, (light, dark)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_colors_stand_out_from_the_page(theme: Theme) -> None:
    assert min(seeing.contrast(hue, theme.surface) for hue in theme.hues) > 2.6
    for text in (theme.ink, theme.muted):
        assert seeing.contrast(text, theme.surface) >= seeing.AA_TEXT
    assert min(seeing.contrast(hue, theme.surface) for hue in (theme.rise, theme.fall)) >= seeing.AA_GRAPHIC
