"""What is told of a case: a row of the table."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

OK, FAILED, SKIPPED, LIMITED = "ok", "failed", "skipped", "limited"
"""LIMITED: torch itself says that it cannot be on this device."""
NO_TIME = "no time left"
LONGEST = 600
"""Characters of what is told of a case."""


class Row(NamedTuple):
    """How a case of a part came out, and what was found."""

    part: str
    case: str
    verdict: str
    found: str
    seconds: float = 0.0
    """That the case took."""


class Table:
    """A Markdown table that is printed as it grows, and kept in a file too where one is asked for."""

    def __init__(self, output: Path | None) -> None:
        self.output = output
        self.rows: list[Row] = []
        self._lines: list[str] = []

    def begin(self, machine: str) -> None:
        """Title and head; once."""
        if not self._lines:
            self.tell(
                f"{machine}\n\n| part | case | played on | verdict | found | seconds |\n|---|---|---|---|---|---|"
            )

    def add(self, row: Row, device: str) -> None:
        self.rows.append(row)
        found = " ".join(row.found.replace("|", "/").split())
        short = found if len(found) <= LONGEST else found[: LONGEST - 1] + "…"
        self.tell(f"| {row.part} | {row.case} | {device} | {row.verdict} | {short} | {row.seconds:.1f} |")

    def tell(self, text: str) -> None:
        """Print; what came so far is in the file at once, since a machine may be taken away."""
        print(text, flush=True)
        self._lines.append(text)
        if self.output is not None:
            self.output.write_text("\n".join([*self._lines, ""]), encoding="utf-8")

    def count(self, verdict: str) -> int:
        return sum(row.verdict == verdict for row in self.rows)
