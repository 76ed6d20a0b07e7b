"""From the due time to the inbox: once, whatever dies, runs twice or comes late; and what arrives."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from core import follow_up, operations
from core.alerts.kinds import hook_content
from core.alerts.message import PICTURE_ID
from core.digests import sending
from core.errors import InputError
from core.settings import Settings
from core.store import outbox
from core.store.alert_files import list_files
from core.store.backup import back_up
from core.store.channels import ChannelContent, add_channel, delete_channel, list_channels
from core.store.connections import list_connections
from core.store.dashboards import TileLook, add_dashboard, add_text, add_tile, remove_dashboard, remove_view
from core.store.database import database
from core.store.digests import (
    Digest,
    DigestContent,
    DigestKind,
    Schedule,
    add_digest,
    change_digest,
    delete_digest,
    find_digest,
    list_digests,
    list_sent,
    switch_digest,
)
from core.store.outbox import Alert, Phase
from core.store.quiet_hours import QuietHours, set_quiet_hours
from core.store.saved_views import ViewContent, add_view
from core.store.secrets import Vault
from tests.support.organizations import World
from tests.support.postbox import Postbox
from tests.support.receivers import HookServer, running
from tests.ui import books

pytestmark = pytest.mark.slow
"""Each draws a picture."""

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MADE = datetime(2026, 11, 20, 12, tzinfo=UTC)
DUE = datetime(2026, 11, 23, 8, tzinfo=UTC)
DAILY = Schedule(None, 8, "UTC")
SIGNING = "planted-signing-secret-77"


def channel(settings: Settings, content: ChannelContent, name: str = "Mail") -> int:
    with database(settings) as db:
        return add_channel(db, Vault(settings), name, content, MADE).id


def digest(
    settings: Settings, channels: tuple[int, ...], schedule: Schedule = DAILY,
    kind: DigestKind = DigestKind.NUMBERS, target: int | None = None, name: str = "Morning",
) -> Digest:  # fmt: skip
    with database(settings) as db:
        return add_digest(db, name, DigestContent(kind, target, schedule, channels), MADE)


def run(settings: Settings, at: datetime = DUE) -> int:
    """What a sync and ``notify`` do about digests; returns how many messages went out."""
    sending.put_due(settings, lambda: at)
    return len(sending.send_due(settings, lambda: at))


def saved_view(settings: Settings, name: str = "Models", **params: list[str]) -> int:
    with database(settings) as db:
        given = {"measure": ["cost"], "by": ["model"], "range": ["last_7"], **params}
        content = ViewContent("cost", {key: values for key, values in given.items() if values})
        return add_view(db, name, content, MADE).id


def part(mail: EmailMessage, kind: str) -> EmailMessage:
    (only,) = [one for one in mail.walk() if one.get_content_type() == kind]
    return only


def text_of(mail: EmailMessage) -> str:
    """What a mail program without HTML shows."""
    content = part(mail, "text/plain").get_content()
    assert isinstance(content, str)
    return content.replace("\r\n", "\n")


class Seen(HTMLParser):
    """The texts of a mail, and what its elements refer to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def cents(settings: Settings, first: str, last: str) -> int:
    """What the raw reports say it cost, in micro-cents."""
    with database(settings) as db:
        rows = db.query(
            "SELECT day, amount_microcents AS n FROM platform_cost"
            " UNION ALL SELECT day, amount_microcents FROM claude_ai_cost"
        )
        return sum(row["n"] for row in rows if first <= row["day"] <= last)


def dollars(microcents: int) -> str:
    """To the cent."""
    return f"${microcents / 10**8:,.2f}"


# What arrives


