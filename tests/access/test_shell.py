"""Streamlit's page tells its program where the server is, and fetches what draws a page's first number."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import streamlit
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_assets_routes

from core.access.guard import App, Message, Receive, Scope, Send
from core.access.headers import inline_scripts
from core.access.shell import Shell, told

TOLD = "BACKEND_BASE_URL"
STREAMLITS = Path(streamlit.__file__).parent / "static"
SCRIPTS = STREAMLITS / "static" / "js"
THEIRS = (STREAMLITS / "index.html").read_text(encoding="utf-8")
PAGE = told(THEIRS, SCRIPTS)
LINK = re.compile(r'<link rel="modulepreload" crossorigin href="\./static/js/([^"]+)">\n    ')


def shelled(app: App, base_path: str = "") -> Shell:
    return Shell(app, page=PAGE, base_path=base_path)


def ask(app: object, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    """``headers``: their names with underscores."""

    async def asking() -> httpx.Response:
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8501") as client:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            return await client.request(method, path, headers=sent)

    return asyncio.run(asking())


def streamlits(base: str = "") -> Starlette:
    """The part of Streamlit that serves its page and its files."""
    return Starlette(routes=create_streamlit_static_assets_routes(base or None))


@dataclass
class Heard:
    """An app that answers with a page of its own; what it was asked."""

    scopes: list[Scope] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        await HTMLResponse("<p>another</p>")(scope, receive, send)


@pytest.mark.parametrize("path", ["/", "/cost", "/no-such-page"])
def test_every_address_of_a_page_gives_the_page_that_knows_its_server(path: str) -> None:
    answer = ask(shelled(streamlits()), path)

    assert answer.status_code == 200
    assert answer.text == PAGE
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "etag" not in answer.headers  # else a browser would keep it beyond an update of ours


def test_it_is_told_before_the_program_starts_and_may_run() -> None:
    (script,) = [text for text in inline_scripts(PAGE) if TOLD in text]
    assert PAGE.index(script) < PAGE.index('<script type="module"')
    without = LINK.sub("", PAGE.replace(f"<script>{script}</script>\n    ", ""))
    assert without == LINK.sub("", ask(streamlits(), "/").text)


def test_streamlits_program_still_reads_what_it_is_told() -> None:
    """Else nothing would fail, and every page would wait again."""
    program = re.search(r'<script type="module" crossorigin src="\.(/static/js/[^"]+)"', PAGE)
    assert program
    text = ask(streamlits(), program[1]).text
    assert TOLD in text and "localStorage.getItem(`sidebarWidth`)" in text


def linked(page: str) -> list[str]:
    """The scripts that a browser fetches along with the program."""
    return re.findall(r'<link rel="modulepreload"[^>]*href="\./static/js/([^"]+)"', page)


@pytest.mark.parametrize("kind", ["Html", "BidiComponent", "Button", "Metric"])
def test_what_draws_a_first_number_is_fetched_with_the_program(kind: str) -> None:
    """Else nothing would fail, and the number would come later."""
    (script,) = [name for name in linked(PAGE) if name.startswith(f"{kind}.")]

    assert script not in THEIRS
    assert ask(streamlits(), f"/static/js/{script}").status_code == 200


def test_so_is_what_these_fetch_and_nothing_twice() -> None:
    names = linked(PAGE)
    program = re.findall(r'src="\./static/js/([^"]+)"', PAGE)
    asked = {
        name
        for script in set(names) - set(linked(THEIRS))
        for part in re.split(r"(?:from|import)(?=[`\"'])", (SCRIPTS / script).read_text(encoding="utf-8"))[1:]
        for name in [part[1:].split(part[0])[0].removeprefix("./")]
    }

    assert len(asked) > 20 and asked <= {*names, *program}
    assert len(names) == len(set(names))


def test_what_another_streamlit_does_not_have_is_not_fetched(tmp_path: Path) -> None:
    page = '<head><script type="module" src="./a.js"></script></head>'
    assert linked(told(page, tmp_path)) == linked(told(page, tmp_path / "none")) == []

    (tmp_path / "Html.a1.js").write_text(
        'import{a as b}from"./both.b2.js";import"./gone.c3.js";import("./later.d4.js")'
    )
    (tmp_path / "both.b2.js").write_text("import{c}from`./Html.a1.js`;export{c as a};")
    (tmp_path / "later.d4.js").write_text("")
    (tmp_path / "HtmlOfOther.e5.js").write_text("")
    assert linked(told(page, tmp_path)) == ["Html.a1.js", "both.b2.js"]
    assert linked(told("<p>another</p>", tmp_path)) == []


def test_files_are_those_of_streamlit() -> None:
    path = re.findall(r'href="\.(/static/[^"]+\.css)"', PAGE)[0]

    ours, theirs = ask(shelled(streamlits()), path), ask(streamlits(), path)

    assert ours.content == theirs.content
    assert ours.headers["cache-control"] == theirs.headers["cache-control"]


def test_below_a_base_path_too() -> None:
    app = shelled(streamlits("ledger"), base_path="/ledger/")

    assert ask(app, "/ledger/cost").text == PAGE
    assert (
        ask(app, "/ledger/static/js/none.js").status_code == ask(streamlits(), "/static/none.js").status_code
    )


def test_who_has_streamlits_own_page_from_before_gets_ours() -> None:
    etag = ask(streamlits(), "/").headers["etag"]
    assert ask(streamlits(), "/", if_none_match=etag).status_code == 304

    assert ask(shelled(streamlits()), "/", if_none_match=etag).text == PAGE


def test_the_head_of_it_has_its_length_and_no_body() -> None:
    answer = ask(shelled(streamlits()), "/cost", method="HEAD")

    assert answer.headers["content-length"] == str(len(PAGE.encode()))
    assert answer.content == b""


@pytest.mark.parametrize("path", ["/component/a/index.html", "/media/a.html", "/_stcore/a", "/auth/login"])
def test_pages_that_are_not_streamlits_own_are_left_alone(path: str) -> None:
    inner = Heard()

    assert ask(shelled(inner), path, if_none_match="x").text == "<p>another</p>"
    assert (b"if-none-match", b"x") in inner.scopes[0]["headers"]


def test_an_answer_that_is_no_page_is_left_alone() -> None:
    answer = ask(shelled(streamlits()), "/cost", method="POST")

    assert answer.status_code == 405
    assert TOLD not in answer.text


def test_a_websocket_passes() -> None:
    passed: list[Message] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})

    async def send(message: Message) -> None:
        passed.append(message)

    async def receive() -> Message:
        return {}

    scope: Scope = {"type": "websocket", "path": "/_stcore/stream", "headers": []}
    asyncio.run(shelled(inner)(scope, receive, send))

    assert passed == [{"type": "websocket.accept"}]
