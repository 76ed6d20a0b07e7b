"""What somebody does in the demo to be told: Anthropic's limits, a plan, a mail."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from typing import TYPE_CHECKING

from core.clock import utc_now
from tests.support.patience import wait_until
from tests.support.postbox import Postbox

if TYPE_CHECKING:
    from tests.browser.visitor import Visitor


def sees_anthropics_limits(visitor: Visitor) -> None:
    """On Plans those that are set, on People those of members."""
    page = visitor.page
    visitor.open("plans")
    limits = page.locator(".st-key-card-limits")
    visitor.expect(limits).to_contain_text("Anthropic's own limits")
    visitor.expect(limits.get_by_test_id("stDataFrame").first).to_be_visible()
    visitor.expect(page.locator(".tl-empty")).to_contain_text("No plan is made yet")
    visitor.follow("People")
    members = page.locator(".st-key-card-member-limits")
    visitor.expect(members).to_contain_text("Anthropic's limits of members")
    visitor.expect(members.get_by_test_id("stDataFrame").first).to_be_visible()


def lays_a_plan_on_the_chart_and_pins_it(visitor: Visitor) -> None:
    month = f"{utc_now():%Y-%m}"
    visitor.program.command("plans", "add", "All of it", "--amount", f"{month}=60000")
    page = visitor.page
    visitor.open("cost?range=month_to_date")
    visitor.choose("Plan", "Plan: All of it")
    visitor.wait_for_address("budget=")
    visitor.expect(page.locator(".st-key-card-chart")).to_contain_text("beside the plan “All of it”")
    visitor.wait_for_rest()
    visitor.button("Pin to dashboard").click()
    body = page.get_by_test_id("stPopoverBody")
    body.get_by_role("radio", name="Plan", exact=True).or_(body.get_by_text("Plan", exact=True)).first.click()
    body.get_by_role("button", name="Pin", exact=True).click()
    visitor.expect(page.get_by_text("dashboard “Finance”").first).to_be_visible()
    visitor.open("dashboards?board=finance")
    tile = page.locator(".tl-plan-tile")
    for words in ("Cost so far", "Budget", "$60,000", "Forecast", "Breaks"):
        visitor.expect(tile).to_contain_text(words)


def is_sent_a_mail_with_its_picture(visitor: Visitor, box: Postbox) -> None:
    """A channel is set up, tested, and a digest sent by it; the mail is opened as a mail program does."""
    page = visitor.page
    visitor.open("alerts")
    page.get_by_text("Add a channel", exact=True).click()
    for label, text in (
        ("Name of the channel", "Post"), ("Mail server", "127.0.0.1"), ("Port", str(box.port)),
        ("From", "ledger@acme.example"), ("To", "ann@acme.example"),
    ):  # fmt: skip
        page.get_by_role("textbox", name=label, exact=True).fill(text)
    visitor.choose("Encryption", "None (this machine only)")
    visitor.button("Add channel").click()
    channels = page.locator(".st-key-card-channels")
    visitor.expect(channels).to_contain_text(f"E-mail, 127.0.0.1:{box.port}")
    channels.get_by_role("button", name="Test", exact=True).click()
    wait_until(lambda: len(box.mails) == 1, "the test has arrived")
    assert box.mails[0]["subject"] == "Token Ledger: this channel works"
    visitor.program.command("digests", "add", "Weekly", "--weekday", "monday", "--channel", "Post")
    visitor.open("alerts")
    visitor.button("Send one now").click()
    wait_until(lambda: len(box.mails) == 2, "the digest has arrived")
    looks_at(visitor, box.mails[1])


def looks_at(visitor: Visitor, mail: EmailMessage) -> None:
    """Its HTML, with the picture that came in it, drawn by a browser that loads nothing from elsewhere."""
    html, (picture,) = (
        mail.get_body(("html",)),
        [p for p in mail.walk() if p.get_content_type() == "image/png"],
    )
    assert html
    png = base64.b64encode(picture.get_content()).decode()
    reader = visitor.context.new_page()
    asked: list[str] = []
    reader.on("request", lambda request: asked.append(request.url))
    reader.set_content(html.get_content().replace("cid:picture@token-ledger", f"data:image/png;base64,{png}"))
    drawn = reader.get_by_role("img")
    visitor.expect(drawn).to_be_visible()
    assert drawn.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 552
    colors = drawn.evaluate(
        "picture => { const canvas = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight);"
        " const pen = canvas.getContext('2d'); pen.drawImage(picture, 0, 0);"
        " const all = new Uint32Array(pen.getImageData(0, 0, canvas.width, canvas.height).data.buffer);"
        " return new Set(all).size }"
    )
    assert colors > 20, "bars in the colours of models, not an empty frame"
    assert all(url.startswith("data:") for url in asked), asked
    reader.close()
