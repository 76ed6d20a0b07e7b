"""What secrets.toml says of sign-in, and that a fault in it never opens the app to everybody."""

from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.people import sign_in
from core.people.sign_in import Setup, read_setup

SECRET = "x" * 32
PROVIDER = 'client_id = "a"\nclient_secret = "b"\nserver_metadata_url = "https://p.example/.well-known"\n'
HEAD = (
    f'[auth]\nredirect_uri = "https://ledger.example.com/spend/oauth2callback"\ncookie_secret = "{SECRET}"\n'
)


def read(folder: Path, *texts: str) -> Setup | None:
    files = [folder / f"{place}.toml" for place in range(len(texts))]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text, encoding="utf-8")
    return read_setup([folder / "missing.toml", *files])


def test_several_providers_are_named(tmp_path):
    text = f"{HEAD}[auth.okta]\n{PROVIDER}[auth.google]\n{PROVIDER}"
    assert read(tmp_path, text) == Setup(("okta", "google"), "https://ledger.example.com/spend")


def test_one_provider_needs_no_name_and_may_have_arguments(tmp_path):
    text = f'{HEAD}{PROVIDER}[auth.client_kwargs]\nscope = "openid email groups"\n'
    assert read(tmp_path, text) == Setup(("",), "https://ledger.example.com/spend")


def test_a_later_file_counts_as_for_streamlit(tmp_path):
    assert read(tmp_path, HEAD + PROVIDER, HEAD + f"[auth.okta]\n{PROVIDER}") == Setup(
        ("okta",), "https://ledger.example.com/spend"
    )


def test_without_the_section_nobody_signs_in(tmp_path):
    assert read_setup([]) is None
    assert read(tmp_path, 'token = "of something else"\n') is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("auth = 1\n", "not a section"),
        ("[auth]\n", "redirect_uri is not the address"),
        (HEAD.replace("/oauth2callback", "") + PROVIDER, "redirect_uri is not the address"),
        (HEAD.replace("https", "ftp") + PROVIDER, "redirect_uri is not the address"),
        (HEAD.replace("https", "http") + PROVIDER, "whoever is on the way"),
        (HEAD.replace(SECRET, "short") + PROVIDER, "cookie_secret"),
        (HEAD, "client_id is missing in \\[auth\\]"),
        (HEAD + f"[auth.my_okta]\n{PROVIDER}", "underscore"),
        (HEAD + '[auth.okta]\nclient_id = "a"\n', "client_secret is missing in \\[auth.okta\\]"),
        ("[auth\n", "cannot be read"),
    ],
)
def test_what_is_wrong_stops_the_program(tmp_path, text, fault):
    with pytest.raises(ConfigurationError, match=fault):
        read(tmp_path, text)


def test_a_file_that_cannot_be_read_stops_the_program_too(tmp_path):
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_setup([tmp_path / "folder.toml"])


def test_without_authlib_nobody_could_sign_in(tmp_path, monkeypatch):
    monkeypatch.setattr(sign_in, "find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match="Authlib"):
        read(tmp_path, HEAD + PROVIDER)


def test_this_machine_needs_no_https(tmp_path):
    text = HEAD.replace("https://ledger.example.com/spend", "http://localhost:8501") + PROVIDER
    assert read(tmp_path, text) == Setup(("",), "http://localhost:8501")
