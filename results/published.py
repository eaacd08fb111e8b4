"""What papers report, from published.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

PUBLISHED = Path(__file__).with_name("published.yaml")
BESIDE = ("method", "runs", "source", "where", "rows")
"""Keys that are no figures."""


@cache
def read() -> dict[str, Any]:
    """The whole file, every value as it is printed: 3.40 stays 3.40."""
    return yaml.load(PUBLISHED.read_text("utf-8"), yaml.BaseLoader)


def tables() -> list[str]:
    """Their names."""
    return list(read()["tables"])


def table(name: str) -> tuple[list[str], list[list[str]]]:
    """Headings and rows: method, runs if they are known, each figure that one of the rows has, source."""
    rows = [group | row for group in read()["tables"][name] for row in group["rows"]]
    known = dict.fromkeys(key for row in rows for key in row)
    columns = [*(["runs"] if "runs" in known else []), *(key for key in known if key not in BESIDE)]
    cells = [[row["method"], *(row.get(column, "") for column in columns), cite(row)] for row in rows]
    return ["published", *columns, "source"], cells


def cite(row: dict[str, str]) -> str:
    """A link to a source, and the place in it."""
    source = read()["sources"][row["source"]]
    link = f"[{source['name']}]({source['link']})"
    return f"{link}, {row['where']}" if "where" in row else link
