"""What is shown to who is not let in, and the way out for who is."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from core.errors import AccessDeniedError, TokenLedgerError
from core.people.roles import Access
from core.ui.app import blocks, html, signing_in, visitor
from core.ui.app.menu import PAGES
from core.ui.app.text import markdown_text


def closed(refusal: TokenLedgerError) -> StreamlitPage:
    """The only page there is, at the address of each: why nothing is shown, and how to sign in.

    At an address that names no page Streamlit would forget which was asked for.
    """
    shown = partial(_closed, refusal)
    names = ["sign-in", *PAGES]
    pages = [st.Page(shown, title="Sign in", url_path=name, default=name == "sign-in") for name in names]
    return st.navigation(pages, position="hidden")


def _closed(refusal: TokenLedgerError) -> None:
    blocks.style()
    if not isinstance(refusal, AccessDeniedError):
        blocks.failure(refusal)
        return
    blocks.empty(refusal.happened, " ".join(part for part in (refusal.means, refusal.remedy) if part))
    setup = signing_in.setup()
    if not (setup and refusal.may_sign_in):
        return
    with st.container(horizontal=True, horizontal_alignment="center"):
        for place, name in enumerate(setup.providers):
            st.button(
                f"Sign in with {markdown_text(name)}" if name else "Sign in",
                type="primary" if not place else "secondary", icon=":material/login:",
                key=f"sign-in-{name}", on_click=st.login, args=(name or None,),
            )  # fmt: skip


def way_out(access: Access) -> None:
    """Below the menu: who is signed in, and how to end it; nothing where nobody signs in."""
    if access.email is None:
        return
    with st.sidebar, st.popover(markdown_text(access.email), icon=":material/person:", type="tertiary"):
        html.show(html.div(f"Signed in as {access.role.value}.", cls="tl-quiet"))
        st.button("Sign out", icon=":material/logout:", on_click=visitor.sign_out, key="sign-out")
        st.button(
            "Sign out everywhere", icon=":material/devices:", key="sign-out-everywhere",
            on_click=visitor.sign_out, kwargs={"everywhere": True},
            help="On all devices and in all browsers that are signed in as you.",
        )  # fmt: skip
