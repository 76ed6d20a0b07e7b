"""What a rule says of one thing that it judges."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """``level`` tells how grave it is: half as much again is told again; zero: it is not so, or is over.

    ``stays``: too little to begin, too much to be over. ``once``: told one time, whatever becomes of it.
    ``page``: where more is to be seen.
    """

    key: str
    level: int
    subject: str
    text: str
    page: str
    stays: bool = False
    once: bool = False


def over(key: str, subject: str, text: str, page: str) -> Verdict:
    """It is not so; told if it was before."""
    return Verdict(key, 0, subject, text, page)


def staying(key: str) -> Verdict:
    """Nothing is told, and nothing ends."""
    return Verdict(key, 0, "", "", "", stays=True)