def test_a_digest_arrives_with_the_numbers_of_the_raw_reports(settings: Settings, box: Postbox) -> None:
    digest(settings, (channel(settings, box.channel()),))
    assert run(settings) == 1
    (mail,) = box.mails
    now, before = cents(settings, "2026-11-22", "2026-11-22"), cents(settings, "2026-11-15", "2026-11-15")
    assert now != before
    text = text_of(mail)
    change = round(now / 10**6) - round(before / 10**6)
    sign = "+" if change > 0 else "−"
    assert f"Cost: {dollars(now)}, {sign}${abs(change) / 100:,.2f}" in text
    assert mail["subject"].startswith(f"Token Ledger: Morning: {dollars(now)} on Nov 22, 2026")
    assert "Compared with Nov 15, 2026" in text
    month = cents(settings, "2026-11-01", "2026-11-22")
    (so_far,) = re.findall(r"November so far: \$([\d,.]+), 22 of 30 days", text)
    assert abs(float(so_far.replace(",", "")) - month / 10**8) < 1
    assert "https://ledger.example.com/cost?by=model&from=2026-11-22&to=2026-11-23" in text
    html = Seen(part(mail, "text/html").get_content())
    assert dollars(now) in html.texts
    assert ("a", "https://ledger.example.com/cost?by=model&from=2026-11-22&to=2026-11-23") in [
        (tag, given.get("href")) for tag, given in html.elements
    ]


def test_models_as_printed_add_up_to_the_cost(settings: Settings, box: Postbox) -> None:
    digest(settings, (channel(settings, box.channel()),), Schedule(0, 8, "UTC"))
    run(settings)
    text = text_of(box.mails[0])
    lines = text.partition("COST BY MODEL\n")[2].partition("\n\n")[0].splitlines()
    parts = [float(line.rpartition("$")[2].replace(",", "")) for line in lines]
    (cost,) = re.findall(r"^Cost: \$([\d,.]+\d)", text, re.MULTILINE)
    assert len(parts) >= 3
    assert round(sum(parts), 2) == float(cost.replace(",", ""))
    assert float(cost.replace(",", "")) == round(cents(settings, "2026-11-16", "2026-11-22") / 10**8, 2)


def test_the_picture_is_one_that_mail_programs_show(settings: Settings, box: Postbox) -> None:
    digest(settings, (channel(settings, box.channel()),))
    run(settings)
    (mail,) = box.mails
    assert mail.get_content_type() == "multipart/alternative"
    plain, related = mail.iter_parts()
    assert (plain.get_content_type(), related.get_content_type()) == ("text/plain", "multipart/related")
    assert related.get_param("type") == "text/html"
    picture = part(mail, "image/png")
    assert picture["content-id"] == f"<{PICTURE_ID}>"
    assert picture.get_content_disposition() == "inline"
    ((_, shown),) = [e for e in Seen(part(mail, "text/html").get_content()).elements if e[0] == "img"]
    assert shown["src"] == f"cid:{PICTURE_ID}" and "Cost by day and model" in (shown["alt"] or "")
    image = Image.open(io.BytesIO(picture.get_content())).convert("RGB")
    assert 900 < image.width < 1300 and 350 < image.height < 700
    colors = {color: count for count, color in image.getcolors(maxcolors=1 << 24)}
    assert colors[255, 255, 255] > 0.2 * image.width * image.height
    bars = [color for color, count in colors.items() if count > 2_000 and max(color) - min(color) > 60]
    assert len(bars) >= 3, "a bar of each model"


def test_names_are_text_everywhere(settings: Settings, box: Postbox) -> None:
    """A workspace of the books is called like a formula, with tags and Markdown."""
    view = saved_view(settings, "<img src=x> & *co*", by=["workspace"])
    digest(
        settings, (channel(settings, box.channel()),), kind=DigestKind.VIEW, target=view, name="<b>Ann</b>"
    )
    run(settings)
    (mail,) = box.mails
    html = Seen(part(mail, "text/html").get_content())
    assert {tag for tag, _ in html.elements} <= {
        "html", "head", "meta", "title", "body", "table", "tr", "td", "div", "h1", "h2", "p", "img", "span",
        "a",
    }  # fmt: skip
    assert "<b>Ann</b>" in html.texts and books.NASTY in html.texts
    assert len([tag for tag, _ in html.elements if tag == "img"]) == 1
    assert "<b>Ann</b>" in mail["subject"]


def test_nothing_in_a_mail_is_loaded_from_elsewhere(settings: Settings, box: Postbox) -> None:
    digest(settings, (channel(settings, box.channel()),))
    run(settings)
    html = part(box.mails[0], "text/html").get_content()
    addresses = set(re.findall(r"(?:src|href)=\"([^\"]*)\"|url\(([^)]*)\)", html))
    assert {one[:4] for one, _ in addresses} == {"cid:", "http"}
    assert [one for one, _ in addresses if one.startswith("http")] == [
        one for one, _ in addresses if one.startswith("https://ledger.example.com/")
    ]


