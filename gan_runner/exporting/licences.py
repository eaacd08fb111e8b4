"""The licence that a card names, in the words of the hub."""

from __future__ import annotations

import re

from gan_runner.config.errors import ConfigError

KNOWN = (
    "apache-2.0", "mit", "openrail", "bigscience-openrail-m", "creativeml-openrail-m", "openrail++", "afl-3.0",
    "artistic-2.0", "bsl-1.0", "bsd", "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear", "c-uda", "cc", "cc0-1.0",
    "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0",
    "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0",
    "cc-by-nc-sa-4.0", "cdla-sharing-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0", "wtfpl", "ecl-2.0", "epl-1.0",
    "epl-2.0", "etalab-2.0", "eupl-1.1", "eupl-1.2", "agpl-3.0", "gfdl", "gpl", "gpl-2.0", "gpl-3.0", "lgpl",
    "lgpl-2.1", "lgpl-3.0", "isc", "lppl-1.3c", "ms-pl", "mpl-2.0", "odc-by", "odbl", "osl-3.0", "postgresql",
    "ofl-1.1", "ncsa", "unlicense", "zlib", "pddl", "unknown",
)  # fmt: skip
"""Identifiers that the hub takes (huggingface.co/docs/hub/repositories-licenses); any other is `other`, with a name."""
OPEN = "unknown"


def fields(licence: str | None) -> dict[str, str]:
    """The fields of a card's front matter. Raises ConfigError for what is no name."""
    if licence is None:
        return {"license": OPEN}
    name = re.sub(r"[^a-z0-9.+]+", "-", licence.strip().lower()).strip("-")
    if not name:
        raise ConfigError(f"license={licence!r} names none: give one, license=mit say, or leave it out")
    return {"license": name} if name in KNOWN else {"license": "other", "license_name": name}


def sentence(licence: str | None) -> str:
    """What a reader is told."""
    if fields(licence)["license"] == OPEN:
        return (
            "The licence is left open: whoever publishes these weights decides, and the licence of the data may decide "
            "with them."
        )
    return f"Published under: {licence}. The data that they were trained on has a licence of its own."
