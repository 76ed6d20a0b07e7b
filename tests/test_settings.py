"""What the environment decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.settings import DEFAULT_BASE_URL, from_environment


def test_nothing_set_means_the_projects_own_data_folder() -> None:
    settings = from_environment({})
    assert settings.data_dir == Path(__file__).resolve().parent.parent / "data"
    assert settings.base_url == DEFAULT_BASE_URL


def test_everything_can_be_set(tmp_path: Path) -> None:
    settings = from_environment(
        {
            "TOKEN_LEDGER_DATA": str(tmp_path),
            "ANTHROPIC_BASE_URL": "http://127.0.0.1:9/",
            "TOKEN_LEDGER_SECRET_KEY": "hush",
        }
    )
    assert (settings.data_dir, settings.base_url) == (tmp_path, "http://127.0.0.1:9")
    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    "url",
    [
        "api.anthropic.com",
        "ftp://x",
        "https://",
        "https://:8443",
        "https://[::1",
        "https://[nonsense]",
        "https://gateway.example:port",
        "https://gateway.example:99999",
        "https://gateway.example/?to=anthropic",
        "https://gateway.example#x",
        "https://gate way.example",
        "https://gateway.example\\@elsewhere.example",
        "https://gateway\x00.example",
    ],
)
def test_a_base_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="ANTHROPIC_BASE_URL"):
        from_environment({"ANTHROPIC_BASE_URL": url})


def test_headers_whose_dates_move_can_be_set() -> None:
    assert from_environment({}).anthropic_version == "2023-06-01"
    settings = from_environment(
        {
            "TOKEN_LEDGER_ANTHROPIC_VERSION": "2026-10-21",
            "TOKEN_LEDGER_ANTHROPIC_BETAS": "fast-mode-2027-01-15, analytics-usage-cost-2027-02-01,",
        }
    )
    assert settings.anthropic_version == "2026-10-21"
    assert settings.anthropic_betas == ("fast-mode-2027-01-15", "analytics-usage-cost-2027-02-01")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TOKEN_LEDGER_ANTHROPIC_VERSION", "2026-10-21\r\nx-evil: 1"),
        ("TOKEN_LEDGER_ANTHROPIC_VERSION", "2023-06-01,2026-10-21"),
        ("TOKEN_LEDGER_ANTHROPIC_BETAS", "fast mode"),
    ],
)
def test_what_no_header_can_carry_is_refused(variable: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=variable):
        from_environment({variable: value})


@pytest.mark.parametrize(
    "url",
    ["http://gateway.example", "http://10.0.0.5:8080/v", "http://[2001:db8::1]", "http://127.0.0.1.example"],
)
def test_keys_are_not_sent_unencrypted_to_another_machine(url: str) -> None:
    with pytest.raises(ConfigurationError, match="unencrypted"):
        from_environment({"ANTHROPIC_BASE_URL": url})


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8080",
        "http://127.0.0.1",
        "http://127.8.0.1:9/gateway",
        "http://[::1]:9",
        "https://gateway.example:8443/anthropic",
        "HTTPS://GATEWAY.EXAMPLE",
        "https://[2001:db8::1]:8443",
    ],
)
def test_an_encrypted_address_and_this_machine_are_taken(url: str) -> None:
    assert from_environment({"ANTHROPIC_BASE_URL": url}).base_url == url


@pytest.mark.parametrize("url", ["https://ledger.example.com/spend/", "http://intranet:8080"])
def test_the_public_address_has_no_slash_at_its_end(url: str) -> None:
    assert from_environment({"TOKEN_LEDGER_PUBLIC_URL": url}).public_url == url.rstrip("/")
    assert from_environment({"TOKEN_LEDGER_PUBLIC_URL": ""}).public_url is None


@pytest.mark.parametrize(
    "url", ["ledger.example.com", "https://", "https://x/?a=b", "wss://x", "https://x y"]
)
def test_a_public_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="TOKEN_LEDGER_PUBLIC_URL"):
        from_environment({"TOKEN_LEDGER_PUBLIC_URL": url})


def test_anonymous_use_is_allowed_by_a_one_and_nothing_else() -> None:
    assert [
        from_environment({"TOKEN_LEDGER_ALLOW_ANONYMOUS": value}).allow_anonymous for value in ("1", "0", "")
    ] == [True, False, False]
    assert not from_environment({}).allow_anonymous
    for value in ("yes", "true", "2"):
        with pytest.raises(ConfigurationError, match="TOKEN_LEDGER_ALLOW_ANONYMOUS"):
            from_environment({"TOKEN_LEDGER_ALLOW_ANONYMOUS": value})
