"""What the pages of a window say beside their rows: days, watermark, how many there were."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from msgspec import UNSET

from core.api.pages import BucketPage
from core.sync.context import WindowContext
from core.sync.report import Page


class WindowTooLargeError(Exception):
    """The window has more pages than it may, or a page is larger than is read at once: ask for fewer days."""


@dataclass
class Received:
    """What the pages of a window said beside their rows. The watermark is the earliest of all pages.

    ``days``: for each question asked, the days it was answered for. ``tells`` is false where a watermark was
    null.
    """

    pages: int = 0
    days: dict[int, set[date]] = field(default_factory=dict)
    watermark_at: datetime | None = None
    tells: bool = True
    request_id: str | None = None

    @property
    def present(self) -> set[date]:
        """The days that every question was answered for."""
        return set.intersection(*self.days.values()) if self.days else set()

    def mark(self, page: Page) -> None:
        self.request_id = page.request_id or self.request_id
        if page.data_refreshed_at is None:
            self.tells = False
        elif page.data_refreshed_at is not UNSET:
            self.watermark_at = min(self.watermark_at or page.data_refreshed_at, page.data_refreshed_at)


def take_page(received: Received, page: Page, context: WindowContext) -> None:
    """Note what a page says.

    Raises:
        WindowTooLargeError: it is one page too many.
        IncompleteAnswerError, MalformedAnswerError: it holds a day twice, or is not what it must be.
    """
    received.pages += page.pages
    if context.most_pages and received.pages > context.most_pages:
        raise WindowTooLargeError
    received.mark(page)
    context.require_organization(page.organization_id, page.request_id)
    _note_days(received, page, context)
    context.set_aside(page)


def _note_days(received: Received, page: Page, context: WindowContext) -> None:
    days = received.days.setdefault(page.question, set())
    if not isinstance(page, BucketPage):
        days.update(context.period)  # a flat report says nothing of days without rows
        return
    for text, _ in context.days(page):
        day = date.fromisoformat(text)
        if day in days:
            raise context.incomplete(f"holds {day} twice", page.request_id)
        days.add(day)
