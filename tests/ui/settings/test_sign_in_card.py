"""The Settings page on sign-in: what to write is right as it is written, and what is wrong is said."""

import tomllib

import pytest

from core.people.sign_in import CALLBACK, Setup, faults_of
from core.store.grants import Role
from core.ui.app import signing_in
from core.ui.settings import sign_in_card
from tests.ui.conftest import shown
from tests.ui.people import claims, grant, sign_in

BASE = "https://ledger.example.com"


@pytest.fixture
def file(tmp_path, monkeypatch):
    """The file that Streamlit reads; none is there at first."""
    path = tmp_path / "secrets.toml"
    monkeypatch.setattr(signing_in, "secrets_files", lambda: [path])
    return path


def test_what_is_told_to_write_is_right_once_it_is_filled_in(monkeypatch, settings):
    monkeypatch.setenv("TOKEN_LEDGER_PUBLIC_URL", BASE)
    monkeypatch.setattr(sign_in_card.st, "session_state", {})
    auth = tomllib.loads(sign_in_card.template())["auth"]
    assert list(faults_of(auth)) == []
    assert auth["redirect_uri"] == BASE + CALLBACK
    assert tomllib.loads(sign_in_card.template())["auth"] == auth, "the secret stays while it is looked at"


def test_without_sign_in_it_says_what_that_means(file, open_page):
    app = open_page("settings")
    assert "Nobody signs in" in shown(app) and "Whoever is let in may do all" in shown(app)
    assert [code.value for code in app.code if "[auth]" in code.value]
    assert not app.warning and not app.info


def test_a_fault_of_the_file_is_said(file, open_page):
    file.write_text("[auth]\nredirect_uri = 1\n")
    assert "redirect_uri is not the address" in open_page("settings").warning[0].value.replace("\\", "")


def test_a_right_file_counts_from_the_next_start_on(file, open_page):
    file.write_text(
        f'[auth]\nredirect_uri = "{BASE}{CALLBACK}"\ncookie_secret = "{"x" * 32}"\n'
        'client_id = "a"\nclient_secret = "b"\nserver_metadata_url = "https://p.example"\n'
    )
    app = open_page("settings")
    assert "counts when the program is started again" in app.info[0].value
    assert "Nobody signs in" in shown(app)


def test_where_people_sign_in_it_names_the_providers(file, settings, monkeypatch, open_page):
    grant(settings, Role.ADMIN)
    sign_in(monkeypatch, claims(), Setup(("okta", "google"), BASE))
    app = open_page("settings")
    assert "By okta, google." in shown(app)
    assert "TOKEN_LEDGER_ADMINS names nobody" in shown(app)
    assert "says nothing of sign-in any more" in app.info[0].value
