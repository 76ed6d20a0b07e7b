"""Beta headers. Their dates change, so a setting can replace the date that this program knows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

BETA = "anthropic-beta"
NEWEST_HEADER = {BETA: "analytics-usage-cost-2026-08-24"}
"""Without it the newest reports of cost and usage are not served."""
SPEND_LIMITS_HEADER = {BETA: "spend-limit-reads-2026-09-26"}
"""Without it the list of the limits that are set is not served."""

_DATE = re.compile(r"-\d{4}-\d{2}-\d{2}$")


def with_betas(headers: Mapping[str, str], chosen: Sequence[str]) -> Mapping[str, str]:
    """The headers, each beta replaced by the chosen one of the same name, dates aside."""
    if BETA not in headers or not chosen:
        return headers
    by_name = {_DATE.sub("", beta): beta for beta in chosen}
    sent = (beta.strip() for beta in headers[BETA].split(","))
    return {**headers, BETA: ",".join(by_name.get(_DATE.sub("", beta), beta) for beta in sent)}
