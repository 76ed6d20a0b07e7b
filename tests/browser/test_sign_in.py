"""Signing in at a real provider on loopback, in a real browser: who is let in, to what, and until when."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.clock import utc_now
from core.settings import Settings
from core.store.audit import Action, entries
from core.store.database import database
from core.store.grants import Role, Scope, Subject, SubjectKind, add_grant, list_grants, remove_grant
from core.store.meta import set_refresh_hours
from tests.browser.conftest import need_browser
from tests.browser.program import PROJECT, Program, running
from tests.support.patience import PATIENCE, wait_until
from tests.support.ports import held_port
from tests.ui import books

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

need_browser()  # before all else: the rest imports its driver
from playwright.sync_api import expect  # noqa: E402

pytestmark = pytest.mark.browser
expect.set_options(timeout=PATIENCE * 1000)

NOBODY = "http://127.0.0.1:9"
PEOPLE = {
    "ann": {"email": "Ann@Example.com", "email_verified": True, "groups": ["finance", "staff"]},
    "bob": {"email": "bob@example.com", "email_verified": True, "groups": ["staff"]},
    "eve": {"email": "ann@example.com", "email_verified": False, "groups": []},
}


@contextmanager
def provider(folder: Path) -> Iterator[str]:
    """The address of a provider that knows these people, and signs in whoever is named."""
    claims = [
        word for sub, said in PEOPLE.items() for word in ("--user-claims", json.dumps({"sub": sub, **said}))
    ]
    with held_port() as port, (folder / "provider.log").open("wb") as log:
        command = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), *claims]
        with subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder) as server:
            try:
                address = f"http://127.0.0.1:{port}"
                wait_until(lambda: server.poll() is not None or _listens(port), "the provider starts")
                assert server.poll() is None, (folder / "provider.log").read_text()
                yield address
            finally:
                server.terminate()


def _listens(port: int) -> bool:
    import socket

    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


SECRETS = """
[auth]
redirect_uri = "{base}/oauth2callback"
cookie_secret = "only-of-this-test-and-of-no-other-use-0123456789"
"""
SECTION = """
[auth.{name}]
client_id = "token-ledger"
client_secret = "of-this-test"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """With sign-in by two names of one provider. Streamlit reads the file of the account's home too."""
    folder = tmp_path_factory.mktemp("signed")
    with ExitStack() as stack:
        issuer = stack.enter_context(provider(folder))
        port = stack.enter_context(held_port())
        (folder / "home" / ".streamlit").mkdir(parents=True)
        secrets = folder / "home" / ".streamlit" / "secrets.toml"
        sections = "".join(SECTION.format(name=name, provider=issuer) for name in ("works", "also"))
        secrets.write_text(SECRETS.format(base=f"http://127.0.0.1:{port}") + sections)
        books.fill(Settings(folder / "data"))
        with database(Settings(folder / "data")) as db:
            set_refresh_hours(db, 8760)
        variables = {"HOME": str(folder / "home"), "TOKEN_LEDGER_ADMINS": "root@example.com"}
        yield stack.enter_context(running(folder, NOBODY, port=port, **variables))


@pytest.fixture
def grant(program: Program) -> Iterator[Callable[..., int]]:
    """Grant a role; all are taken away in the end."""

    def granted(kind: str, subject: str, role: Role, scope: Scope | None = None) -> int:
        with database(program.settings) as db:
            return add_grant(db, Subject(SubjectKind(kind), subject), role, scope or Scope(), utc_now()).id

    yield granted
    with database(program.settings) as db:
        for left in list_grants(db):
            remove_grant(db, left.id)


@pytest.fixture
def window(chromium: Browser) -> Iterator[Callable[[], BrowserContext]]:
    """A browser with an empty profile; what its console complains of fails the test."""
    with ExitStack() as stack:
        complaints: list[str] = []

        def opened() -> BrowserContext:
            context = chromium.new_context(viewport={"width": 1440, "height": 1000})
            stack.callback(context.close)
            context.set_default_timeout(PATIENCE * 1000)
            context.on(
                "console",
                lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
            )
            return context

        yield opened
        assert not complaints


def signed_in(window: BrowserContext, program: Program, who: str, by: str = "works") -> Page:
    page = window.new_page()
    page.goto(program.url)
    page.get_by_role("button", name=f"Sign in with {by}").click()
    page.get_by_role("button", name=who, exact=True).first.click()
    page.wait_for_url(f"{program.url}/**")
    return page


def heading(page: Page, text: str) -> None:
    expect(page.locator(".tl-title h1")).to_have_text(text)


def told(page: Page, text: str) -> None:
    expect(page.locator(".tl-empty")).to_contain_text(text)


def test_nobody_sees_anything_before_signing_in(program, window) -> None:
    page = window().new_page()
    for address in ("", "/settings", "/people", "/?token=x"):
        page.goto(program.url + address)
        told(page, "Sign in to see")
        expect(page.get_by_role("button", name="Sign in with also")).to_be_visible()
        expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)
    assert program.link.endswith("/"), "there is no token to print"


