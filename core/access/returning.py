"""The page that somebody asked for before they signed in: the provider sends them back to it.

Streamlit's page asks for :data:`LOGIN` with itself as Referer. That is kept in a cookie while the provider
asks who it is. Another port of this machine can plant such a cookie, so whatever it holds leads to a page of
the app, or nowhere.
"""

from __future__ import annotations

import re
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, unquote, urlsplit

LOGIN = "/auth/login"
CALLBACK = "/oauth2callback"
_COOKIE = "token_ledger_asked"
_MINUTES = 15
_PAGE = re.compile(r"/[a-z_]*(\?[!-~]*)?")
_LONGEST = 3_000
"""Browsers keep cookies of 4 kB. Of a longer address the page alone is kept."""


def kept(referer: str, base_path: str, *, secure: bool = False) -> str:
    """The cookie that keeps where an own page of this address leads; it is taken away where there is none."""
    parts = urlsplit(referer)
    page = parts.path.removeprefix(base_path) or "/"
    value = quote(f"{page}?{parts.query}" if parts.query else page, safe="")
    is_page = _PAGE.fullmatch(unquote(value))
    if len(value) >= _LONGEST:
        value = quote(page, safe="")
    return _cookie(value if is_page else "", base_path) + ("; Secure" if secure else "")


def asked(cookies: str) -> str:
    """The address below the base path that a browser's cookies keep; empty without."""
    try:
        kept = SimpleCookie(cookies).get(_COOKIE)
    except CookieError:
        return ""
    address = unquote(kept.value) if kept else ""
    return address if _PAGE.fullmatch(address) else ""


def forgotten(base_path: str) -> str:
    """The cookie that takes the kept one away."""
    return _cookie("", base_path)


def _cookie(value: str, base_path: str) -> str:
    seconds = _MINUTES * 60 if value else 0
    return f"{_COOKIE}={value}; Path={base_path}/; Max-Age={seconds}; HttpOnly; SameSite=Lax"