def test_a_view_comes_with_its_file_and_a_dashboard_with_all(settings: Settings, box: Postbox) -> None:
    mail_id = channel(settings, box.channel())
    views = [saved_view(settings, f"View {n}", range=[name]) for n, name in enumerate(("last_7", "last_30"))]
    with database(settings) as db:
        board = add_dashboard(db, "Board")
        for view in (*views, views[0]):
            add_tile(db, board.id, view, TileLook("chart", "half", "small", "shared", ""))
        add_text(db, board.id, "Read this", TileLook("text", "half", "small", "shared", ""))
    digest(settings, (mail_id,), kind=DigestKind.VIEW, target=views[0], name="One")
    digest(settings, (mail_id,), kind=DigestKind.DASHBOARD, target=board.id, name="All")
    assert run(settings) == 2
    by_subject = {mail["subject"].split(": ")[1]: mail for mail in box.mails}
    (alone,) = by_subject["One"].iter_attachments()
    assert alone.get_filename() == "token-ledger_cost-list_cost-tokens_by-day-model_2026-11-17_2026-11-23.csv"
    content = alone.get_payload(decode=True)
    assert isinstance(content, bytes) and content.startswith(b"\xef\xbb\xbfday,model,cost_usd,")
    together = {
        one.get_filename(): one.get_payload(decode=True) for one in by_subject["All"].iter_attachments()
    }
    assert len(together) == 2 and together[alone.get_filename()] == content
    text = text_of(by_subject["All"])
    assert "View 0: $" in text and "View 1: $" in text
    assert "https://ledger.example.com/dashboards?board=" in text


def test_without_its_own_address_a_mail_says_where_to_look(settings: Settings, box: Postbox) -> None:
    digest(settings, (channel(settings, box.channel()),), kind=DigestKind.VIEW, target=saved_view(settings))
    run(replace(settings, public_url=None))
    text = text_of(box.mails[0])
    assert "Look at it in Token Ledger under Saved views, “Models”." in text
    assert "http" not in text
    html = Seen(part(box.mails[0], "text/html").get_content())
    assert not [tag for tag, _ in html.elements if tag == "a"]


def test_chats_get_the_text_and_a_link(settings: Settings) -> None:
    with running(HookServer()) as slack, running(HookServer()) as own:
        channels = (
            channel(settings, hook_content("slack", slack.url), "Chat"),
            channel(settings, hook_content("webhook", own.url, SIGNING), "Own"),
        )
        digest(settings, channels)
        assert run(settings) == 2
    said = json.loads(slack.posts[0][2])["text"]
    cost = dollars(cents(settings, "2026-11-22", "2026-11-22"))
    assert f"Cost: {cost}" in said and "<" not in said
    assert said.endswith("https://ledger.example.com/cost?by=model&from=2026-11-22&to=2026-11-23")
    told = json.loads(own.posts[0][2])
    assert told["rule"] == "digest" and told["link"].startswith("https://ledger.example.com/cost")
    assert f"Cost: {cost}" in told["text"]


# When, and how often


def test_it_is_sent_once_for_each_due_time(settings: Settings, box: Postbox) -> None:
    digest(settings, (channel(settings, box.channel()),))
    assert run(settings, DUE - MINUTE) == 1, "of the day before, when it was not run"
    assert run(settings, DUE - MINUTE) == 0
    assert [run(settings, at) for at in (DUE, DUE, DUE + MINUTE, DUE + HOUR)] == [1, 0, 0, 0]
    assert len(box.mails) == 2


def test_of_many_missed_times_only_the_last_is_sent(settings: Settings, box: Postbox) -> None:
    made = digest(settings, (channel(settings, box.channel()),))
    with database(settings) as db:
        switch_digest(db, made.id, is_on=True, at=DUE - 10 * DAY)
    assert run(settings, DUE) == 1
    assert "Nov 22, 2026" in box.mails[0]["subject"]
    assert run(settings, DUE + HOUR) == 0


