"""What a new run is called: what its command says beside the defaults, in few letters, and when it began.

The same words give the same label in whatever order they were typed, and others another one: where something had to be
cut or left out, a checksum of the words stands at the end of the label. Labels have letters, digits and ._+- alone, so
that they are names on every file system, whole words in a shell, and runs in TensorBoard.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from gan_runner.config import options
from gan_runner.config.errors import ConfigError
from gan_runner.runs.settings import ASIDE

LONGEST_VALUE, LONGEST = 24, 60
"""Letters of a value, and of a label."""
DIGITS = 6
"""Of a checksum."""
BARE = ("model", "data", "experiment", "loss", "tricks")
"""Groups whose options are known without the group's name."""
SHORT = {
    "optimizer.lr": "lr", "optimizer.generator.lr": "lrG", "optimizer.discriminator.lr": "lrD",
    "data.batch_size": "batch", "data.image_size": "size", "data.num_samples": "samples",
    "data.limit": "limit", "network.width": "width", "latent.latent_dim": "latent",
    "system.discriminator_steps": "stepsD", "system.generator_steps": "stepsG",
    "trainer.max_steps": "steps", "trainer.max_epochs": "epochs", "trainer.precision": "precision",
    "trainer.engine": "engine", "seed": "seed",
}  # fmt: skip
"""Keys that have names of their own, in the order in which labels have them."""
PARTS_OF_KEYS = {
    "network": "net", "optimizer": "opt", "schedule": "sched", "generator": "G", "discriminator": "D",
}  # fmt: skip
"""What stands for a part of any other key."""
BESIDE = (
    "callbacks", "debug", "evaluation", "features", "hydra", "logger", "metrics", "paths", "sweep", "trainer",
    "allow_changes", "init_from", "name", "objective", "objective_mode", "resume", "skip_finished", "trace", "trust",
)  # fmt: skip
"""Groups and keys that make no other game of it; of the trainer those in SHORT do."""
IN_FOLDER = ("model", "data")
"""Groups whose choices the folder above is called by."""
PLACES = ("root", "a", "b", "path", "init_from")
"""Keys that name folders or files: of these labels have the last part alone."""
PLAIN = re.compile(r"\w+|-?\d+(\.\d*)?(e[+-]?\d+)?|(bf)?\d+-(mixed|true)", re.ASCII | re.I)
"""Values that a label has as they are, and that no other key and value make together."""
TIME = re.compile(r"(?:^|-)(\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d(?:-\d+)?)$")
"""At the end of a run folder's name; a number behind it where two began in one second."""


class Said(NamedTuple):
    """A word of a label; whole: whether it tells all that was said."""

    word: str
    whole: bool = True


def label(overrides: Iterable[str], beside: Collection[str] = (*BESIDE, *IN_FOLDER)) -> str:
    """What overrides of gan-train make a run differ in: "minimax-lr1e-3-seed1"; empty where that is nothing.

    beside: the groups and keys that are left out, but for those of the trainer that have a short name.
    """
    given = _given(overrides)
    told = {key: value for key, value in given.items() if not _is_beside(key, beside)}
    said = [_said(key, told[key]) for key in sorted(told, key=_place)]
    words = "-".join(one.word for one in said if one.word)
    if all(one.whole for one in said) and len(words) <= LONGEST:
        return words
    exactly = "\n".join(f"{key}={value}" for key, value in sorted(told.items()))
    return f"{words[:LONGEST].rstrip('-._+')}_{sha256(exactly.encode()).hexdigest()[:DIGITS]}".lstrip("_")


def of_job(overrides: Iterable[str], fixed: Collection[str]) -> str:
    """What a job of a sweep differs in from the others: a label of the overrides whose keys are not `fixed`."""
    return label([one for one in overrides if key_of(one) not in fixed], beside=("hydra", "paths"))


def chosen(name: object) -> str:
    """The label that name= asks for. Raises ConfigError for one without a letter or digit."""
    word = _safe(str(name))[:LONGEST].strip("-._+")
    if not word:
        raise ConfigError(f"name={name} has no letter and no digit that a folder can be called by: give some")
    return word


def key_of(override: str) -> str:
    """The key or group of an override: optimizer.lr of ++optimizer.lr=1e-3."""
    return override.partition("=")[0].lstrip("+~")


def number_of(job: Path) -> int | None:
    """A job's number in its sweep, with which its folder's name begins; None where there is none."""
    number = job.name.partition("-")[0]
    return int(number) if number.isdecimal() else None


def job_of(folder: Path) -> str:
    """What a job is called where its sweep is told of: its number, or its folder's name where that has none."""
    number = number_of(folder)
    return folder.name if number is None else str(number)


def untimed(name: str) -> str:
    """A run folder's name without the time: its label."""
    return TIME.sub("", name)


