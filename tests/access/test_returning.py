"""After signing in somebody comes back to the page they asked for, and nowhere else."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import pytest

from core.access.guard import Guard
from core.access.origins import Origins

OWN = "http://127.0.0.1:8501"
PUBLIC = "https://ledger.example.com"


def ask(path: str, base: str = "", host: str = "127.0.0.1:8501", **headers: str) -> dict[str, list[str]]:
    """The headers of an answer that leads to the first page, as Streamlit's does after the provider."""

    async def first_page(_scope: object, _receive: object, send: object) -> None:
        fields = [(b"location", f"{base}/".encode()), (b"set-cookie", b"own=1")]
        await send({"type": "http.response.start", "status": 302, "headers": fields})  # type: ignore[operator]

    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    given = [(name.encode(), value.encode()) for name, value in {"host": host, **headers}.items()]
    scope = {"type": "http", "method": "GET", "path": base + path, "query_string": b"", "headers": given}
    guard = Guard(first_page, origins=Origins(PUBLIC), passes=None, headers=(), base_path=base)  # type: ignore[arg-type]
    asyncio.run(guard(scope, None, send))  # type: ignore[arg-type]
    answered: dict[str, list[str]] = {}
    for name, value in sent[0]["headers"]:  # type: ignore[attr-defined]
        answered.setdefault(name.decode(), []).append(value.decode())
    return answered


def cookie(answered: dict[str, list[str]]) -> str:
    """What a browser sends back of it."""
    return answered["set-cookie"][-1].partition(";")[0]


def landed(referer: str, base: str = "", **given: str) -> str:
    """Where somebody is in the end who signs in from a page of this address."""
    kept = cookie(ask("/auth/login", base, referer=referer, **given))
    return ask("/oauth2callback", base, cookie=f"other=1; {kept}", **given)["location"][0]


@pytest.mark.parametrize(
    "page",
    ["/", "/cost", "/cost?by=model&in.workspace=a%20%22b%22%3B%2C&range=last_90", "/saved_views?x=%E2%80%AE"],
)
def test_to_the_page_that_was_asked_for(page: str) -> None:
    assert landed(OWN + page) == page
    assert landed(f"{PUBLIC}/spend{page}", "/spend", host="ledger.example.com") == f"/spend{page}"


@pytest.mark.parametrize(
    "referer",
    [
        "https://evil.example/cost", f"{OWN}.evil.example/cost", "http://127.0.0.1:8502/cost", "", "nonsense",
        f"{OWN}//evil.example", f"{OWN}/\\evil.example", f"{OWN}/cost/../x", f"{OWN}/cost?a\r\nset-cookie: b",
        f"{OWN}/auth/logout", f"{OWN}/oauth2callback", "null", "http://[", f"{OWN}/COST",
    ],
)  # fmt: skip
def test_to_the_first_page_from_wherever_else(referer: str) -> None:
    assert landed(referer) == "/"


@pytest.mark.parametrize(
    "planted",
    [
        "//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/cost\r\nx: y",
        "/a b", "/cost/x", '"', "", "/auth/logout", "/cost?\u202e",
    ],
)  # fmt: skip
def test_a_cookie_that_another_planted_leads_nowhere(planted: str) -> None:
    for value in (quote(planted, safe=""), quote(quote(planted, safe=""), safe="")):
        assert ask("/oauth2callback", cookie=f"token_ledger_asked={value}")["location"] == ["/"]


def test_of_an_address_that_no_cookie_holds_the_page_is_kept() -> None:
    assert landed(f"{OWN}/usage?in.user={'x' * 5000}") == "/usage"


def test_it_is_kept_for_minutes_and_gone_once_it_was_used() -> None:
    asked = ask("/auth/login", referer=f"{OWN}/cost")["set-cookie"]
    assert asked[0] == "own=1", "those of Streamlit stay"
    assert "Max-Age=900; HttpOnly; SameSite=Lax" in asked[1]
    back = ask("/oauth2callback", cookie=cookie({"set-cookie": asked}))
    assert back["set-cookie"][0] == "own=1"
    assert "token_ledger_asked=;" in back["set-cookie"][1] and "Max-Age=0" in back["set-cookie"][1]


def test_other_redirects_lead_where_they_did() -> None:
    kept = cookie(ask("/auth/login", referer=f"{OWN}/cost"))
    assert ask("/auth/logout", cookie=kept) == {"location": ["/"], "set-cookie": ["own=1"]}
