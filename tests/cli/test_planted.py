"""Secrets are planted, everything is run and everything fails; then they are looked for everywhere."""

from __future__ import annotations

import base64
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect as open_socket

from core import follow_up, operations
from core.alerts import deliver
from core.alerts.kinds import hook_content, mail_content
from core.cli.doctor import examine
from core.errors import TokenLedgerError
from core.explore.everything import write_everything
from core.settings import Settings
from core.store.channels import add_channel
from core.store.database import database
from core.store.outbox import Alert, Phase, add_alert
from core.store.secrets import Vault
from core.sync.runner import run_sync
from tests.access.test_served import STREAM, Client
from tests.browser.program import Program, read_process, running
from tests.cli.machine import HeldSimulator
from tests.support.organizations import NOW, clock, organizations, served
from tests.support.patience import PATIENCE, wait_until
from tests.support.receivers import HookServer, MailServer
from tests.support.server import Fault, serve

pytestmark = pytest.mark.slow

KEYS = {name: organization.key for name, organization in organizations().items()}
PASSWORD, SIGNING, HOOK = "pa55-Word+of/mail=", "signing-secret-0123456789", "T0p-Secret-Path-9981"
REPORTS = """me workspaces api_keys users usage_report/messages cost_report analytics/cost analytics/usage
analytics/user_cost_report analytics/user_usage_report analytics/cost_report analytics/usage_report"""
PATHS = tuple(f"/v1/organizations/{name}" for name in REPORTS.split())


def spellings(secret: str | bytes) -> set[bytes]:
    """A secret as it may stand somewhere: as it is, in a link, in a header of a mail or of a proxy."""
    raw = secret.encode() if isinstance(secret, str) else secret
    return {raw, quote(raw, safe="").encode(), base64.b64encode(raw), raw.hex().encode()}


@dataclass
class Haul:
    """Place -> what was seen there."""

    seen: dict[str, list[bytes]] = field(default_factory=dict)

    def add(self, place: str, content: bytes | str) -> None:
        self.seen.setdefault(place, []).append(content.encode() if isinstance(content, str) else content)

    def add_folder(self, place: str, folder: Path) -> None:
        """Every file as it lies there, and a Parquet file's values besides, for they are compressed."""
        for path in folder.rglob("*"):
            if path.is_file():
                self.add(f"{place}/{path.name}", path.read_bytes())
            if path.suffix == ".parquet":
                rows = pl.read_parquet(path).cast(pl.String, strict=False)
                self.add(f"{place}/{path.name}", rows.write_csv())

    def places(self, word: str | bytes) -> set[str]:
        return {
            place
            for place, contents in self.seen.items()
            if any(spelled in content for spelled in spellings(word) for content in contents)
        }


def failures(key: str) -> Iterator[Fault]:
    """Every path refuses once in every way, and says the key."""
    for path in PATHS:
        for status in (400, 401, 403, 429, 500):
            yield Fault(
                path=path, status=status, times=None, message=f"not with {key}", headers={"x-said": key}
            )
        yield Fault(path=path, status=200, body=f"<p>{key}</p>", times=None)
        yield Fault(path=path, reset=True, times=None)


def channels(hook: HookServer, mail: MailServer) -> Mapping[str, object]:
    return {
        "hook": hook_content("webhook", hook.url, SIGNING),
        "mail": mail_content(
            host="127.0.0.1", port=str(mail.port), security="none", user="ann", password=PASSWORD,
            sender="a@example.com", recipients="b@example.com",
        ),
    }  # fmt: skip


@contextmanager
def receivers() -> Iterator[tuple[HookServer, MailServer]]:
    """A webhook that redirects and a mail server that says the password."""
    import threading

    with HookServer() as hook, MailServer() as mail:
        hook.status, hook.location = 302, hook.url
        mail.refuse["AUTH"] = f"535 not {PASSWORD}"
        threads = [threading.Thread(target=server.serve_forever, args=(0.02,)) for server in (hook, mail)]
        for thread in threads:
            thread.start()
        try:
            yield hook, mail
        finally:
            for server in (hook, mail):
                server.closing.set()
                server.shutdown()
            for thread in threads:
                thread.join()


def test_no_failure_writes_logs_or_says_a_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    haul = Haul()

    def attempted(do: Callable[[], object]) -> None:
        try:
            haul.add("results", repr(do()))
        except TokenLedgerError as error:
            haul.add("errors", f"{error!s} {error!r} {error.__dict__}")
            haul.add("tracebacks", "".join(traceback.format_exception(error)))

    with served(tmp_path / "data") as (settings, _, server), receivers() as (hook, mail):
        settings = replace(settings, allow_private_webhooks=True)
        quick = replace(operations.sync_options(clock), sleep=lambda _: None)
        since = NOW.date() - timedelta(days=2)
        for name in ("Main", "Staff"):
            operations.connect(settings, name=name, key=KEYS[name], since=since, clock=clock)
        with database(settings) as db:
            for name, content in channels(hook, mail).items():
                add_channel(db, Vault(settings), name, content, NOW)  # type: ignore[arg-type]
        faults = [fault for name in ("Main", "Staff") for fault in failures(KEYS[name])]
        for number, fault in enumerate(faults):
            server.faults[:] = [fault]
            if number % 5 == 0:  # each path in one way or another: a sync takes a while
                attempted(lambda: run_sync(settings, replace(quick, full=True)))
            if number % 20 == 0:
                attempted(lambda: operations.connect(settings, name="x", key=KEYS["Twin"], since=since))
                attempted(lambda: operations.change_key(settings, 1, KEYS["Main"]))
                attempted(lambda: list(examine(settings, clock)))
        server.faults.clear()
        with database(settings) as db:
            add_alert(db, Alert("sync:1", "sync", Phase.BEGUN, "A sync failed", "It did.", "sync", NOW))
        attempted(lambda: deliver.send_due(settings, clock))
        attempted(lambda: follow_up.try_channel(settings, "mail", clock))
        attempted(lambda: follow_up.try_channel(settings, "hook", clock))
        haul.add("addresses asked for", "\n".join(f"{told.path} {told.params}" for told in server.requests()))
        assert len(server.requests()) > 500 and len(haul.seen["errors"]) > 5
        finished(settings, haul, tmp_path)
    haul.add("log", caplog.text)
    haul.add("log", "\n".join(str(record.__dict__) for record in caplog.records))
    out, err = capfd.readouterr()
    haul.add("stdout", out)
    haul.add("stderr", err)
    secret = (settings.data_dir / "secret.key").read_text()
    assert haul.places(secret) == {"data/secret.key"}  # the search does find
    assert {word: haul.places(word) for word in (*KEYS.values(), PASSWORD, SIGNING, HOOK)} == {
        word: set() for word in (*KEYS.values(), PASSWORD, SIGNING, HOOK)
    }


