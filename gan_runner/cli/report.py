"""gan-report: the page of a run or a sweep to hand in."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gan_runner.cli.groups import page_of_keys
from gan_runner.cli.printing import printable

PAGE = """
gan-report writes a page about a run or a sweep: one file that any browser opens from disk, without a network. Every run
leaves one at its end (report.html in its folder), and so does every sweep.

  gan-report run=last                               anew, in the run's folder
  gan-report run=dcgan-digits output=report.html    to hand in
  gan-report run=minimax lang=es output=informe.html
  gan-report sweep=last output=sweep.html           of a sweep: a table, dots for each seed, samples side by side
  gan-report outputs/runs/vanilla-ring              a folder: of a run, of a sweep, or that of several runs, the newest

Keys and their defaults (key=value on the command line):

{keys}
"""
OWN = ("run", "sweep", "output", "lang", "overwrite", "outputs")
NOTHING = ("", "null")


class Request(NamedTuple):
    """What the command line asks for; of run, sweep and folder one is given."""

    run: str | None = None
    sweep: str | None = None
    folder: str | None = None
    output: str | None = None
    lang: str = "en"
    overwrite: bool = False
    outputs: str = "outputs"

    @classmethod
    def of(cls, arguments: Sequence[str]) -> Request:
        """Raises ConfigError, one sentence that names the key."""
        from gan_runner.cli.asked import SWITCH, chosen, own_and_others
        from gan_runner.config.errors import ConfigError, nearest
        from gan_runner.strings.reading import LANGUAGES

        told, folders = own_and_others("report", arguments, OWN)
        for one in folders:
            key, equals, _ = one.partition("=")
            if equals and "/" not in key:
                raise ConfigError(f"unknown key {key}{nearest(key, OWN)}")
        given = {key: value for key, value in told.items() if value not in NOTHING}
        if len(folders) + ("run" in given) + ("sweep" in given) != 1:
            raise ConfigError("give one of run=<run>, sweep=<sweep> and <folder>: a run or a sweep to tell of")
        given["lang"] = chosen(given, "lang", LANGUAGES, "en")
        overwrite = chosen(given, "overwrite", SWITCH, "false")
        return cls(**given, folder=folders[0] if folders else None, overwrite=overwrite == "true")


def main() -> None:
    """The console script."""
    printable()
    if {"--help", "-h"} & set(sys.argv[1:]):
        print(PAGE.strip().replace("{keys}", page_of_keys("report")))
        return
    try:
        for line in report(Request.of(sys.argv[1:])):
            print(line, flush=True)
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, ValueError) as error:
        print(f"gan-report: {_sentence(error)}", file=sys.stderr, flush=True)
        sys.exit(1)


def _sentence(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"cannot use {error.filename}: {error.strerror.lower()}"
    return " ".join(str(error).split())


def report(request: Request) -> list[str]:
    """Write what is asked for; the lines to print. What is wrong with the request is found before anything is drawn."""
    from gan_runner.report.page import write_run, write_sweep
    from gan_runner.runs.folder import RunFolder

    place, is_sweep, why = _meant(request)
    output = _output(request, RunFolder(place).report)
    try:
        if is_sweep:
            write_sweep(place, output, request.lang)
        else:
            write_run(RunFolder(place), output, request.lang)
    except (AttributeError, KeyError, TypeError) as error:  # values of another kind than a run writes
        raise ValueError(f"the files of {place} do not fit together ({error}): were they changed by hand?") from error
    size = output.stat().st_size
    of = f"{'sweep' if is_sweep else 'run'} {place}{why and ', '}{why}"
    return [f"{output} ({size / 1e6:.1f} MB): the report of {of}"]


def _meant(request: Request) -> tuple[Path, bool, str]:
    """The folder, whether it is that of a sweep, and why that one, in words."""
    from gan_runner.files import expanded
    from gan_runner.runs.finding import found, found_sweep, is_sweep

    outputs = expanded(request.outputs)
    if request.sweep is not None:
        sweep, why = found_sweep(request.sweep, outputs)
        return sweep, True, why
    asked = request.run if request.run is not None else str(request.folder)
    if request.run is None and is_sweep(expanded(asked)):
        return expanded(asked), True, ""
    run, why = found(asked, outputs, "a record")
    return run, False, why


def _output(request: Request, usual: Path) -> Path:
    """Where the page goes. Raises ConfigError for what cannot be, or would be lost."""
    from gan_runner.config.errors import ConfigError
    from gan_runner.files import expanded

    if request.output is None:
        return usual
    output = expanded(request.output)
    if output.is_dir() or request.output.endswith("/"):
        raise ConfigError(f"output={request.output} is a folder: give a file, output={output / 'report.html'}")
    if output.suffix.lower() not in (".html", ".htm"):
        raise ConfigError(f"output={request.output} does not say what to write: give <file>.html")
    if not output.parent.is_dir():
        raise ConfigError(f"output={request.output} cannot be written: there is no folder {output.parent}")
    if output.exists() and not request.overwrite:
        raise ConfigError(f"{output} exists already: choose another output, or set overwrite=true")
    return output


if __name__ == "__main__":
    main()
