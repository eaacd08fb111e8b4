"""Two games side by side keep step: the one that is ahead waits for the other."""

from __future__ import annotations

from collections.abc import Mapping

AHEAD = 40
"""Batches that a game may be ahead before it waits."""


class Pace:
    """Who of several games waits for the slowest. A game that waits goes on once the slowest has caught up half."""

    def __init__(self) -> None:
        self.waiting: set[str] = set()

    def look(self, batches: Mapping[str, int]) -> set[str]:
        """The games that wait now; batches: how far each has played. One alone never waits."""
        slowest = min(batches.values(), default=0)
        lead = {name: count - slowest for name, count in batches.items()}
        if len(batches) < 2:
            self.waiting = set()
        else:
            self.waiting = {
                name for name, ahead in lead.items() if ahead > (AHEAD / 2 if name in self.waiting else AHEAD)
            }
        return self.waiting