def test_a_new_one_and_one_that_goes_on_send_nothing_of_before(settings: Settings, box: Postbox) -> None:
    made = digest(settings, (channel(settings, box.channel()),))
    with database(settings) as db:
        switch_digest(db, made.id, is_on=False, at=MADE)
    assert run(settings, DUE) == 0
    with database(settings) as db:
        switch_digest(db, made.id, is_on=True, at=DUE + HOUR)
    assert run(settings, DUE + HOUR) == 0


def test_four_at_once_send_one_mail(settings: Settings, box: Postbox) -> None:
    digest(settings, (channel(settings, box.channel()),))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: run(settings), range(4)))
    assert len(box.mails) == 1


_KILLED = """
import os, signal
from datetime import datetime
from core import follow_up
from core.alerts import deliver
from core.digests import book
from core.settings import from_environment
def die(*_): os.kill(os.getpid(), signal.SIGKILL)
{where} = die
follow_up.notify(from_environment(), lambda: datetime.fromisoformat("{now}"))
"""


@pytest.mark.parametrize(
    ("where", "arrived_before", "arrived_after"),
    [("book.take_due", 0, 1), ("deliver.deliver", 0, 1), ("deliver.outbox.mark_sent", 1, 2)],
)
def test_who_is_killed_sends_it_twice_rather_than_never(
    settings: Settings, box: Postbox, where: str, arrived_before: int, arrived_after: int
) -> None:
    """Before it is in the outbox, before it is sent, and before it is noted that it was."""
    digest(settings, (channel(settings, box.channel()),))
    environment = {**os.environ, "TOKEN_LEDGER_DATA": str(settings.data_dir)}
    script = _KILLED.format(where=where, now=DUE.isoformat())
    ended = subprocess.run([sys.executable, "-c", script], env=environment, check=False)
    assert ended.returncode == -signal.SIGKILL and len(box.mails) == arrived_before
    for minutes in (1, 6, 7, 60):
        run(settings, DUE + minutes * MINUTE)
    assert len(box.mails) == arrived_after
    assert len({mail["message-id"] for mail in box.mails}) == 1


def test_a_server_that_is_down_gets_the_same_mail_later(settings: Settings, box: Postbox) -> None:
    digest(settings, (channel(settings, box.channel()),))
    box.refuses = "451 later"
    run(settings)
    box.refuses = ""
    with database(settings) as db:
        ((alert, (message,)),) = list_sent(db, MADE)
        files = list_files(db, alert.id)
    assert "451" in message.last_error and len(files) == 2
    assert run(settings, DUE + 2 * MINUTE) == 1
    assert part(box.mails[0], "image/png").get_content() == files[1].content
    run(settings, DUE + 3 * MINUTE)
    with database(settings) as db:
        assert list_files(db, alert.id) == (), "nobody waits for them any more"
        ((_, (message,)),) = list_sent(db, MADE)
    assert (message.state, message.last_error) == ("sent", "")


# Days that are not known


NEXT = DUE + DAY
"""Of November 23 nobody knows all: the reports reach its morning."""


def test_it_waits_for_its_days_and_then_says_what_is_missing(settings: Settings, box: Postbox) -> None:
    made = digest(settings, (channel(settings, box.channel()),))
    run(settings, DUE)
    assert [run(settings, NEXT + hours * HOUR) for hours in (0, 6, 11)] == [0, 0, 0]
    assert run(settings, NEXT + 12 * HOUR) == 1
    assert run(settings, NEXT + 13 * HOUR) == 0
    text = text_of(box.mails[1])
    assert "Cost: –" in text and "sums are not compared" in text
    lacking = text.partition("NOT KNOWN YET, OR NOT COMPLETE\n")[2].partition("\n\n")[0]
    assert "- Engineering: Nov 23, 2026" in lacking and "- Everyone: Nov 23, 2026" in lacking
    assert f"Outside of all numbers: {dollars(cents(settings, '2026-11-23', '2026-11-23'))}" in lacking
    with database(settings) as db:
        assert find_digest(db, made.name).done_until == NEXT


def test_it_goes_as_soon_as_its_days_are_known(settings: Settings, box: Postbox) -> None:
    digest(settings, (channel(settings, box.channel()),))
    run(settings, DUE)
    assert run(settings, NEXT + HOUR) == 0
    with database(settings) as db:
        db.execute("UPDATE coverage SET fetched_at = '2026-11-24T09:00:00Z', watermark_at = NULL")
    assert run(settings, NEXT + 2 * HOUR) == 1
    cost = dollars(cents(settings, "2026-11-23", "2026-11-23"))
    assert f"Cost: {cost}" in text_of(box.mails[1])


