"""How people sign in here."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from streamlit import config

from core.people.sign_in import Setup, read_setup


@cache
def setup() -> Setup | None:
    """How people sign in, as it was when the program started; None where whoever is let in may do all.

    Raises:
        ConfigurationError: the file that says so is at fault.
    """
    return read_setup(secrets_files())


def secrets_files() -> list[Path]:
    """Where Streamlit looks for it."""
    return [Path(file) for file in config.get_option("secrets.files")]
