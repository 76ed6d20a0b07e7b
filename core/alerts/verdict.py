"""What a rule says of one thing that it judges."""

from __future__ import annotations

from dataclasses import dataclass

from core.periods import Period


@dataclass(frozen=True)
class Ending:
    """What is told when something is over."""

    subject: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """``level`` tells how grave it is; zero: it is not so. The rule says by how much it must rise to be told
    again; of ``graded`` levels each is told.

    ``stays``: too little to begin, too much to be over. ``once``: told one time, whatever becomes of it.
    ``ending``: it was so, and is over. ``span``: an event that began within is the same one.
    ``page``: where more is to be seen.
    """

    key: str
    level: int
    subject: str
    text: str
    page: str
    stays: bool = False
    once: bool = False
    graded: bool = False
    ending: Ending | None = None
    span: Period | None = None


def over(key: str, subject: str, text: str, page: str) -> Verdict:
    """It is not so; told if it was before."""
    return Verdict(key, 0, "", "", page, ending=Ending(subject, text))


def staying(key: str) -> Verdict:
    """Nothing is told, and nothing ends."""
    return Verdict(key, 0, "", "", "", stays=True)
