"""How long series have been without any amount, and how long they usually are."""

from __future__ import annotations

import numpy as np

from core.watch.baseline import Matrix, Places

_LOOK_BACK = 84


class Pauses:
    """Counts, a day at a time. An unknown day neither lengthens a pause nor ends it."""

    def __init__(self, values: Matrix) -> None:
        self.values = values
        self.length = np.zeros(values.shape[1], np.int64)
        """Days without any amount, up to and with the last one counted."""
        self._ended = np.zeros(values.shape, np.int64)

    def count(self, day: int) -> None:
        """Take a day into account."""
        used, nothing = self.values[day] > 0, self.values[day] == 0
        self._ended[day] = np.where(used, self.length, 0)
        self.length = np.where(used, 0, self.length + nothing)

    def longest(self, day: int) -> Places:
        """The longest pause that ended in the last twelve weeks."""
        longest: Places = self._ended[max(0, day - _LOOK_BACK) : day + 1].max(0)
        return longest
