"""Which names are the app's own, and which pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.access.origins import Origins, origin_of
from core.settings import Settings

ALONE = Origins()
BEHIND_A_PROXY = Origins("https://ledger.example.com")
HERE = "127.0.0.1:8501"


@pytest.mark.parametrize("host", [HERE, "localhost:9", "LOCALHOST", "[::1]:8501", "127.8.9.1"])
def test_this_machine_by_any_of_its_names_is_known(host: str) -> None:
    assert ALONE.knows_host(host) and BEHIND_A_PROXY.knows_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "ledger.example.com",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8501",
        "0.0.0.0:8501",
        "10.0.0.1",
        "127.0.0.1:port",
        "127.0.0.1/evil",
        "evil.example@127.0.0.1",
        "127.0.0.1#evil",
        "127.0.0.1?evil",
        "127.0.0.1, evil.example",
        "[::1",
        "127.0.0.1:99999",
    ],
)
def test_no_other_name_is_known(host: str) -> None:
    assert not ALONE.knows_host(host)


def test_behind_a_proxy_its_one_name_is_known_too() -> None:
    assert BEHIND_A_PROXY.knows_host("Ledger.example.com")
    assert not BEHIND_A_PROXY.knows_host("example.com")
    assert not BEHIND_A_PROXY.knows_host("x.ledger.example.com")
    assert not BEHIND_A_PROXY.knows_host("ledger.example.com:8443")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_page_of_the_very_address_that_was_asked_is_own(scheme: str) -> None:
    assert ALONE.is_own(f"{scheme}://{HERE}", HERE)


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "http://127.0.0.1:9000",
        "http://localhost:8501",
        "http://127.0.0.1",
        "https://ledger.example.com",
        "file://",
        f"chrome-extension://{HERE}",
        f"http://{HERE}/",
        f"http://{HERE}.evil.example",
    ],
)
def test_no_other_page_is_own(origin: str) -> None:
    assert not ALONE.is_own(origin, HERE)


def test_a_page_of_an_unknown_name_is_not_own_though_it_asks_its_own_name() -> None:
    assert not ALONE.is_own("http://evil.example", "evil.example")


def test_behind_a_proxy_the_public_page_is_own_whether_or_not_the_host_is_passed_on() -> None:
    public = "https://ledger.example.com"
    assert BEHIND_A_PROXY.is_own(public, "ledger.example.com") and BEHIND_A_PROXY.is_own(public, HERE)
    assert not BEHIND_A_PROXY.is_own("http://ledger.example.com", "ledger.example.com")
    assert not BEHIND_A_PROXY.is_own(f"http://{HERE}", "ledger.example.com")


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://Ledger.example.com:443/spend", "https://ledger.example.com"),
        ("http://intranet:80", "http://intranet"),
        ("https://ledger.example.com:8443", "https://ledger.example.com:8443"),
        (None, None),
    ],
)
def test_the_public_origin_is_spelled_as_browsers_do(
    tmp_path: Path, url: str | None, public: str | None
) -> None:
    assert Origins.of(Settings(tmp_path, public_url=url)).public == public


def test_the_origin_of_what_is_no_address_is_none() -> None:
    assert origin_of("") == origin_of("http://[::1") == ""
    assert origin_of("http://127.0.0.1:8501/cost?x=1#y") == "http://127.0.0.1:8501"
