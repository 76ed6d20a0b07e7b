"""Decoding: from many threads at once, and with text that is no text."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import msgspec
import pytest

from core.api.decoding import decode, decoder_of
from core.api.platform import fetch_users
from core.api.records import Organization, UsageRecord, User
from tests.api.fakes import URL, Script, ask, client, failure, ok
from tests.support.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
MARK = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("attempt", range(5))
def test_types_met_by_many_threads_at_once_do_not_crash_the_process(attempt: int) -> None:
    """On 0.2.0 three of four such processes died of a segmentation fault."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.api.first_met"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert int(done.stdout) > 50


def test_a_type_has_one_decoder() -> None:
    assert decoder_of(list[UsageRecord]) is decoder_of(list[UsageRecord])
    assert decoder_of(list[User]) is not decoder_of(list[Organization])


def test_nothing_else_of_the_program_decodes_a_type_that_may_be_new_to_it() -> None:
    for path in (ROOT / "core").rglob("*.py"):
        if path.name != "decoding.py":
            assert "type=" not in path.read_text(encoding="utf-8").partition("json.decode(")[2].split("\n")[0]


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (r"\ud800", MARK),
        (r"a\uD83Db", f"a{MARK}b"),
        (r"a\ude00\ud83db", f"a{MARK}{MARK}b"),
        (r"\ud83d\ud83d\ude00", f"{MARK}\N{GRINNING FACE}"),
        (r"\ud800\n\"\\", f'{MARK}\n"\\'),
        (r"\ud800 \\ud800 \\\ud800", f"{MARK} \\ud800 \\{MARK}"),
        (r"\ud800\u00e9", f"{MARK}\N{LATIN SMALL LETTER E WITH ACUTE}"),
    ],
)
def test_half_a_pair_becomes_a_mark_and_all_else_stays(sent: str, read: str) -> None:
    assert decode(f'{{"name": "{sent}"}}'.encode(), dict[str, str]) == {"name": read}


def test_half_a_pair_in_bytes_becomes_a_mark() -> None:
    name = "a\ud800b".encode(errors="surrogatepass")
    assert decode(b'{"name": "' + name + b'"}', dict[str, str]) == {"name": f"a{MARK}b"}


@pytest.mark.parametrize(
    "sent", [b'{"name": "\\ud8', b'{"name": "\xff"}', b'{"name": "\\ud800"', b"<html>", b""]
)
def test_what_is_not_json_is_still_an_error(sent: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        decode(sent, dict[str, str])


def test_what_was_not_promised_is_said_of_a_mended_answer_too() -> None:
    error, _ = failure(httpx.Response(200, content=rb'{"id": "\ud800", "name": 7}'))
    assert "`$.name`" in str(error)


def test_one_bad_name_does_not_lose_a_list() -> None:
    people = [{"id": "user_1", "name": "Ada"}, {"id": "user_2", "name": "B\ud800b"}]
    content = json.dumps({"data": people, "has_more": False}).encode()
    assert rb"\ud800" in content
    with client(Script(httpx.Response(200, content=content))) as api:
        (users,) = fetch_users(api)
    assert [user.name for user in users] == ["Ada", f"B{MARK}b"]


def test_a_part_left_as_it_came_is_mended_as_well() -> None:
    raw = msgspec.Raw(b'["a\xed\xa0\x80b"]')
    with client(Script(), base_url=URL) as api:
        assert api.decode(raw, list[str], at="$.data", request_id=None) == [f"a{MARK}b"]


def test_a_refusal_with_such_a_message_is_still_that_refusal() -> None:
    sent = httpx.Response(403, content=rb'{"error": {"message": "No \ud800."}, "request_id": "req_1"}')
    error, _ = failure(sent)
    assert f"No {MARK}." in str(error)


def test_a_name_with_a_whole_pair_is_untouched() -> None:
    sent = {"id": "org_1", "name": "\N{GRINNING FACE}"}
    assert ask(Script(ok(sent))).name == "\N{GRINNING FACE}"
