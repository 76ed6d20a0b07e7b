"""The commands about people: grants that help who is locked out, and who did what."""

import json

import pytest

from core import operations
from core.cli import main
from core.store.audit import entries
from core.store.connections import list_connections
from core.store.database import database
from core.store.grants import Role, Scope, list_grants
from core.store.sign_ins import SignIn, is_open
from tests.ui import books


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command on a data folder of its own; returns its code, what it said and complained of."""
    monkeypatch.setenv("TOKEN_LEDGER_DATA", str(tmp_path))
    monkeypatch.delenv("TOKEN_LEDGER_ADMINS", raising=False)

    def ran(*words):
        code = main(words)
        return code, *capsys.readouterr()

    ran.settings = books.Settings(tmp_path)
    return ran


def grants(run):
    with database(run.settings) as db:
        return [
            (grant.subject.kind, grant.subject.text, grant.role, grant.scope) for grant in list_grants(db)
        ]


def done(run):
    with database(run.settings) as db:
        return [(entry.who, entry.action, entry.about) for entry in entries(db)]


def test_a_locked_out_admin_helps_himself(run):
    code, said, _ = run("people", "--grant", "Ann@Example.com", "--role", "admin")
    assert code == 0
    assert "admin     email   ann@example.com  Everything" in said
    assert grants(run) == [("email", "ann@example.com", Role.ADMIN, Scope())]
    assert done(run) == [("command line", "granted a role", "admin to ann@example.com")]


def test_a_viewer_is_granted_parts_by_name(run):
    platform, _ = books.connect_only(run.settings)
    with database(run.settings) as db:
        row = {"connection_id": platform.id, "workspace_id": "wrkspc_1", "name": "Checkout", "seen_at": "x"}
        db.table("workspaces").insert(row)
    code, said, _ = run(
        *("people", "--grant", "group:Finance Team", "--role", "viewer", "--connection", "Engineering"),
        *("--workspace", "Checkout", "--workspace", "Default workspace", "--product", "chat"),
    )
    assert code == 0
    scope = Scope((platform.id,), ("", "wrkspc_1"), ("chat",))
    assert grants(run) == [("group", "Finance Team", Role.VIEWER, scope)]
    assert "Connections: Engineering; Workspaces: Default workspace, Checkout; Products: chat" in said
    ((_, _, about),) = done(run)
    assert "Engineering" not in about, "its name goes when it is removed"


def test_json_tells_all_of_a_grant(run):
    run("people", "--grant", "@example.com", "--role", "viewer", "--own")
    _, said, _ = run("people", "--json")
    (told,) = json.loads(said)
    assert told | {"granted_at": ""} == {
        "id": 1, "kind": "domain", "subject": "example.com", "role": "viewer", "connections": [],
        "workspaces": [], "products": [], "own": True, "pseudonyms": False, "says": "own use only",
        "granted_at": "", "granted_by": None,
    }  # fmt: skip


def test_what_is_taken_away_is_gone(run):
    run("people", "--grant", "ann@example.com", "--role", "analyst")
    assert run("people", "--remove", "1")[0] == 0
    assert grants(run) == []
    assert done(run)[0] == ("command line", "took a role away", "analyst to ann@example.com")
    code, _, complaint = run("people", "--remove", "1")
    assert code == 2 and "does not exist any more" in complaint


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--grant", "ann@example.com"), "--grant needs --role"),
        (("--role", "admin"), "needs --grant"),
        (("--own",), "needs --grant"),
        (("--grant", "ann", "--role", "admin"), "is no e-mail address"),
        (("--grant", "group:", "--role", "admin"), "is no name of a group"),
        (("--grant", "a@b.c", "--role", "viewer"), "needs something to see"),
        (("--grant", "a@b.c", "--role", "admin", "--own"), "sees everything"),
        (("--grant", "a@b.c", "--role", "viewer", "--workspace", "Nowhere"), "No workspaces are called"),
        (("--grant", "a@b.c", "--role", "viewer", "--connection", "Nowhere"), "Nowhere"),
    ],
)
def test_what_cannot_be_granted_is_said_and_not_done(run, words, complaint):
    code, _, complained = run("people", *words)
    assert code == 2 and complaint in complained
    assert grants(run) == [] and done(run) == []


def test_two_workspaces_of_one_name_are_named_by_id(run):
    platform, _ = books.connect_only(run.settings)
    with database(run.settings) as db:
        for id_ in ("w1", "w2"):
            row = {"connection_id": platform.id, "workspace_id": id_, "name": "Lab", "seen_at": "x"}
            db.table("workspaces").insert(row)
    words = ("people", "--grant", "a@b.c", "--role", "viewer", "--workspace")
    assert "2 workspaces are called 'Lab'. Name one of the ids w1, w2." in run(*words, "Lab")[2]
    assert run(*words, "w2")[0] == 0
    assert grants(run)[0][3] == Scope(workspaces=("w2",))


def test_a_removed_connection_shows_nothing_and_its_number_is_told(run):
    platform, _ = books.connect_only(run.settings)
    run("people", "--grant", "a@b.c", "--role", "viewer", "--connection", "Engineering")
    operations.remove(run.settings, platform.id)
    assert f"Connections: {platform.id} (removed)" in run("people")[1]
    again, _ = books.connect_only(books.Settings(run.settings.data_dir / "other"))
    with database(run.settings) as db:
        assert platform.id not in [c.id for c in list_connections(db)]
    assert again


def test_all_sign_ins_of_somebody_are_ended(run):
    old, other = SignIn("1", "ann@example.com", books.NOW), SignIn("2", "bob@example.com", books.NOW)
    assert run("people", "--sign-out", "Ann@Example.com")[0] == 0
    with database(run.settings) as db:
        assert not is_open(db, old, books.NOW, books.timedelta())
        assert is_open(db, other, books.NOW, books.timedelta())
    assert done(run) == [("command line", "signed out", "ann@example.com, everywhere")]


def test_audit_lists_the_latest_first(run):
    for name in ("a", "b", "c"):
        run("people", "--grant", f"{name}@example.com", "--role", "analyst")
    _, said, _ = run("audit", "--limit", "2")
    assert [line.split()[-1] for line in said.splitlines()] == ["c@example.com", "b@example.com"]
    listed = json.loads(run("audit", "--all", "--json")[1])
    assert [entry["entry"] for entry in listed] == [3, 2, 1]
    assert set(listed[0]) == {"entry", "at", "who", "action", "about", "seal"}


def test_audit_lists_what_can_be_read_of_a_damaged_entry(run):
    for name in ("a", "b"):
        run("people", "--grant", f"{name}@example.com", "--role", "analyst")
    with database(run.settings) as db:
        db.conn.execute("DROP TRIGGER audit_is_never_changed")
        db.conn.execute("UPDATE audit SET at = x'ff' WHERE id = 1")
    code, said, wrong = run("audit", "--all")
    assert (code, wrong, len(said.splitlines())) == (0, "", 2)
    assert "     1  cannot be read       command line" in said and "a@example.com" in said
    assert [entry["at"] is None for entry in json.loads(run("audit", "--all", "--json")[1])] == [False, True]
