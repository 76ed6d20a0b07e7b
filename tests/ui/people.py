"""People who sign in, and names planted where somebody might see them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Node

from core.people.sign_in import Setup
from core.settings import Settings
from core.store.aftermath import keep_problems
from core.store.annotations import add_annotation
from core.store.channels import ChannelContent, add_channel
from core.store.connections import list_connections
from core.store.dashboards import TileLook, add_dashboard, add_text, add_tile
from core.store.database import database
from core.store.directory import replace_directory
from core.store.findings import FoundNow, SeriesKey, keep_findings
from core.store.grants import Role, Scope, Subject, SubjectKind, add_grant
from core.store.owners import Kind, show_to_viewers
from core.store.plans import PlanContent, add_plan
from core.store.saved_filters import add_filter
from core.store.saved_views import ViewContent, add_view
from core.store.secrets import Vault
from core.ui.app import downloads, signing_in, visitor
from tests.ui import books

ANN = "ann@example.com"
ISSUED = int(books.NOW.timestamp()) - 60


def claims(email: str = ANN, **more: Any) -> dict[str, Any]:
    """What a provider says of who signed in a minute ago."""
    return {"is_logged_in": True, "sub": email, "email": email, "iat": ISSUED, **more}


def sign_in(patch: pytest.MonkeyPatch, said: Mapping[str, Any], setup: Setup | None = None) -> None:
    """People sign in, and whoever opens a page is who the provider says."""
    patch.setattr(signing_in, "setup", lambda: setup or Setup(("",), "http://localhost:8501"))
    patch.setattr(visitor, "_claims", lambda: dict(said))


def grant(settings: Settings, role: Role, scope: Scope | None = None, email: str = ANN) -> int:
    subject = Subject(SubjectKind.EMAIL, email)
    with database(settings) as db:
        return add_grant(db, subject, role, scope or Scope(), books.NOW).id


PLANTED = (
    "Planted note", "Planted plan", "Planted view", "Planted board", "Planted filter", "Planted trouble",
    "planted-maker@example.com", "planted-idle@example.com", "Planted idle key", "Planted anomaly",
    "Planted aftermath",
)  # fmt: skip
OPEN = {"Open board", "Open view", "Open words", "Open title"}
"""What viewers are shown; whatever stands beside it is not."""
SECRETS = ("Planted channel", "planted-hook")


def plant(settings: Settings, platform: int) -> None:
    """Names in all that people write and that lists tell, none of them in a row of the ledger."""
    day, scope = date(2026, 11, 20), {"in.workspace": ["Checkout"]}
    with database(settings) as db:
        add_annotation(db, day, day, "Planted note", {}, books.NOW)
        add_plan(db, "Planted plan", PlanContent({}, "cost", "month", {date(2026, 11, 1): 1}), books.NOW)
        add_view(db, "Planted view", ViewContent("cost", {"by": ["model"]}), books.NOW)
        add_dashboard(db, "Planted board")
        add_filter(db, "Planted filter", scope, books.NOW)
        content = ChannelContent("webhook", {}, "planted-hook", {"url": "https://planted-hook.example"})
        add_channel(db, Vault(settings), "Planted channel", content, books.NOW)
        key = SeriesKey("workspace", "Planted anomaly")
        anomaly = FoundNow(key, "Planted anomaly", "spike", "cost", 1, day, day, day, 10**9, 9 * 10**9)
        keep_findings(db, [anomaly], day, books.NOW)
        keep_problems(db, ["Planted aftermath"])
        _plant_lists(db, platform)
        _plant_for_viewers(db)
    books.record_run(settings, [_named(settings, platform)], "failed", "Planted trouble")


def _plant_for_viewers(db: Any) -> None:
    """A dashboard and a view that are shown to them, which name what not everybody may see."""
    everybody = [*PLANTED, *(email for _, email, _ in books.PEOPLE), "Checkout", "Datenplattform für Müller"]
    by = ["workspace", "user", "product", "cost_center", "api_key"]
    asked = {
        "Open view": {"by": by, "in.cost_center": ["Engineering", "Everyone"], "budget": ["Planted plan"]},
        "Planted view of one": {"in.workspace": ["Planted anomaly"]},
        "Open filters": {"not.user": everybody, "not.workspace": everybody, "hasnot.api_key": ["Planted"]},
    }
    board = add_dashboard(db, "Open board").id
    for name, params in asked.items():
        view = add_view(db, name, ViewContent("cost", {"range": ["last_90"], **params}), books.NOW)
        for kind in ("table", "chart", "plan"):
            add_tile(db, board, view.id, TileLook(kind, width="full", height="tall", title="Open title"))
        show_to_viewers(db, Kind.VIEW, view.id, None, shown=True)
    add_text(db, board, "Open words", TileLook("text"))
    show_to_viewers(db, Kind.DASHBOARD, board, None, shown=True)


def _named(settings: Settings, connection_id: int) -> Any:
    with database(settings) as db:
        return next(c for c in list_connections(db) if c.id == connection_id)


def _plant_lists(db: Any, platform: int) -> None:
    blank = {"role": "user", "added_at": "2026-01-01T00:00:00Z", "name": None}
    people = (("maker", "planted-maker@example.com"), ("idle", "planted-idle@example.com"))
    users = [{"user_id": id_, "email": email, **blank} for id_, email in people]
    replace_directory(db, platform, "users", users, books.NOW)
    made = {
        "key_hint": None, "status": "active", "created_by_id": "maker", "expires_at": None,
        "created_at": "2026-01-01T00:00:00Z", "workspace_id": "wrkspc_1",
    }  # fmt: skip
    keys = (("apikey_1", "Key 1"), ("apikey_idle", "Planted idle key"))
    listed = [{"api_key_id": id_, "name": name, **made} for id_, name in keys]
    replace_directory(db, platform, "api_keys", listed, books.NOW)


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    if isinstance(node, Block):
        for child in node.children.values():
            yield from _nodes(child)


def sent(app: AppTest) -> str:
    """All that a page sends to the browser, data of tables and charts too."""
    protos = (node.proto for node in _nodes(app._tree) if getattr(node, "proto", None) is not None)
    bodies = (proto.SerializeToString() for proto in protos if hasattr(proto, "SerializeToString"))
    return "\n".join(body.decode("utf-8", "replace") for body in bodies)


def files_into(patch: pytest.MonkeyPatch, kept: list[str]) -> None:
    """Make each file that a page offers, as text, instead of its button."""

    def made(label: str, make: Callable[[], bytes], file_name: str, **_: Any) -> None:
        kept.append(f"{file_name}\n{_text(make(), file_name)}")

    patch.setattr(downloads, "file_button", made)


def _text(content: bytes, name: str) -> str:
    if name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return "\n".join(book.read(part).decode() for part in book.namelist())
    if name.endswith(".parquet"):
        return pl.read_parquet(content).write_json()
    return content.decode()


def seen(texts: Iterable[str], names: Iterable[str]) -> set[str]:
    """Which of the names stand in any of the texts, case aside, and what Markdown and bidi isolation add."""
    whole = re.sub("[\\\\\u2060\u2066-\u2069]", "", "\n".join(texts).casefold())
    return {name for name in names if name.casefold() in whole}
