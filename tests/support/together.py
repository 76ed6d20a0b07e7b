"""Which tests one process runs, one after another, when ``pytest -n --dist loadgroup`` spreads the suite.

Known by where a test stands, not by a mark: with some versions of pytest the groups that pytest-xdist marks
are not kept together.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/browser/", "tests/faults/")
"""Two browsers on two cores would wait for each other; one process has to see all faults for their page."""


class InTheirPlaces(LoadScopeScheduling):
    """Each test goes to whoever is free, and those of one place to the same process, in their order."""

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in TOGETHER if nodeid.startswith(place)), nodeid)
