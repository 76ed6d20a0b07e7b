"""How colours look: contrast after WCAG 2, distance in OKLab, and both for the colour-blind.

The matrices are those of Machado, Oliveira and Fernandes (2009) for full severity, on linear RGB.
"""

from __future__ import annotations

from math import dist

Color = tuple[float, float, float]

AA_TEXT, AA_GRAPHIC = 4.5, 3.0

SIGHTS: dict[str, tuple[Color, Color, Color]] = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881),
    ),
    "protanopia": (
        (0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900),
    ),
}  # fmt: skip
_CONES: tuple[Color, Color, Color] = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_OKLAB: tuple[Color, Color, Color] = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def contrast(one: str, other: str) -> float:
    """Between 1 and 21, of two colours written as ``#rrggbb``."""
    low, high = sorted((_luminance(_linear(one)), _luminance(_linear(other))))
    return (high + 0.05) / (low + 0.05)


def oklab(color: str, sight: str) -> Color:
    """A colour as that kind of sight sees it."""
    seen = _times(SIGHTS[sight], _linear(color))
    red, green, blue = (max(part, 0.0) ** (1 / 3) for part in _times(_CONES, seen))
    return _times(_OKLAB, (red, green, blue))


def distance(one: Color, other: Color) -> float:
    return 100 * dist(one, other)


def _linear(color: str) -> Color:
    red, green, blue = (_decoded(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return red, green, blue


def _decoded(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _luminance(linear: Color) -> float:
    red, green, blue = linear
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _times(matrix: tuple[Color, Color, Color], color: Color) -> Color:
    first, second, third = (sum(a * b for a, b in zip(row, color, strict=True)) for row in matrix)
    return first, second, third