def test_who_was_granted_nothing_is_told_so(program, window) -> None:
    page = signed_in(window(), program, "bob")
    told(page, "Nothing is granted to bob@example.com")
    expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)


def test_who_opens_a_link_comes_to_what_it_leads_to(program, window, grant) -> None:
    grant("email", "ann@example.com", Role.ANALYST)
    page = window().new_page()
    asked = "/cost?by=workspace&in.workspace=Checkout&from=2026-10-01&to=2026-11-01"
    page.goto(program.url + asked)
    page.get_by_role("button", name="Sign in with works").click()
    page.get_by_role("button", name="ann", exact=True).first.click()
    heading(page, "Cost")
    expect(page.locator(".st-key-chips")).to_contain_text("Workspace is Checkout")
    assert page.url.startswith(f"{program.url}/cost?"), page.url


def test_an_address_that_is_not_verified_is_nobodys(program, window, grant) -> None:
    grant("email", "ann@example.com", Role.ADMIN)
    told(signed_in(window(), program, "eve"), "no e-mail address that is verified")


def test_a_group_grants_and_a_removed_grant_opens_no_page_any_more(program, window, grant) -> None:
    granted = grant("group", "finance", Role.ADMIN)
    page = signed_in(window(), program, "ann", by="also")
    heading(page, "Overview")
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Settings").click()
    heading(page, "Settings")
    with database(program.settings) as db:
        remove_grant(db, granted)
    page.goto(f"{program.url}/cost")  # a click would race with the page, which looks by itself too
    told(page, "Nothing is granted to ann@example.com")
    expect(page.locator(".tl-title")).to_have_count(0)


def test_a_viewer_has_no_operations_in_the_menu(program, window, grant) -> None:
    grant("domain", "example.com", Role.VIEWER, Scope(own=True))
    page = signed_in(window(), program, "bob")
    heading(page, "Overview")
    told(page, "There is nothing to see yet")
    names = page.get_by_test_id("stSidebarNav").get_by_role("link").all_inner_texts()
    assert [name.split("\n")[-1] for name in names] == [
        "Overview", "Cost", "Usage", "Efficiency", "People", "API keys", "Dashboards", "Saved views",
    ]  # fmt: skip
    page.goto(f"{program.url}/settings")
    heading(page, "Overview")


def test_a_viewer_gets_a_file_of_the_own_use_until_it_is_taken_away(program, window, grant) -> None:
    granted = grant("group", "staff", Role.VIEWER, Scope(products=("cowork",)))
    page = signed_in(window(), program, "bob")
    heading(page, "Overview")
    page.goto(f"{program.url}/people?from=2026-09-01&to=2026-11-20")
    heading(page, "People")
    page.get_by_role("button", name="Download").first.click()
    with page.expect_download() as made:
        page.get_by_role("button", name="CSV").first.click()
    content = made.value.path().read_text(encoding="utf-8-sig")
    assert "person3@example.com" in content and "person1@example.com" not in content
    with database(program.settings) as db:
        last = next(entries(db))
        assert (last.who, last.action) == ("bob@example.com", Action.DOWNLOADED)
        remove_grant(db, granted)
    told(page, "Nothing is granted to bob@example.com")  # by itself, without a click
    expect(page.get_by_role("button", name="CSV")).to_have_count(0)


def test_signing_out_ends_one_browser_and_everywhere_all(program, window, grant) -> None:
    grant("email", "ann@example.com", Role.ANALYST)
    first, second, third = (signed_in(window(), program, "ann") for _ in range(3))
    for page in (first, second, third):
        heading(page, "Overview")
    _sign_out(first, "Sign out")
    first.get_by_role("button", name="End session").click()  # the provider asks whether to end its own too
    told(first, "Sign in to see")
    second.reload()
    heading(second, "Overview")
    _sign_out(second, "Sign out everywhere")
    told(third, "You were signed out")  # by itself, without a click
    third.reload()
    told(third, "You were signed out")


def _sign_out(page: Page, how: str) -> None:
    page.get_by_test_id("stSidebar").get_by_role("button").filter(has_text="example.com").click()
    page.get_by_role("button", name=how, exact=True).click()


def test_it_does_not_start_where_the_file_is_at_fault(tmp_path) -> None:
    (tmp_path / ".streamlit").mkdir()
    (tmp_path / ".streamlit" / "secrets.toml").write_text("[auth]\ncookie_secret = 'short'\n")
    environment = {**os.environ, "HOME": str(tmp_path), "TOKEN_LEDGER_DATA": str(tmp_path / "data")}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    done = subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, timeout=PATIENCE, check=False, text=True
    )
    assert done.returncode == 2
    assert "Sign-in is not set up right" in done.stderr