def test_a_view_waits_too_and_one_of_old_days_does_not(settings: Settings, box: Postbox) -> None:
    mail_id = channel(settings, box.channel())
    digest(settings, (mail_id,), kind=DigestKind.VIEW, target=saved_view(settings), name="Young")
    old = saved_view(settings, "September", range=[], **{"from": ["2026-09-01"], "to": ["2026-10-01"]})
    digest(settings, (mail_id,), kind=DigestKind.VIEW, target=old, name="Old")
    run(settings, DUE)
    box.mails.clear()
    assert run(settings, NEXT) == 1
    assert ": Old: " in box.mails[0]["subject"]
    assert run(settings, NEXT + 12 * HOUR) == 1


# What is gone, and what is nothing


def test_what_was_deleted_is_said_and_nothing_sent(settings: Settings, box: Postbox) -> None:
    mail_id, view = channel(settings, box.channel()), saved_view(settings)
    with database(settings) as db:
        board = add_dashboard(db, "Board")
    digest(settings, (mail_id,), kind=DigestKind.VIEW, target=view, name="One")
    digest(settings, (mail_id,), kind=DigestKind.DASHBOARD, target=board.id, name="All")
    run(settings)
    with database(settings) as db:
        problems = {one.name: one.problem for one in list_digests(db)}
        assert problems["One"] == "" and "no tile with a view" in problems["All"]
        remove_view(db, view)
        remove_dashboard(db, board.id)
    run(settings, NEXT)
    with database(settings) as db:
        digests = list_digests(db)
    assert all(one.lost_target and "was deleted" in one.problem for one in digests)
    assert len(box.mails) == 1


def test_without_a_connection_there_is_nothing_to_tell(tmp_path: Path, box: Postbox) -> None:
    empty = Settings(tmp_path)
    digest(empty, (channel(empty, box.channel()),))
    assert run(empty) == 0
    with pytest.raises(InputError, match="Nothing is connected"):
        follow_up.send_digest(empty, "Morning", lambda: DUE)


def test_one_whose_channels_are_gone_sends_nothing_to_others(settings: Settings, box: Postbox) -> None:
    mail_id = channel(settings, box.channel())
    digest(settings, (mail_id,))
    with database(settings) as db:
        delete_channel(db, mail_id)
    channel(settings, box.channel(), "Another")
    assert run(settings) == 0
    with pytest.raises(InputError, match="channels of “Morning” were deleted"):
        follow_up.send_digest(settings, "Morning", lambda: DUE)
    assert box.mails == []


def test_only_the_chosen_channels_carry_it(settings: Settings, box: Postbox) -> None:
    with running(HookServer()) as other:
        channel(settings, hook_content("slack", other.url), "Chat")
        digest(settings, (channel(settings, box.channel()),))
        run(settings)
        assert (len(box.mails), other.posts) == (1, [])


def test_what_is_no_digest_is_refused(settings: Settings, box: Postbox) -> None:
    mail_id = channel(settings, box.channel())
    with pytest.raises(InputError, match="No channel is chosen"):
        digest(settings, ())
    digest(settings, (mail_id,))
    for name, says in (("morning", "already used"), (" ", "is empty"), ("x" * 101, "longer than")):
        with pytest.raises(InputError, match=says):
            digest(settings, (mail_id,), name=name)
    with database(settings) as db, pytest.raises(InputError, match="There are: “Morning”"):
        find_digest(db, "Evening")


def test_send_now_does_not_touch_the_schedule(settings: Settings, box: Postbox) -> None:
    made = digest(settings, (channel(settings, box.channel()),))
    (outcome,) = follow_up.send_digest(settings, "MORNING", lambda: DUE - HOUR)
    assert (outcome.channel, outcome.problem) == ("Mail", "")
    with database(settings) as db:
        assert find_digest(db, "Morning").done_until == made.done_until
        delete_digest(db, made.id)
        assert [alert.subject for alert, _ in list_sent(db, MADE)] == [
            box.mails[0]["subject"].removeprefix("Token Ledger: ")
        ]
    assert run(settings) == 0


