"""Turns an exception into the one sentence a user needs: what, where, and the values that work."""

from __future__ import annotations

import errno
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from hydra.errors import ConfigCompositionException, MissingConfigException, OverrideParseException
from omegaconf.errors import InterpolationResolutionError

from gan_runner.cli.bare import told_of_bare
from gan_runner.cli.groups import gathered
from gan_runner.cli.keys import called_elsewhere, composed, swept_groups, unknown
from gan_runner.cli.nodes import flat
from gan_runner.cli.numbers import told_of_comma
from gan_runner.cli.ways_out import of_command
from gan_runner.config.errors import did_you_mean
from gan_runner.config.options import default_of, groups, is_option, options, parts_of
from gan_runner.config.overrides import quoted_path, quoted_words, value_of
from gan_runner.config.words import meant_by_option, meant_elsewhere
from gan_runner.files import expanded, final_name

NO_MEMORY = re.compile(r"can't allocate memory|not enough memory|out of memory|unable to allocate|unpacking long", re.I)
TOO_LARGE = {
    "train": "data.batch_size, data.image_size, data.num_samples or network.width",
    "evaluate": "num_samples",
    "sample": "num_samples or batch_size",
    "translate": "size or batch_size",
    "detect": "batch_size",
}
BARE = re.compile(r"[^-+~=:{}\[\]()'\"$,\s][^=:{}\[\]()'\"$,\s]*")
"""A word that may be a name or a path."""
LONGEST = 600
"""Characters of a sentence that nobody wrote for a user."""


def sentence(error: BaseException, configs: Path, command: str, arguments: Sequence[str]) -> str:
    """One line for any error. `arguments` are those of the command that failed."""
    told = of_a_mistake(error, configs, command, arguments)
    if told is not None:
        return told
    return f"{type(error).__name__}: {_one_line(_text(error))[:LONGEST]} (debug=trace shows where)"


def of_a_mistake(error: BaseException, configs: Path, command: str, arguments: Sequence[str]) -> str | None:
    """One line for what a user can mend; None for any other error."""
    for link in _chain(error):
        if isinstance(link, MissingConfigException) and link.missing_cfg_file:
            found = [*_options(configs, link.missing_cfg_file), *(link.options or [])]
            known = dict.fromkeys(option for option in found if is_option(option))
            return _unknown_option(link.missing_cfg_file, list(known))
        if isinstance(link, ConfigCompositionException) and "Could not override" in str(link):
            return _unknown_key(str(link), command, arguments)
        if isinstance(link, OverrideParseException):
            return _no_override(link, command, arguments)
        if there := re.search(r"An item is already at '([^']+)'", str(link)):
            return f"{there[1]} is there already: give it a value without +, {there[1]}=…"
        if several := re.search(r"Ambiguous value for argument '([^']+)'", str(link)):
            return told_of_comma(several[1])
        if isinstance(link, InterpolationResolutionError):
            return _no_reference(link, command, arguments)
        if "Config group override must be" in str(link):
            return _no_option(configs, arguments)
        if isinstance(link, MemoryError) or NO_MEMORY.search(str(link)):
            if command == "export":
                return "not enough memory for this network and the outputs that its file is checked by"
            return f"not enough memory: set a smaller {TOO_LARGE.get(command, 'data.batch_size')}"
        if isinstance(link, OSError) and link.errno == errno.ENOSPC:
            place = _place(link, arguments) or "the run folder"
            rest = "make room, or choose another" if place in arguments else "what was saved before is whole"
            return f"no space left on the disk that holds {place}; {rest}"
    if isinstance(error, OSError) and error.filename and error.strerror:
        return f"cannot use {_place(error, arguments)}: {error.strerror.lower()}"
    of_hydra = type(error).__module__.startswith(("hydra", "omegaconf"))
    if of_hydra or isinstance(error, ValueError | FileNotFoundError | ConfigCompositionException):
        return of_command(_one_line(_text(error)), command)
    return None


def _place(error: OSError, arguments: Sequence[str]) -> str | None:
    """What could not be used: by the name that was typed, where it is the output. Writing itself names nothing."""
    place = error.filename2 or error.filename  # of a move, the goal
    typed = next((one for one in reversed(arguments) if one.startswith("output=") and value_of(one)), None)
    if not isinstance(place, str | Path):  # a number, or nothing
        return typed
    path = final_name(Path(place))
    if typed is not None:
        output = expanded(str(value_of(typed))).absolute()
        if path.absolute() == output or (output in path.absolute().parents and output != Path.cwd()):
            return typed
    return str(path)


def _text(error: BaseException) -> str:
    return str(error).strip() or "no further explanation"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _options(configs: Path, missing: str) -> list[str]:
    """Those of the group that was meant. Hydra's own list, which knows --config-dir, lacks those in folders."""
    if "/" not in missing:
        return sorted(path.stem for path in configs.glob("*.yaml"))
    return options(configs / missing.partition("/")[0])


