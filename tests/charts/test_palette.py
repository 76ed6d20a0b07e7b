from core.charts.palette import DARK, LIGHT, SLOTS, colors
from core.dimensions import Origin


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
