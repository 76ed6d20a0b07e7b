"""What the server is told before it serves: who may ask, which address it goes by, and the link it prints.

``app.py`` hands these to Streamlit's ``App``, which puts the guard before every request and websocket.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, TypeAlias, TypedDict
from urllib.parse import urlsplit

import streamlit
from starlette.middleware import Middleware
from streamlit import config
from streamlit.starlette import App

from core.access.guard import TOKEN, Guard
from core.access.headers import inline_scripts, security_headers
from core.access.origins import Origins
from core.access.passes import Passes, access_key
from core.access.pulse import Pulse
from core.access.shell import Shell, told
from core.errors import ConfigurationError, TokenLedgerError
from core.people.sign_in import CALLBACK, Setup
from core.private_files import keep_private
from core.settings import Settings, from_environment, is_loopback
from core.ui.app import (
    ahead,
    late_files,  # noqa: F401 - mends Streamlit before its first run, as presses do
    presses,  # noqa: F401
    signing_in,
)
from core.ui.app.page_scripts import script_text

_Lifespan: TypeAlias = Callable[[App], AbstractAsyncContextManager[dict[str, Any] | None]]


class Options(TypedDict):
    """Arguments of Streamlit's ``App``."""

    middleware: list[Middleware]
    lifespan: _Lifespan


def options() -> Options:
    """How the app is served. Where it must not start, the process ends with a sentence and code 2."""
    try:
        settings = _addressed(from_environment(), signing_in.setup())
        _require_safe_address(settings)
    except TokenLedgerError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(2) from None
    keep_private()
    _tell_streamlit(settings)
    is_open = settings.allow_anonymous or signing_in.setup() is not None
    passes = None if is_open else Passes(access_key(settings))
    page = _page()
    base_path = _base_path(settings)
    pulse = Middleware(Pulse, look=_pulse, base_path=base_path)
    shell = Middleware(Shell, page=page, base_path=base_path)
    return Options(
        middleware=[_guard(settings, passes, page), pulse, shell], lifespan=_printing(settings, passes)
    )


def _addressed(settings: Settings, setup: Setup | None) -> Settings:
    """With the address to which the provider sends people back, where no other is set."""
    if setup is None or setup.base_url == settings.public_url:
        return settings
    is_local = is_loopback(urlsplit(setup.base_url).hostname or "")
    if settings.public_url:
        raise ConfigurationError(
            "redirect_uri in .streamlit/secrets.toml does not begin with TOKEN_LEDGER_PUBLIC_URL.",
            means="Who signs in would come back to another address.",
            remedy=f"Set redirect_uri to {settings.public_url}{CALLBACK}, there and at the provider.",
        )
    return settings if is_local else replace(settings, public_url=setup.base_url)


def _require_safe_address(settings: Settings) -> None:
    """Without sign-in only this machine may ask, unless the operator says otherwise."""
    address = config.get_option("server.address") or "0.0.0.0"  # noqa: S104 - what Streamlit takes
    if not (settings.allow_anonymous or signing_in.setup() or is_loopback(address)):
        raise ConfigurationError(
            f"Token Ledger does not listen on {address}: sign-in is not set up.",
            means="Whoever reached that address would see every cost and every name.",
            remedy="Set up sign-in, let it listen on 127.0.0.1 behind a proxy that signs people in, or set "
            "TOKEN_LEDGER_ALLOW_ANONYMOUS=1.",
        )


def _tell_streamlit(settings: Settings) -> None:
    """Streamlit checks the origin of a websocket too, and writes its own routes below the base path."""
    if settings.public_url:
        config.set_option("server.baseUrlPath", _base_path(settings).strip("/"))
        config.set_option("server.corsAllowedOrigins", [Origins.of(settings).public])


def _base_path(settings: Settings) -> str:
    return urlsplit(settings.public_url or "").path


def _pulse() -> str:
    """What it takes is loaded with what pages need."""
    ahead.wait()
    text: str = import_module("core.ui.app.pulse").now()
    return text


def _page() -> str:
    streamlits = Path(streamlit.__file__).parent / "static"
    return told((streamlits / "index.html").read_text(encoding="utf-8"), streamlits / "static" / "js")


def _guard(settings: Settings, passes: Passes | None, page: str) -> Middleware:
    scripts = [*inline_scripts(page), script_text()]
    return Middleware(
        Guard,
        origins=Origins.of(settings),
        passes=passes,
        headers=security_headers(scripts),
        base_path=_base_path(settings),
    )


def _printing(settings: Settings, passes: Passes | None) -> _Lifespan:
    """Print the link once the server is about to answer. Streamlit's own would lack the token."""

    @asynccontextmanager
    async def printing(_: App) -> AsyncIterator[dict[str, Any] | None]:
        port = config.get_option("server.port")
        address = settings.public_url or f"http://127.0.0.1:{port}{_base_path(settings)}"
        print(f"Token Ledger: {address}/" + (f"?{TOKEN}={passes.token}" if passes else ""), flush=True)  # noqa: T201
        ahead.load()
        yield None

    return printing
