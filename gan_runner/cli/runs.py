"""gan-runs: which runs there are, and away with those that are asked for."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from gan_runner.cli.groups import page_of_keys
from gan_runner.cli.printing import printable

if TYPE_CHECKING:
    from gan_runner.runs.listing import Listed

PAGE = """
gan-runs lists the runs and sweeps below outputs/: how each ended, how many batches it has played, the figure that tells
most of it, when it began and how large it is on the disk.

  gan-runs                                  all of them, the newest first
  gan-runs minimax                          those with a part in their names
  gan-runs model=vanilla data=ring          by what was chosen, or by any key=value of their commands
  gan-runs state=failed                     finished, playing, stopped, failed, 'ended early' or empty
  gan-runs sort=figure                      the best first
  gan-runs remove=state=failed              lists what would go: nothing is removed yet
  gan-runs remove=state=failed yes=true     removes it; a run that plays is never removed

Keys and their defaults (key=value on the command line; other keys choose runs):

{keys}

The names in the first column are what run=, resume= and init_from= of the other commands take, parts of them too:
gan-sample run=minimax output=samples.png draws from the newest run with that in its name, run=last from the newest of
all.
"""
OWN = ("sort", "remove", "yes", "outputs")


class Request(NamedTuple):
    """What the command line asks for."""

    filters: tuple[str, ...] = ()
    sort: str = "age"
    remove: str | None = None
    yes: bool = False
    outputs: str = "outputs"

    @classmethod
    def of(cls, arguments: Sequence[str]) -> Request:
        """Raises ConfigError, one sentence that names the key."""
        from gan_runner.cli.asked import SWITCH, chosen, own_and_others
        from gan_runner.config.errors import ConfigError

        given, filters = own_and_others("runs", arguments, OWN)
        for key, value in given.items():
            if not value:
                raise ConfigError(f"{key}= has no value: give one, or leave {key} out")
        yes = chosen(given, "yes", SWITCH, "false")
        if yes == "true" and "remove" not in given:
            raise ConfigError("yes=true is for remove=…: say which runs shall go")
        remove = given.pop("remove", None)
        return cls(tuple(filters), remove=None if remove == "null" else remove, yes=yes == "true", **given)


def main() -> None:
    """The console script."""
    printable()
    if {"--help", "-h"} & set(sys.argv[1:]):
        print(PAGE.strip().replace("{keys}", page_of_keys("runs")))
        return
    try:
        for line in runs(Request.of(sys.argv[1:])):
            print(line, flush=True)
    except BrokenPipeError:  # whoever reads has seen enough; Python would complain when it closes
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, ValueError) as error:
        print(f"gan-runs: {error}", file=sys.stderr, flush=True)
        sys.exit(1)


def runs(request: Request) -> Iterator[str]:
    """Do what is asked for; the lines to print."""
    from gan_runner.files import expanded
    from gan_runner.runs import listing

    outputs = expanded(request.outputs)
    known = listing.listed(outputs)
    if not known:
        yield f"No run lies below {outputs}: gan-train begins one"
        return
    shown = listing.ordered(listing.chosen(known, request.filters), request.sort)
    if request.remove is not None:
        yield from _removal(request, listing.chosen(shown, [request.remove]), known)
        return
    if not shown:
        yield f"None of {len(known)} run(s) below {outputs} is {' '.join(request.filters)}"
        return
    yield from listing.table(shown, time.time())
    yield f"\n{len(shown)} run(s), {listing.in_bytes(sum(run.size for run in shown))}"


def _removal(request: Request, asked: Sequence[Listed], known: Sequence[Listed]) -> Iterator[str]:
    """List the runs that go, and remove them where that is confirmed."""
    from gan_runner.runs import listing

    going = [run for run in asked if not run.is_playing]
    for run in asked:
        if run.is_playing:
            yield f"{run.name} is being played, and stays"
    if not going:
        yield f"Nothing to remove: no other run is {' '.join([*request.filters, str(request.remove)])}"
        return
    size = listing.in_bytes(sum(run.size for run in going))
    yield from listing.table(going, time.time())
    for run in listing.needed_by(going, known):
        yield f"{run.name} has its figures from one of these, and no weights of its own"
    if request.yes:
        gone = listing.remove(going)
        yield f"\nRemoved {len(gone)} run(s), {size}"
    else:
        yield f"\nWould remove {len(going)} run(s), {size}. Nothing is removed yet: yes=true does it"


if __name__ == "__main__":
    main()