def finished(settings: Settings, haul: Haul, folder: Path) -> None:
    """What is left on the disk, copies and exports too."""
    with database(settings) as db:  # while open: the write-ahead log is there too
        db.conn.execute("UPDATE meta SET value = value")
        haul.add_folder("data", settings.data_dir)
    operations.back_up(settings, folder / "copy.db")
    haul.add("backup", (folder / "copy.db").read_bytes())
    write_everything(settings, operations.open_ledger(settings, clock), folder / "export")
    haul.add_folder("export", folder / "export")
    connection = operations.connections(settings, "Main")[0]
    operations.record_service(settings, connection, folder / "recording", clock=clock, sleep=lambda _: None)
    haul.add_folder("recording", folder / "recording")


# The program as it runs


def frames(client: Client, page: str, cookie: str) -> bytes:
    """All that the websocket brings of a page, to the end of its script."""
    message = BackMsg()
    message.rerun_script.query_string = ""
    message.rerun_script.page_name = page
    address = client.program.url.replace("http://", "ws://")
    received = b""
    with open_socket(
        f"{address}{STREAM}",
        origin=client.program.url,  # type: ignore[arg-type]
        additional_headers={"Cookie": cookie},
        open_timeout=PATIENCE,
        max_size=None,
        proxy=None,
    ) as stream:
        stream.send(message.SerializeToString())
        while True:
            frame = stream.recv(timeout=PATIENCE)
            assert isinstance(frame, bytes)
            received += frame
            told = ForwardMsg.FromString(frame)
            ended = told.WhichOneof("type") == "script_finished"
            if ended and told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return received


PAGES = ("overview", "cost", "people", "keys", "alerts", "sync", "settings", "anomalies")


def limits_of(pid: int) -> str:
    return read_process(pid, "limits").decode()


def look_at_processes(program: Program, haul: Haul) -> list[int]:
    """Command lines and environments of all that runs for it, and whether a crash would leave a core."""
    pids = program.processes()
    for pid in pids:
        haul.add("command lines", read_process(pid, "cmdline"))
        haul.add("environments", read_process(pid, "environ"))
        (core,) = [line for line in limits_of(pid).splitlines() if line.startswith("Max core file size")]
        assert core.split()[4:6] == ["0", "0"], core
    return pids


def test_nothing_that_runs_shows_a_secret(tmp_path: Path) -> None:
    haul, simulator = Haul(), HeldSimulator()
    with (
        serve(simulator) as server,
        running(tmp_path, server.url, PLANTED=KEYS["Twin"]) as program,
    ):
        settings, client = program.settings, Client(program)
        since = (NOW.date() - timedelta(days=2)).isoformat()
        for name in ("Main", "Staff"):
            words = ["connect", "--name", name, "--since", since]
            haul.add("stdout", program.command(*words, typed=KEYS[name] + "\n"))
        cookie = client.cookie()
        taken = client.get("/?" + program.link.partition("?")[2])
        haul.add("where the link leads", taken.headers["location"] + taken.text)
        haul.add("html", client.get("/", Cookie=cookie).text)
        with simulator.holding("/cost_report"):
            haul.add("frames", frames(client, "overview", cookie))  # its opening starts a sync
            assert simulator.held.wait(PATIENCE)
            wait_until(lambda: len(program.processes()) > 1, "a worker is at work")
            assert len(look_at_processes(program, haul)) > 1
            server.faults.append(Fault(status=401, times=None, message=f"not {KEYS['Main']}"))
        wait_until(lambda: not program.syncing(), "the sync ends")
        for page in PAGES:
            haul.add("frames", frames(client, page, cookie))
        for command in (["status", "--json"], ["status", "--format", "prometheus"]):
            haul.add("stdout", program.command(*command))
        haul.add("app.log", program.log)
        haul.add_folder("data", settings.data_dir)
    assert len(b"".join(haul.seen["frames"])) > 50_000 and b"[API key]" in b"".join(haul.seen["frames"])
    token, value = program.link.rpartition("=")[2], cookie.rpartition("=")[2]
    own = {name: (settings.data_dir / name).read_bytes() for name in ("secret.key", "access.key")}
    places = {
        "keys": haul.places(KEYS["Main"]) | haul.places(KEYS["Staff"]),
        "referenced key": haul.places(KEYS["Twin"]),
        "link": haul.places(token),
        "cookie": haul.places(value) | haul.places(value.partition(".")[2]),
        **{name: haul.places(content) for name, content in own.items()},
    }
    assert places == {
        "keys": set(),
        "referenced key": {"environments"},
        "link": {"app.log"},
        "cookie": set(),
        "secret.key": {"data/secret.key"},
        "access.key": {"data/access.key"},
    }
