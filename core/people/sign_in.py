"""Whether people sign in, and by whom: what ``secrets.toml`` says, checked before anybody is let in.

Streamlit's own OpenID Connect reads the same file. Whatever is wrong with it stops the program: without
sign-in everybody would be an admin.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from core.errors import ConfigurationError
from core.settings import is_loopback

CALLBACK = "/oauth2callback"
_NEEDED = ("client_id", "client_secret", "server_metadata_url")
_SHORTEST_SECRET = 32


@dataclass(frozen=True)
class Setup:
    """``providers``: names to sign in by; the empty one where only one is set up, without a name.

    ``base_url``: the address that people open, by which the provider sends them back.
    """

    providers: tuple[str, ...]
    base_url: str


def read_setup(files: Iterable[Path]) -> Setup | None:
    """What the files say, those that are there; None where none has a section ``[auth]``.

    Raises:
        ConfigurationError: one cannot be read, or its section is not fit to sign anybody in.
    """
    auth: Any = None
    for file in files:
        auth = _content(file).get("auth", auth)
    if auth is None:
        return None
    if faults := list(faults_of(auth)):
        raise ConfigurationError(
            f"Sign-in is not set up right: {faults[0]}.",
            means="Without sign-in everybody would be an admin, so the app does not start.",
            remedy="Correct the section [auth] of .streamlit/secrets.toml, or take it out.",
        )
    return Setup(tuple(_providers(auth)) or ("",), auth["redirect_uri"].removesuffix(CALLBACK))


def _content(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"{file} cannot be read.",
            means="It may say that people sign in, so the app does not start.",
            remedy="Correct it; it is TOML, and has to be readable for the account that runs the app.",
        ) from error


def faults_of(auth: Any) -> Iterator[str]:
    """What is wrong with a section ``[auth]``, a part of a sentence for each."""
    if not isinstance(auth, Mapping):
        yield "auth is not a section"
        return
    if find_spec("authlib") is None:
        yield "the package Authlib is not installed (pip install 'Authlib>=1.3.2,<2')"
    yield from _faults_of_redirect(auth.get("redirect_uri"))
    secret = auth.get("cookie_secret")
    if not isinstance(secret, str) or len(secret) < _SHORTEST_SECRET:
        yield f"cookie_secret is not a random text of at least {_SHORTEST_SECRET} characters"
    providers = _providers(auth)
    for name, provider in providers.items() or {"": auth}.items():
        if "_" in name:
            yield f"the name {name} of a provider has an underscore"
        for key in _NEEDED:
            if not isinstance(provider.get(key), str) or not provider[key]:
                yield f"{key} is missing in [auth{'.' if name else ''}{name}]"


def _faults_of_redirect(address: Any) -> Iterator[str]:
    parts = urlsplit(address) if isinstance(address, str) else urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or not parts.path.endswith(CALLBACK):
        yield f"redirect_uri is not the address that people open, with {CALLBACK} at its end"
    elif parts.scheme == "http" and not is_loopback(parts.hostname):
        yield "redirect_uri is http, so that whoever is on the way could sign in as another"


def _providers(auth: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The providers that have a section of their own, by name."""
    return {
        name: section
        for name, section in auth.items()
        if isinstance(section, Mapping) and name != "client_kwargs"
    }
