"""gan-doctor: what this machine and this installation can do, what is missing, and what will bite."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

from gan_runner.cli.groups import page_of_keys
from gan_runner.cli.printing import printable

PAGE = """
gan-doctor says what there is: versions, devices, memory, disks, where caches lie, which features lack a package, and
the command that installs it; then what is missing and what will bite. It changes nothing. Its exit code is 0 where all
that is needed works, else 1. Home folder and user name are left out, so that it can go into a report of a bug.

  gan-doctor                             for people
  gan-doctor json=true                   for programs, --json too
  gan-doctor outputs=/scratch/outputs    as with paths.outputs=/scratch/outputs of gan-train

Keys and their defaults (key=value on the command line):

{keys}
"""
OWN = ("json", "outputs", "data")


class Request(NamedTuple):
    """What the command line asks for."""

    json: bool = False
    outputs: str = "outputs"
    data: str = "data"

    @classmethod
    def of(cls, arguments: Sequence[str]) -> Request:
        """Raises ConfigError, one sentence that names the key."""
        from gan_runner.cli.asked import SWITCH, chosen, own_and_others
        from gan_runner.config.errors import ConfigError, nearest

        words = ["json=true" if argument == "--json" else argument for argument in arguments]
        given, others = own_and_others("doctor", words, OWN)
        for one in others:
            key, equals, _ = one.partition("=")
            raise ConfigError(
                f"unknown key {key}{nearest(key, OWN)}" if equals else f"{one!r} has no key: give key=value"
            )
        for key in ("outputs", "data"):
            if given.get(key) in ("", "null"):
                raise ConfigError(f"{key}= names no folder: give one, such as {key}={key}")
        return cls(chosen(given, "json", SWITCH, "false") == "true", **given)


def main() -> None:
    """The console script."""
    printable()
    if {"--help", "-h"} & set(sys.argv[1:]):
        print(PAGE.strip().replace("{keys}", page_of_keys("doctor")))
        return
    code = 0
    try:
        code = doctor(Request.of(sys.argv[1:]))
    except BrokenPipeError:  # whoever reads has seen enough; Python would complain when it closes
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, ValueError) as error:
        print(f"gan-doctor: {error}", file=sys.stderr, flush=True)
        sys.exit(1)
    sys.exit(code)


def _refuse_nowhere() -> None:
    """Raises FileNotFoundError where the working folder has been removed, from which all others count."""
    try:
        os.getcwd()
    except FileNotFoundError:
        raise FileNotFoundError("the working folder is not there any more: change into another one") from None


def doctor(request: Request) -> int:
    """Print what is found. The exit code."""
    from gan_runner.doctor.examination import examine
    from gan_runner.doctor.telling import as_json, lines

    _refuse_nowhere()
    found = examine(request.outputs, request.data)
    for line in [as_json(found)] if request.json else lines(found):
        print(line, flush=True)
    return 0 if found.works else 1


if __name__ == "__main__":
    main()
