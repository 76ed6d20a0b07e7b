"""The colours of the theme and of our rules are read by everybody: WCAG 2 AA, computed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from core.charts.palette import DARK, LIGHT, Theme
from core.ui.app import blocks
from tests.charts.seeing import AA_GRAPHIC, AA_TEXT, contrast

PROJECT = Path(__file__).resolve().parents[3]
THEME = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
STYLES = (PROJECT / "core" / "ui" / "app" / "styles.css").read_text(encoding="utf-8")
TEXTS = ("textColor", "linkColor", "grayTextColor", "redColor", "greenColor", "codeTextColor")
KINDS = [("light", LIGHT), ("dark", DARK)]


@pytest.mark.parametrize(("name", "theme"), KINDS)
def test_texts_of_the_theme_are_read_on_each_of_its_backgrounds(name: str, theme: Theme) -> None:
    options = THEME[name]
    behind = [options["backgroundColor"], options["secondaryBackgroundColor"], theme.surface]
    behind += [color for key, color in options["sidebar"].items() if key.endswith("ackgroundColor")]
    for text in TEXTS:
        assert min(contrast(options[text], one) for one in behind) >= AA_TEXT, text


@pytest.mark.parametrize(("name", "theme"), KINDS)
def test_charts_are_drawn_on_the_page_s_own_colors(name: str, theme: Theme) -> None:
    assert (theme.surface, theme.ink) == (THEME[name]["backgroundColor"], THEME[name]["textColor"])


@pytest.mark.parametrize(("name", "theme"), KINDS)
def test_buttons_and_focus_stand_out(name: str, theme: Theme) -> None:
    primary = THEME[name]["primaryColor"]
    label = "#ffffff" if name == "light" else "#0b1110"
    assert contrast(label, primary) >= AA_TEXT
    assert min(contrast(color, theme.surface) for color in (primary, theme.fall)) >= AA_GRAPHIC


@pytest.mark.parametrize(("name", "theme"), KINDS)
def test_text_made_calmer_by_opacity_is_still_read(name: str, theme: Theme) -> None:
    behind = THEME[name]["secondaryBackgroundColor"]
    for rule in re.findall(r"([^{}]+)\{[^{}]*(?<![-\w])opacity: (0?\.\d+|0\.\d+)", STYLES):
        selector, opacity = rule[0].strip(), float(rule[1])
        if "swatch" not in selector:
            assert contrast(_blended(theme.ink, behind, opacity), behind) >= AA_TEXT, selector


@pytest.mark.parametrize(("name", "theme"), KINDS)
@pytest.mark.parametrize("kind", ["demo", "ok", "bad"])
def test_badges_are_read_on_their_tint(name: str, theme: Theme, kind: str) -> None:
    color, *tint = _badge(kind)
    if name == "dark":
        color = _found(rf"\.tl-badge\.{kind} {{ color: (#\w+)", blocks.DARK_CSS)
    red, green, blue, alpha = (float(part) for part in tint)
    behind = _blended(f"#{int(red):02x}{int(green):02x}{int(blue):02x}", theme.surface, alpha)
    assert contrast(color, behind) >= AA_TEXT


def _badge(kind: str) -> tuple[str, ...]:
    found = re.search(
        rf"\.tl-badge\.{kind} {{ color: (#\w+); background: rgba\((\d+), (\d+), (\d+), ([\d.]+)\)", STYLES
    )
    assert found, kind
    return found.groups()


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, pattern
    return found.group(1)


def _blended(color: str, behind: str, alpha: float) -> str:
    parts = (
        round(int(color[at : at + 2], 16) * alpha + int(behind[at : at + 2], 16) * (1 - alpha))
        for at in (1, 3, 5)
    )
    return "#" + "".join(f"{part:02x}" for part in parts)
