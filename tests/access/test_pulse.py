"""A page asks whether anything has changed, and one look answers all that ask."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import httpx
import pytest
from starlette.responses import PlainTextResponse

from core.access import pulse
from core.access.pulse import Pulse

OTHER = PlainTextResponse("the app")


def answers(
    look: Callable[[], str], *paths: str, base_path: str = "", method: str = "GET"
) -> list[httpx.Response]:
    app = Pulse(OTHER, look=look, base_path=base_path)

    async def asking() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8501") as client:
            return list(await asyncio.gather(*(client.request(method, path) for path in paths)))

    return asyncio.run(asking())


@pytest.mark.parametrize(("base_path", "path"), [("", "/_pulse"), ("/ledger/", "/ledger/_pulse")])
def test_it_is_told_below_the_address_of_the_app_and_kept_by_nobody(base_path: str, path: str) -> None:
    (answer,) = answers(lambda: "ab12", path, base_path=base_path)
    assert (answer.status_code, answer.text) == (200, "ab12")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/cost", "/_pulse/x", "/ledger/_pulse", "/_stcore/health"])
def test_every_other_address_is_the_apps(path: str) -> None:
    assert [answer.text for answer in answers(lambda: "ab12", path)] == ["the app"]


def test_who_asks_for_the_head_gets_no_text() -> None:
    (answer,) = answers(lambda: "ab12", "/_pulse", method="HEAD")
    assert (answer.text, answer.headers["content-length"]) == ("", "4")


def test_one_look_answers_all_who_ask_at_once() -> None:
    looks: Iterator[int] = iter(range(100))
    told = answers(lambda: f"{next(looks)}", *["/_pulse"] * 20)
    assert {answer.text for answer in told} == {"0"}


def test_it_is_looked_again_when_that_look_is_old() -> None:
    looks, now = iter("abc"), [100.0]
    looked = pulse._kept(lambda: next(looks), lambda: now[0])
    seen = [looked(), looked()]
    now[0] += pulse.KEPT_SECONDS
    assert [*seen, looked(), looked()] == ["a", "a", "b", "b"]
