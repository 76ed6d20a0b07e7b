"""A session begins with a number that nobody sees: then the browser can draw those that somebody does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from core.ui.app import blocks, first_number
from tests.support.patience import PATIENCE
from tests.ui.conftest import PROJECT


def page() -> None:
    """Keeps what it sends; ends as the session says."""
    import streamlit as st
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    from core.ui.app import blocks, first_number

    ctx = get_script_run_ctx()
    assert ctx
    sent, enqueue = st.session_state.setdefault("sent", []), ctx._enqueue
    sent.clear()

    def keeping(message: ForwardMsg) -> None:
        sent.append(kind := message.delta.new_element.WhichOneof("type"))
        if kind == "text":
            st.session_state["place"] = tuple(message.metadata.delta_path)
        enqueue(message)

    with first_number.asked_early():
        with st.container():
            ctx._enqueue = keeping
            first_number.ask()
        st.text("page")
        if st.session_state.get("end") == "stop":
            blocks.stop()
        if st.session_state.get("end") == "rerun" and len(sent) > 2:
            st.session_state["end"], ctx._enqueue = "", enqueue
            st.rerun()


def opened(end: str = "") -> AppTest:
    app = AppTest.from_function(page, default_timeout=PATIENCE)
    app.session_state["end"] = end
    return app.run()


def sent(app: AppTest) -> list[str]:
    return [kind for kind in app.session_state["sent"] if kind]


def test_the_number_comes_before_the_page_and_goes_with_its_end() -> None:
    app = opened()

    assert sent(app) == ["empty", "metric", "text", "empty"]
    assert not app.metric and app.text[0].value == "page"


def test_it_comes_once_for_each_session() -> None:
    app = opened().run()

    assert sent(app) == ["text"]
    assert sent(opened()) == ["empty", "metric", "text", "empty"]


def test_what_follows_keeps_its_place() -> None:
    app = opened()
    first = app.session_state["place"]
    assert app.run().session_state["place"] == first


def test_it_goes_when_the_page_stops() -> None:
    app = opened("stop")

    assert sent(app)[:4] == ["empty", "metric", "text", "empty"]
    assert not app.metric and app.text[0].value == "page"


def test_it_goes_when_the_page_starts_over() -> None:
    app = opened("rerun")

    assert sent(app) == ["text"]
    assert not app.metric and app.text[0].value == "page"


def test_it_is_among_the_first_of_what_a_run_sends(
    open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes later comes to a busy browser, together with the numbers that wait for it."""
    styled, is_asked = blocks.style, []

    def noting() -> None:
        is_asked.append(first_number._UNSEEN.get() is not None)
        styled()

    monkeypatch.setattr(blocks, "style", noting)
    assert not open_page("cost").exception
    assert is_asked == [True]


def test_every_page_stops_so() -> None:
    sources = [
        (file.name, file.read_text(encoding="utf-8")) for file in (PROJECT / "core" / "ui").rglob("*.py")
    ]
    assert [name for name, source in sources if "st.stop()\n" in source] == ["blocks.py"]
