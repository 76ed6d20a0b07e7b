"""Sign-in on the Settings page: whether it is set up, what to write, and whether what is written is right."""

from __future__ import annotations

from secrets import token_urlsafe

import streamlit as st

from core.errors import ConfigurationError
from core.formats import count_of
from core.people.sign_in import CALLBACK, Setup, read_setup
from core.ui.app import blocks, data, signing_in
from core.ui.app.text import markdown_text

_SECRET = "sign_in.secret"  # noqa: S105 - where the session keeps a suggestion
_LOCAL = "http://localhost:8501"

_TEMPLATE = """[auth]
redirect_uri = "{base}{callback}"
cookie_secret = "{secret}"

[auth.provider]           # a section for each provider; its name stands on the button
client_id = "…"
client_secret = "…"
server_metadata_url = "https://…/.well-known/openid-configuration"
"""


def sign_in_section() -> None:
    """How people sign in, or how to make them."""
    st.header("Sign-in", anchor=False)
    with st.container(border=True, key="card-sign-in"):
        setup = signing_in.setup()
        blocks.card_title("People sign in" if setup else "Nobody signs in", _standing(setup))
        _check(setup)
        with st.expander("What to write", icon=":material/description:", expanded=False):
            st.markdown(
                "Into `.streamlit/secrets.toml`, in the program’s folder or your home, readable for this "
                "account alone. Then set `TOKEN_LEDGER_ADMINS` to your e-mail address, and start again."
            )
            st.code(template(), language="toml")


def _standing(setup: Setup | None) -> str:
    if setup is None:
        return "Whoever is let in may do all. With sign-in each person sees what was granted to them."
    providers = ", ".join(name for name in setup.providers if name) or "one provider"
    admins = data.settings().admins
    named = f"{count_of(len(admins), 'admin')} named in TOKEN_LEDGER_ADMINS." if admins else _NO_ADMIN
    return f"By {providers}. {named}"


_NO_ADMIN = "TOKEN_LEDGER_ADMINS names nobody: who is admin by a grant alone can take it from themselves."


def _check(setup: Setup | None) -> None:
    """What the file says now, which counts from the next start on."""
    try:
        written = read_setup(signing_in.secrets_files())
    except ConfigurationError as error:
        st.warning(markdown_text(f"{error.happened} {error.remedy}"), icon=":material/error:")
        return
    if written != setup:
        st.info(
            "The file is right, and counts when the program is started again."
            if written
            else "The file says nothing of sign-in any more; that counts when the program is started again.",
            icon=":material/restart_alt:",
        )


def template() -> str:
    """The file for this installation, with a secret of its own."""
    secret = st.session_state.setdefault(_SECRET, token_urlsafe(32))
    base = data.settings().public_url or _LOCAL
    return _TEMPLATE.format(base=base, callback=CALLBACK, secret=secret)
