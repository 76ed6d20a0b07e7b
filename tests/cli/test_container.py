"""What the image holds, run as the image runs it: another user, a read-only root, secrets in files.

A container is namespaces and mounts; these are the same, without Docker.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.settings import from_environment
from tests.cli.machine import ROOT, SINCE, HeldSimulator
from tests.cli.test_schedules import INSTALLED, Unit, need_systemd
from tests.support.organizations import organizations
from tests.support.patience import PATIENCE, wait_until
from tests.support.ports import held_port
from tests.support.server import AnthropicServer, serve

USER = 10001
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
KEY = organizations()["Main"].key

INSIDE = """
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /mnt
mkdir /mnt/python /mnt/app /mnt/data /mnt/tmp /mnt/secrets
mount --bind {python} /mnt/python
mount --bind {app} /mnt/app
mount --bind {data} /mnt/data
mount --bind {secrets} /mnt/secrets
mount -t tmpfs -o mode=1777,size=64m tmpfs /mnt/tmp
case {python} in {home}/*)
    mount -t tmpfs -o mode=755 tmpfs {home}
    mkdir -p {python}
    mount --bind /mnt/python {python} ;;
esac
mount -o remount,bind,ro /mnt/app
mount -o remount,ro /mnt
mount -o remount,bind,ro /
cd /mnt/app
exec setpriv --reuid {user} --regid {user} --clear-groups --no-new-privs --bounding-set=-all -- {command}
"""


@dataclass(frozen=True)
class Box:
    """A folder with what the image has, and how to run something in it."""

    folder: Path
    server: AnthropicServer
    port: int

    def command(self, *words: str) -> list[str]:
        script = INSIDE.format(
            python=shlex.quote(sys.base_prefix),
            home=shlex.quote(str(Path.home())),
            user=USER,
            command=shlex.join(["deploy/entry.sh", *words]),
            **{name: shlex.quote(str(self.folder / name)) for name in ("app", "data", "secrets")},
        )
        return ["unshare", "--mount", "sh", "-c", script]

    def environment(self, **variables: str) -> dict[str, str]:
        ours = {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": "/mnt/tmp",
            "TMPDIR": "/mnt/tmp",
            "TOKEN_LEDGER_DATA": "/mnt/data",
            "TOKEN_LEDGER_SECRET_KEY_FILE": "/mnt/secrets/secret_key",
            "TOKEN_LEDGER_ALLOW_ANONYMOUS": "1",
            "STREAMLIT_SERVER_PORT": str(self.port),
            "ANTHROPIC_BASE_URL": self.server.url,
        }
        return {**ours, **variables}

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*words),
            env=self.environment(**variables),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    @contextmanager
    def serving(self) -> Iterator[subprocess.Popen[bytes]]:
        with subprocess.Popen(
            self.command(), env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as app:
            try:
                yield app
            finally:
                app.terminate()


def copied() -> list[tuple[list[str], str]]:
    """What the image takes from this folder, and where to."""
    lines = re.findall(r"(?m)^COPY (?!--from)(.+)$", DOCKERFILE.partition("WORKDIR")[2])
    return [(words[:-1], words[-1]) for words in (line.split() for line in lines)]


def make_image(folder: Path) -> None:
    """The last RUN of the Dockerfile, on what somebody with the umask 077 has checked out."""
    for path in [folder / "app", *(folder / "app").rglob("*")]:
        path.chmod(path.stat().st_mode & 0o700)
    (folder / "data").rmdir()
    (line,) = re.findall(r"(?m)^RUN (/venv/bin/python .+)$", DOCKERFILE)
    here = {"/venv/bin/python": sys.executable, "/data": str(folder / "data")}
    for there, ours in here.items():
        line = line.replace(there, shlex.quote(ours))
    subprocess.run(["sh", "-euc", line], cwd=folder / "app", check=True)


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    if os.geteuid() or not shutil.which("unshare") or not shutil.which("setpriv"):
        pytest.skip("this user may not make mounts of its own")
    for name in ("app", "data", "secrets"):
        (tmp_path / name).mkdir()
    for sources, into in copied():
        for source in sources:
            target = tmp_path / "app" / into / ("" if (ROOT / source).is_dir() else Path(source).name)
            target.parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(ROOT / source, target)
    make_image(tmp_path)
    (tmp_path / "secrets" / "secret_key").write_text("a long random text\n")
    (tmp_path / "secrets" / "admin_key").write_text(f"{KEY}\n")
    with serve(HeldSimulator()) as server, held_port() as port:
        made = Box(tmp_path, server, port)
        if "mount" in (probe := made.run("--version")).stderr:
            pytest.skip(f"mounting is not permitted here: {probe.stderr.strip()}")
        yield made


def health(box: Box, **variables: str) -> int:
    (words,) = re.findall(r'(?m)^HEALTHCHECK .* CMD \["python", "(.*)"\]$', DOCKERFILE)
    return subprocess.run(
        [sys.executable, ROOT / words], env=box.environment(**variables), capture_output=True, check=False
    ).returncode


@pytest.mark.slow
def test_it_serves_and_syncs_as_another_user_on_a_read_only_root(box: Box) -> None:
    assert health(box) == 1
    connected = box.run(
        "connect", "--name", "Main", "--since", SINCE.isoformat(), "--key-from", "file:/mnt/secrets/admin_key"
    )
    assert (connected.returncode, connected.stderr) == (0, "")
    synced = box.run("sync", "--quiet")
    assert (synced.returncode, synced.stdout, synced.stderr) == (0, "", "")
    with box.serving() as app:
        wait_until(lambda: health(box) == 0 or app.poll() is not None, "it is healthy")
        assert app.poll() is None
        status = Path(f"/proc/{app.pid}/status").read_text()
        assert re.search(rf"(?m)^Uid:\s+{USER}\s+{USER}\s", status)
        assert re.search(r"(?m)^CapBnd:\s+0+$", status) and re.search(r"(?m)^NoNewPrivs:\s+1$", status)
        with urllib.request.urlopen(f"http://127.0.0.1:{box.port}/", timeout=PATIENCE) as page:
            assert b"Streamlit" in page.read()
        assert health(box, TOKEN_LEDGER_PUBLIC_URL="https://example.com/spend") == 1  # its path is another
    made = [path for path in (box.folder / "data").rglob("*") if path.name != ".gitkeep"]
    assert len(made) > 8 and {path.stat().st_uid for path in made} == {USER}
    assert not [path for path in made if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert not any(KEY.encode() in path.read_bytes() for path in made if path.is_file())
    assert not (box.folder / "data" / "secret.key").exists()


@pytest.mark.slow
def test_it_does_not_listen_for_others_without_being_told_who_lets_in(box: Box) -> None:
    done = box.run(TOKEN_LEDGER_ALLOW_ANONYMOUS="0")
    assert done.returncode == 2 and "does not listen on 0.0.0.0" in done.stderr


def test_the_secret_may_be_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("open sesame\n")
    named = {"TOKEN_LEDGER_SECRET_KEY_FILE": str(file)}
    assert from_environment(named).secret_key == "open sesame"
    assert from_environment({**named, "TOKEN_LEDGER_SECRET_KEY": "mine"}).secret_key == "mine"
    for content in (None, b" \n", b"\xff\xfe"):
        file.unlink() if content is None else file.write_bytes(content)
        with pytest.raises(ConfigurationError, match="cannot be read or is empty"):
            from_environment(named)


def test_the_image_and_the_compose_file_say_the_same_and_give_no_rights() -> None:
    assert f"USER {USER}:{USER}" in DOCKERFILE and f'user: "{USER}:{USER}"' in COMPOSE
    assert "--require-hashes -r /requirements.lock" in DOCKERFILE
    for line in ("read_only: true", "cap_drop: [ALL]", '"no-new-privileges:true"', '"127.0.0.1:8501:8501"'):
        assert line in COMPOSE
    ignored = (ROOT / ".dockerignore").read_text().split()
    sources = {source for words, _ in copied() for source in words}
    assert ignored[0] == "**" and {word[1:] for word in ignored if word[0] == "!"} == sources
    assert "sk-ant" not in DOCKERFILE + COMPOSE


# The unit for systemd


def unit() -> str:
    page = (ROOT / "docs" / "running-in-production.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```ini\n(.*?)```", page, re.DOTALL)
    return str(text)


@pytest.mark.slow
def test_systemd_accepts_the_unit_and_finds_it_hardened(tmp_path: Path) -> None:
    analyze = need_systemd()
    (tmp_path / "opt" / ".venv").mkdir(parents=True)
    (tmp_path / "opt" / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    file = tmp_path / "token-ledger.service"
    file.write_text(unit().replace(INSTALLED, str(tmp_path / "opt")))
    for words in (["verify", "--man=no"], ["security", "--offline=yes", "--threshold=40"]):
        done = subprocess.run(
            [analyze, *words, file], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, done.stdout[-400:] + done.stderr


@pytest.mark.slow
def test_the_command_of_the_unit_serves_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    service = Unit(unit())["Service"]
    words = service["ExecStart"].replace(f"{INSTALLED}/.venv/bin/python", sys.executable).split()
    with held_port() as port:
        ours = {"TOKEN_LEDGER_DATA": str(tmp_path / "data"), "STREAMLIT_SERVER_PORT": str(port)}
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **ours}
        with subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as app:
            assert app.stdout
            assert app.stdout.readline().startswith(f"Token Ledger: http://127.0.0.1:{port}/?token=".encode())
            app.terminate()
            assert app.wait(PATIENCE) in (0, -15)