def claimed(folder: Path) -> Path:
    """A new folder of that name, or with a number behind it where there is one already, of another run.

    Made here, so that no other process can have it. Where none can be made, whoever writes there will be told why.
    """
    number = 1
    while True:
        place = folder if number == 1 else folder.with_name(f"{folder.name}-{number}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.mkdir()
        except FileExistsError:
            if not place.exists():  # a link to nowhere
                return place
            number += 1
            continue
        except OSError:
            return place
        return place


# ---- what is left out, and the order --------------------------------------------------------------------------------


def _given(overrides: Iterable[str]) -> dict[str, str]:
    """Overrides by key; the last of a key counts. What is added to a group or taken away keeps its sign."""
    found: dict[str, str] = {}
    for override in overrides:
        key, _, value = override.partition("=")
        sign = "~" if key.startswith("~") else "+" if "@" in key else ""
        found.pop(plain := key_of(override), None)
        found[f"{sign}{plain}"] = value.strip()
    return found


def _is_beside(key: str, beside: Collection[str]) -> bool:
    plain = key.lstrip("+~")
    if plain in SHORT:
        return False
    first, last = re.split(r"[./]", plain)[0], plain.rpartition(".")[2]
    left_out = "trainer" in beside and last in ASIDE and "." in plain
    return plain in beside or (first in beside and first not in IN_FOLDER) or left_out


def _place(key: str) -> tuple[int, str]:
    """Choices first, keys with a short name last, the seed at the end."""
    known = [*BARE, *sorted(_groups())]
    if key in known:
        return known.index(key), key
    return (len(known) + 1 + list(SHORT).index(key) if key in SHORT else len(known)), key


@cache
def _groups() -> dict[str, list[str]]:
    return options.groups("train")


@cache
def _options(group: str) -> list[str]:
    return options.options(options.CONFIGS / group)


# ---- a word for each ------------------------------------------------------------------------------------------------


def _said(key: str, value: str) -> Said:
    if key.startswith("~"):
        return _marked("no_", key[1:])
    if key.startswith("+"):
        return _of_package(key[1:], value)
    if key in _groups():
        return _of_choice(key, value)
    if key.rpartition(".")[2] in PLACES and value != "null":
        return Said(_safe(Path(_unquoted(value)).name)[:LONGEST_VALUE], whole=False)
    name, known = _name_of(key)
    told, whole = _of_value(value)
    if not told[:1].isdigit() or name[-1:].isdigit():
        told = f".{told}"
    return Said(f"{name}{told}", known and whole and not (name[-1:].isdigit() and told))


def _marked(mark: str, key: str) -> Said:
    name, known = _name_of(key)
    return Said(f"{mark}{name}", known)


def _of_package(key: str, value: str) -> Said:
    """+tricks@tricks.ema=ema, data@data.of=mnist."""
    group, _, place = key.partition("@")
    if group == "tricks" and place == f"tricks.{value}" and value in _options(group):
        return Said(f"+{value}")
    name, known = _name_of(place)
    return Said(f"{name}.{_safe(value)}", known and group == place.partition(".")[0] and _safe(value) == value)


def _of_choice(group: str, value: str) -> Said:
    """The option, or the list of them; with the group's name where another group has one of that name."""
    names = [part.strip() for part in _unquoted(value).strip("[]").split(",") if part.strip()]
    words = "+".join(_safe(name.replace("/", ".")) for name in names) or "none"
    known = all(name in _options(group) for name in names)
    elsewhere = [option for other in BARE if other != group for option in _options(other)]
    if group in BARE and known and names and not set(names) & set(elsewhere):
        return _cut(Said(words))
    return _cut(Said(f"{PARTS_OF_KEYS.get(group, group)}.{words}", known))


def _name_of(key: str) -> tuple[str, bool]:
    """The name of a key, and whether it is of no other key."""
    if key in SHORT:
        return SHORT[key], True
    parts = key.split(".")
    if parts[0] == "tricks" and len(parts) > 1 and parts[1] in _options("tricks"):
        parts = parts[1:]
    taken = {*PARTS_OF_KEYS.values(), *SHORT.values()}
    name = ".".join(PARTS_OF_KEYS.get(part, part) for part in parts)
    return _safe(name), _safe(name) == name and not set(parts) & taken


def _of_value(value: str) -> Said:
    """A value in short: numbers to three digits, lists joined by +."""
    plain = _unquoted(value)
    if plain.startswith("[") and plain.endswith("]"):
        from gan_runner.config.overrides import PARTS  # Hydra with it, which is here when runs are named

        parts = [_of_value(part.strip()) for part in PARTS.findall(plain[1:-1]) if part.strip()]
        whole = len(parts) > 1 and all(part.whole and "+" not in part.word for part in parts)
        return _cut(Said("+".join(part.word for part in parts) or "none", whole))
    if re.fullmatch(r"-?\d*\.\d{4,}(e[+-]?\d+)?|-?\d+\.?\d*e[+-]?\d{3,}", plain, re.I):
        short = f"{float(plain):.3g}"
        return Said(short, float(short) == float(plain) and len(short) < len(plain))
    return _cut(Said(_safe(plain), plain == value and bool(PLAIN.fullmatch(plain))))


def _cut(said: Said) -> Said:
    return said if len(said.word) <= LONGEST_VALUE else Said(said.word[:LONGEST_VALUE].rstrip("-._+"), False)


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


def _safe(text: str) -> str:
    """With letters, digits and ._+- alone: é as e, what has no such letter as _."""
    plain = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[^A-Za-z0-9._+-]+", "_", plain)


def typed(command: Sequence[str]) -> dict[str, str]:
    """What a command gives: values by key or group."""
    return {key_of(word): word.partition("=")[2] for word in command if "=" in word}


def typed_of(facts: Mapping[str, Any]) -> dict[str, str]:
    """What the commands of a run have given, one after the other, as its record tells."""
    found: dict[str, str] = {}
    for part in (*facts.get("earlier", []), facts):
        found |= typed(part.get("command", []))
    return found