def test_a_removed_connection_takes_what_was_sent_of_it(settings: Settings, box: Postbox) -> None:
    digest(settings, (channel(settings, box.channel()),))
    box.refuses = "451 later"
    run(settings)
    with database(settings) as db:
        ((alert, _),) = list_sent(db, MADE)
        outbox.forget_connection(db, list_connections(db)[0].id)
        assert list_sent(db, MADE) == [] and list_files(db, alert.id) == ()


def test_a_copy_holds_the_digests(settings: Settings, box: Postbox, tmp_path: Path) -> None:
    digest(settings, (channel(settings, box.channel()),))
    (tmp_path / "out").mkdir()
    back_up(settings, tmp_path / "out" / "copy.db", with_secrets=False)
    elsewhere = Settings(tmp_path / "elsewhere")
    operations.restore(elsewhere, tmp_path / "out" / "copy.db")
    with database(elsewhere) as db:
        assert [one.name for one in list_digests(db)] == ["Morning"]
        assert [one.name for one in list_channels(db)] == ["Mail"]


def test_a_sync_sends_what_is_due(synced: World, box: Postbox) -> None:
    at = DUE + 13 * HOUR
    settings, simulator, _ = synced
    simulator.clock = lambda: at
    digest(settings, (channel(settings, box.channel()),))
    assert operations.sync(settings, clock=lambda: at).outcome == "ok"
    assert len(box.mails) == 1
    assert operations.sync(settings, clock=lambda: at + HOUR).outcome == "ok"
    assert len(box.mails) == 1


def test_a_changed_one_is_sent_at_its_new_time_by_its_new_channels(settings: Settings, box: Postbox) -> None:
    with running(HookServer()) as chat:
        mail_id = channel(settings, box.channel())
        chat_id = channel(settings, hook_content("slack", chat.url), "Chat")
        made = digest(settings, (mail_id,))
        later = DigestContent(DigestKind.NUMBERS, None, Schedule(None, 12, "UTC"), (chat_id,))
        with database(settings) as db:
            changed = change_digest(db, made.id, "Noon", later, DUE - HOUR)
        assert (changed.id, changed.name, changed.content) == (made.id, "Noon", later)
        assert [run(settings, DUE + hours * HOUR) for hours in (0, 3)] == [0, 0]
        assert [run(settings, DUE + hours * HOUR) for hours in (4, 5)] == [1, 0]
        assert (len(chat.posts), box.mails) == (1, [])


def test_a_change_that_cannot_be_leaves_it_as_it_was(settings: Settings, box: Postbox) -> None:
    mail_id = channel(settings, box.channel())
    made, other = digest(settings, (mail_id,)), digest(settings, (mail_id,), name="Other")
    for name, content, says in (
        ("other", made.content, "already used"),
        ("Morning", replace(made.content, channels=()), "No channel is chosen"),
    ):
        with database(settings) as db, pytest.raises(InputError, match=says):
            change_digest(db, made.id, name, content, DUE)
    with database(settings) as db, pytest.raises(InputError, match="no longer exists"):
        change_digest(db, 77, "New", made.content, DUE)
    with database(settings) as db:
        assert list_digests(db) == [made, other]


def test_a_name_that_is_another_ones_id_is_a_name(settings: Settings, box: Postbox) -> None:
    mail_id = channel(settings, box.channel())
    first, second = digest(settings, (mail_id,)), digest(settings, (mail_id,), name="1")
    with database(settings) as db:
        assert (first.id, find_digest(db, "1"), find_digest(db, "2")) == (1, second, second)


def test_quiet_hours_do_not_hold_a_digest_back(settings: Settings, box: Postbox) -> None:
    digest(settings, (channel(settings, box.channel()),))
    with database(settings) as db:
        set_quiet_hours(db, QuietHours("06:00", "10:00", "UTC"))
        outbox.add_alert(db, Alert("amount:1", "amount", Phase.BEGUN, "Too much", "It is.", "cost", DUE))
    assert run(settings, DUE) == 1
    assert "Morning" in box.mails[0]["subject"]
    assert run(settings, DUE + 3 * HOUR) == 1
