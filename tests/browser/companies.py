"""The simulated organizations of the browser tests: small, and at rest since some days ago.

So nothing they report changes while a test runs, whatever the hour.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from core.clock import utc_now
from core.demo.company import Organization
from core.demo.service import Request, Response, Simulator
from tests.support.custom import claude_ai_organization, platform_organization
from tests.support.patience import PATIENCE

SINCE = utc_now().date() - timedelta(days=45)
FIRST, END = SINCE + timedelta(days=5), SINCE + timedelta(days=42)
DAYS = [FIRST + timedelta(days=n) for n in range((END - FIRST).days)]


def platform(name: str = "Acme API") -> Organization:
    return platform_organization(name, users=1, api_keys=2, start=FIRST, end=END)


def staff(name: str = "Acme Staff") -> Organization:
    return claude_ai_organization(name, users=3, start=FIRST, end=END)


def cost_by_day(simulator: Simulator, organization: Organization) -> Counter[date]:
    """Micro-cents, straight from what happened."""
    return Counter({day: simulator.totals(organization.id, day).cost_microcents for day in DAYS})


class HeldSimulator(Simulator):
    """Keeps reports of days past ``older_than`` waiting until ``release`` is set: a sync stays half-way."""

    older_than = timedelta(days=35)

    def __init__(self, organizations: Iterable[Organization]) -> None:
        super().__init__(organizations)
        self.release = threading.Event()
        self.held = threading.Event()

    def handle(self, request: Request) -> Response:
        starting_at = dict(request.params).get("starting_at")
        if starting_at and datetime.fromisoformat(starting_at) < datetime.now(UTC) - self.older_than:
            self.held.set()
            self.release.wait(PATIENCE)
        return super().handle(request)
