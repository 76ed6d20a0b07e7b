"""Whether an organization is served the newest reports: asked at connect and at each sync, by one request.

A refusal is nobody's mistake: the legacy reports tell the same, as they did before.
"""

from __future__ import annotations

from core.api import newest
from core.api.client import Client
from core.dimensions import Origin
from core.errors import ApiError, NotServedError
from core.periods import Period
from core.store.learned import SERVED, SERVED_YES
from core.streams import newest_streams_of
from core.sync.grants import Grants


def told_of_newest(client: Client, day: Period) -> str | None:
    """``SERVED_YES``, or why they are not served; None where that could not be found out."""
    try:
        newest.require_served(client, day)
    except NotServedError as refusal:
        return refusal.reason.value
    except ApiError:
        return None
    return SERVED_YES


def are_newest_served(client: Client, grants: Grants, origin: Origin, day: Period) -> bool:
    """Whether to pull them. As before where it cannot be found out: what is wrong then shows itself."""
    stream = newest_streams_of(origin)[0].name
    told = told_of_newest(client, day)
    if told is None:
        return grants.text(stream, SERVED) == SERVED_YES
    grants.note(stream, SERVED, told)
    return told == SERVED_YES
