"""Streamlit's page, with what it would otherwise find out later: where its server is, how wide its menu, and
what draws a page's first number.

At an address such as ``/cost`` it looks for the server below that first, is told that there is none, and
waits a tenth of a second before it looks elsewhere. What draws a kind of element it fetches when the first
one comes.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path

from core.access.guard import STREAMLITS, App, Message, Receive, Scope, Send

_PROGRAM = '<script type="module"'
_SERVER = 'window.__streamlit = { BACKEND_BASE_URL: new URL("./", location.href).href }'
"""Where the page's own files are: beside a page's address, whatever a proxy puts before it."""
SIDEBAR_WIDTH = 240
_WIDTH = f'try {{ localStorage.sidebarWidth ??= "{SIDEBAR_WIDTH}" }} catch {{ /* nothing is kept */ }}'
"""A page's first run tells the width of the menu, which would have Streamlit's own until then. One that
somebody dragged stays."""
_DRAWN_FIRST = ("Html", "BidiComponent", "Button", "Metric")
"""What Streamlit calls the scripts of the elements up to a page's first number. The rest would delay them."""
_FETCHED = re.compile(r"""(?:from|import)\s*["'`]\./([\w.-]+\.js)["'`]""")
_HEAD_ENDS = "</head>"
_REMEMBERED = (b"if-none-match", b"if-modified-since")
"""What a browser sends that has Streamlit's own page from before."""


def told(page: str, scripts: Path) -> str:
    """Streamlit's page, told so before its program starts; ``scripts``: the folder of that program."""
    links = "".join(map(_link, _drawing_first(page, scripts)))
    page = page.replace(_PROGRAM, f"<script>{_SERVER};\n    {_WIDTH}</script>\n    {_PROGRAM}", 1)
    return page.replace(_HEAD_ENDS, links + _HEAD_ENDS, 1)


def _link(name: str) -> str:
    """The browser fetches it along with the program."""
    return f'<link rel="modulepreload" crossorigin href="./static/js/{name}">\n    '


def _drawing_first(page: str, scripts: Path) -> list[str]:
    """The scripts of what is drawn first, and what these fetch; none that this Streamlit does not have, or
    that its page fetches already, with all that these need."""
    names = [script.name for kind in _DRAWN_FIRST for script in sorted(scripts.glob(f"{kind}.*.js"))]
    for name in names:
        wanted = dict.fromkeys(_FETCHED.findall((scripts / name).read_text(encoding="utf-8")))
        new = (more for more in wanted if more not in page and more not in names)
        names += [more for more in new if (scripts / more).is_file()]
    return names


class Shell:
    """An ASGI middleware: answers with ``page`` where Streamlit answers with its own."""

    def __init__(self, app: App, *, page: str, base_path: str = "") -> None:
        self._app = app
        self._page = page.encode()
        self._base_path = base_path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._may_be_page(scope):
            fields = [(name, value) for name, value in scope["headers"] if name not in _REMEMBERED]
            scope, send = {**scope, "headers": fields}, self._replacing(send, scope["method"])
        await self._app(scope, receive, send)

    def _may_be_page(self, scope: Scope) -> bool:
        if scope["type"] != "http":
            return False
        first = scope["path"].removeprefix(self._base_path).strip("/").partition("/")[0]
        return first not in STREAMLITS

    def _replacing(self, send: Send, method: str) -> Send:
        """Our page in place of an answer that is one; any other as it is."""
        replaces = False

        async def sending(message: Message) -> None:
            nonlocal replaces
            if message["type"] == "http.response.start":
                replaces = _is_page(message)
                await send({**message, "headers": _fields(len(self._page))} if replaces else message)
            elif not replaces:
                await send(message)
            elif not message.get("more_body"):
                await send({"type": "http.response.body", "body": b"" if method == "HEAD" else self._page})

        return sending


def _is_page(start: Message) -> bool:
    kind: bytes = dict(start["headers"]).get(b"content-type", b"")
    return bool(start["status"] == HTTPStatus.OK) and kind.startswith(b"text/html")


def _fields(length: int) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(length).encode()),
        (b"cache-control", b"no-cache"),
    ]