def _unknown_option(missing: str, known: Sequence[str]) -> str:
    group, _, option = missing.rpartition("/")
    if not group:
        return f"configuration {option} does not exist{did_you_mean(option, known)}; known: {', '.join(known)}"
    if group in ("hydra/launcher", "hydra/sweeper"):
        return f"{group}={option} is not installed: pip install 'gan-runner[sweep]'"
    group, _, option = missing.partition("/")  # experiment/ring/gan: an option in a folder
    meant = meant_by_option(group, option)
    close = "" if meant else did_you_mean(option, known)
    if not close and (meant := meant or meant_elsewhere(option)):
        close = f" (did you mean {meant}?)"
    return f"{group}={option} does not exist{close}; known: {', '.join(gathered(known, most=2))}"


def _no_override(error: OverrideParseException, command: str, arguments: Sequence[str]) -> str:
    """Hydra's reason, and what to type for a value that is a word with special characters in it."""
    reason = _one_line(str(error)).partition(" See https://")[0]
    key, equals, value = str(error.override).partition("=")
    if not equals and BARE.fullmatch(key):
        return told_of_bare(command, key, arguments)
    meant = called_elsewhere(command, key, groups(command), value) if "." not in key else ""
    if equals and meant:  # épocas=3
        return f"unknown key {key}{meant}"
    way_out = "give key=value"
    if key and equals and value.strip("\"'[{"):
        is_list = value.startswith("[") and value.endswith("]")
        way_out = f"quote what is special: {shlex.quote(f'{key}={(quoted_words if is_list else quoted_path)(value)}')}"
    return f"{error.override!r} cannot be read as key=value ({reason}); {way_out}"


def _no_reference(error: InterpolationResolutionError, command: str, given: Sequence[str]) -> str:
    """What refers to nothing: as it was typed, where it was."""
    key = error.full_key or "a key"
    typed = next((one for one in given if one.lstrip("+").startswith(f"{key}=")), key)
    if variable := re.search(r"Environment variable '([^']+)' not found", str(error)):
        name = variable[1]
        return f"{typed}: the environment variable {name} is not set: set it, or give a default, ${{oc.env:{name},…}}"
    if missing := re.search(r"Interpolation key '([^']+)' not found", str(error)):
        config = composed(command, given) or composed(command, [])
        typed = next((one for one in given if f"${{{missing[1]}}}" in one), typed)
        if told := _no_part(typed, missing[1], command, given):
            return told
        return f"{typed} refers to {missing[1]}, which is not there{did_you_mean(missing[1], list(flat(config)))}"
    reason = _one_line(str(error).partition("full_key:")[0])
    return f"{typed} refers to what cannot be told: {reason}"


def _no_part(typed: str, missing: str, command: str, given: Sequence[str]) -> str | None:
    """What refers to a part of a group, network.discriminator say, that the option chosen has not."""
    group, _, part = missing.partition(".")
    usual = default_of(command, group)
    if usual is None or part not in parts_of(group, usual):
        return None
    chosen = next((one for one in reversed(given) if one.startswith(f"{group}=")), f"this {group}")
    return f"{typed} refers to {missing}, and {chosen} has none: choose one that has, {group}={usual} say"


def _no_option(configs: Path, arguments: Sequence[str]) -> str:
    """A group whose value can be no name: null, a number."""
    for argument in arguments:
        if argument.startswith("="):
            return f"'{argument}' has no key: give key=value"
        folder = configs / argument.partition("=")[0]
        value = argument.partition("=")[2]
        if folder.is_dir() and (value in ("", "null") or not value.strip("[]")[:1].isalpha()):
            known = options(folder)
            return f"{argument} names no option; known: {', '.join(known)}"
    return "a group of the configuration got a value that names no option; `--help` lists the options"


def _unknown_key(message: str, command: str, arguments: Sequence[str]) -> str:
    match = re.search(r"Could not override '([^']+)'", message)
    key = match[1] if match else message
    if key == "data@data.of":
        chosen = next((one.partition("=")[2] for one in arguments if one.startswith("data=")), "<data>")
        return (
            f"data@data.of is what data=degraded damages, and data={chosen} takes its place: leave data={chosen} out "
            f"(data@data.of={chosen} damages that), or choose another model"
        )
    config = composed(command, arguments)
    if config is None:  # the choices are wrong too, or several: suggest from the defaults
        config = composed(command, [])
    way_out = ""
    if swept := swept_groups(command, arguments):
        way_out = f"; if it is a key of what {' and '.join(swept)} is swept over: ++{key}=…"
    value = next((one.partition("=")[2] for one in arguments if one.lstrip("+").startswith(f"{key}=")), "")
    return unknown(command, key, config, value) + way_out


def _one_line(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines() if line.strip())
