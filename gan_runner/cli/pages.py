"""gan-train --help <topic or name>: what there is of a group, and a page for each option."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from gan_runner.cli.groups import WIDEST
from gan_runner.config.described import Described, Key, at_a_glance, described, names_of, of_trick
from gan_runner.config.errors import ConfigError
from gan_runner.config.options import CONFIGS, groups, lines
from gan_runner.config.words import meanings, plain

LESSONS = "experiment/lesson"

ABOUT: Mapping[str, tuple[str, str]] = {
    "model": ("recipes from papers: each sets network, loss, tricks, optimizer and their values", "model={}"),
    "data": ("what is learned", "data={}"),
    "network": ("the architecture of the players", "network={}"),
    "loss": ("what the players of a game minimise", "loss={}"),
    "likelihood": ("what an autoencoder minimises", "model=vae likelihood={}"),
    "tricks": (
        "changes of the game, alone or together: 'tricks=[ema,r1]' takes the place of a recipe's, "
        "+tricks@tricks.ema=ema adds one to them",
        "'tricks=[{}]'",
    ),
    "metrics": ("what is measured of samples; data chooses its own", "'metrics=[{}]' evaluation.best=null"),
    "features": ("what looks at images, for metrics of features", "features={}"),
    "system": ("who plays, and in which order; a model chooses it", "system={}"),
    "latent": ("what a sample is made from", "latent={}"),
    "optimizer": ("how weights move", "optimizer={}"),
    "schedule": ("learning rates over time", "schedule={}"),
    "damage": ("what gan-translate does to images before it translates them", ""),
    "callbacks": ("what a run saves, shows and watches; callbacks.<name>=null leaves one out", "callbacks={}"),
    "logger": ("where figures are written", "logger={}"),
    "trainer": ("devices", "trainer={}"),
    "sweep": ("how the jobs of a sweep (-m) are played", "-m sweep={} seed=0,1"),
    "debug": ("to find out what is wrong", "debug={}"),
    "experiment": ("recipes with their data and what to expect of them", "experiment={}"),
}
"""Group -> what it chooses, and the words that choose an option of it."""

COST = (
    "Cost: the time of a batch over that of one without the trick, on DCGAN at 32 × 32; 1.2 or less where none stands."
)

CALLED = {
    "lessons": LESSONS, "lesson": LESSONS, "models": "model", "recipes": "model", "networks": "network",
    "losses": "loss", "likelihoods": "likelihood", "trick": "tricks", "metric": "metrics", "systems": "system",
    "latents": "latent", "priors": "latent", "optimizers": "optimizer", "schedules": "schedule", "damages": "damage",
    "callback": "callbacks", "loggers": "logger", "trainers": "trainer", "sweeps": "sweep",
    "experiments": "experiment", "feature": "features", "datasets": "data",
}  # fmt: skip
"""Topics that are no group's own name."""

NEEDS = re.compile(r"(?:needs|asks for|[Ff]or) ((?:[a-z_]+\.)*[a-z_]+=\w+)")
"""What the head of an option says must be set beside it."""


def page_about(words: Sequence[str]) -> str:
    """The page of a topic, an option or a key. Raises ConfigError, with the nearest names, where there is none."""
    if len(words) > 1 and all("=" in word for word in words):
        return "\n\n".join(page_about([word]) for word in words)
    word = " ".join(words).strip("'\"")
    group, equals, option = word.partition("=")
    if equals and (option := option.strip("[]")) in names_of(CALLED.get(group, group)):
        return page_of(described(CALLED.get(group, group), option))
    topic = CALLED.get(plain(word), plain(word))
    if topic in ABOUT or topic == LESSONS:
        return page_of_topic(topic)
    if found := [*_options(word)]:
        return "\n\n".join(map(page_of, found))
    if found_keys := "\n".join(_keys(word)):
        return found_keys
    if ours := meanings(word):
        return f"{word} is called {' or '.join(ours)} here.\n\n" + "\n\n".join(_pages_behind(ours))
    raise ConfigError(f"nothing is called {word}{_nearest(word)}; topics: {', '.join(topics())}")


def topics() -> list[str]:
    """What lists of options there are."""
    return [*ABOUT, "lessons"]


def _nearest(word: str) -> str:
    names = [*topics(), *CALLED, *(name for group in ABOUT for name in names_of(group))]
    names += [name.rpartition("/")[2] for name in names_of("experiment")]
    close = get_close_matches(plain(word), dict.fromkeys(names), n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(close)}?)" if close else ""


def _options(word: str) -> Iterator[Described]:
    """The options of a name; a lesson may be called without its folder."""
    for group in ABOUT:
        for name in names_of(group):
            if word in (name, f"{group}/{name}", f"{group}.{name}") or (
                group == "experiment" and name == f"lesson/{word}"
            ):
                yield described(group, name)


def _pages_behind(ours: Sequence[str]) -> Iterator[str]:
    """The pages of the options that settings choose, and of keys."""
    for settings in ours:
        for setting in re.split(r" or | ", settings):
            group, equals, option = setting.partition("=")
            if equals and (option := option.strip("[]")) in names_of(group):
                yield page_of(described(group, option))
            elif group in ABOUT:
                yield page_of_topic(group)
            elif told := "\n".join(_keys(group)):
                yield told


def _keys(word: str) -> Iterator[str]:
    """What is said of a key, by its whole name: its value and comment, wherever it is another."""
    told: dict[Key, list[str]] = {}
    for line in lines("train"):
        name, found, rest = line.partition(": ")
        if found and name == word and name not in groups("train"):
            value, _, comment = rest.partition(" # ")
            told.setdefault(Key(value, comment), []).append("gan-train")
    for group in ABOUT:
        for name in names_of(group) if "." in word else ():
            key = described(group, name).keys.get(word)
            if key is not None and group not in ("model", "experiment"):  # which choose values for others
                told.setdefault(key, []).append(f"{group}={name}")
    for key, places in told.items():
        more = f" and {len(places) - 4} more" if len(places) > 4 else ""
        where = f"with {', '.join(places[:4])}{more}" if places != ["gan-train"] else ""
        yield _wrapped(f"{word}={key.value}", "; ".join(filter(None, (key.comment, where))), 2, 28)


# ---- a topic --------------------------------------------------------------------------------------------------------


def page_of_topic(group: str) -> str:
    """A line for each option of a group: what it is, and of tricks the cost, what was measured and the source."""
    names = names_of(group)
    if group == LESSONS:
        heading = "lessons: each shows one thing that happens; gan-train experiment=lesson/<name>"
        options = [(name, described("experiment", f"lesson/{name}")) for name in names]
        if not names:
            return f"{heading}\n\n  There are none in this version."
    else:
        example = ABOUT[group][1].format("<name>")
        heading = f"{group}: {ABOUT[group][0]}" + (f"; gan-train {example}" if example and group != "tricks" else "")
        options = [(name, described(group, name)) for name in names]
    widest = min(max(map(len, names)), 26) + 2
    told = [_wrapped(name, _line_of(option), 2, widest) for name, option in options]
    cost = [_filled(COST), ""] if group == "tricks" else []
    more = f"gan-train --help {names[0]} is the page of {names[0]}, and so with every name."
    return "\n".join([_filled(heading), "", *cost, *told, "", _filled(more)])


def _line_of(option: Described) -> str:
    parts = [option.summary.rstrip(".")]
    if option.group == "tricks":
        cost, measured = at_a_glance(option.name)
        parts += [f"cost {cost}" if cost else "", measured]
    if option.source and option.source not in option.summary:
        parts.append(option.source)
    return " · ".join(filter(None, parts))


# ---- an option ------------------------------------------------------------------------------------------------------


def page_of(option: Described) -> str:
    """What an option is, what it says of itself, its keys, and a command."""
    parts = [f"{option.group}={option.name}", _indented("\n".join(option.head))]
    if (section := of_trick(option.name)) and option.group == "tricks":
        parts.append(_indented(section))
    else:
        several = len(option.documented) > 1
        for place, told in option.documented.items():
            parts.append(_indented((f"{place}: " if several else "") + told))
    if option.chooses:
        chosen = "  ".join(f"{group}={name}" for group, name in option.chooses.items() if name != "null")
        parts.append(_filled(f"Chooses: {chosen}", "  "))
    if option.keys:
        widest = max(len(f"{name}={key.value}") for name, key in option.keys.items())
        rows = (
            _wrapped(f"{name}={key.value}", key.comment, 4, min(widest, 56) + 2) for name, key in option.keys.items()
        )
        parts.append("  Keys, as they come:\n" + "\n".join(rows))
    if command := example(option):
        parts.append(f"  Example: {command}")
    return "\n\n".join(parts)


def example(option: Described) -> str:
    """A command that plays with it; nothing of what gan-train has not."""
    words = ABOUT[option.group][1]
    if not words or option.name == "none":
        return ""
    if option.group == "experiment":
        return next((line for line in option.head if line.startswith("gan-train ")), "")
    said = " ".join(option.head)
    needed = [] if option.group in ("model", "system") else list(dict.fromkeys(NEEDS.findall(said)))
    whole = ABOUT[option.group][1].format(option.name)
    if option.group == "metrics" and "override /" in (CONFIGS / "metrics" / f"{option.name}.yaml").read_text("utf-8"):
        whole = f"metrics={option.name}"  # a list
    return " ".join(["gan-train", whole, *needed])


# ---- lines that fit -------------------------------------------------------------------------------------------------


def _columns() -> int:
    return min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)


def _filled(text: str, before: str = "") -> str:
    return textwrap.fill(
        text, _columns(), initial_indent=before, subsequent_indent=before, break_on_hyphens=False,
        break_long_words=False,
    )  # fmt: skip


def _wrapped(name: str, text: str, indent: int, column: int) -> str:
    """A name, and what is said of it beside it, wrapped in a column of its own."""
    start = " " * indent + f"{name:<{column}}"
    if len(name) > column - 2:  # a long name has its line for itself
        return f"{start.rstrip()}\n{_filled(text, ' ' * (indent + column))}" if text else start.rstrip()
    filled = _filled(text, " " * (indent + column))
    return (start + filled[indent + column :]).rstrip()


def _indented(text: str) -> str:
    """Lines as they are, where the terminal is wide enough; else paragraphs and points wrapped anew."""
    if max(map(len, text.splitlines()), default=0) + 2 <= _columns():
        return textwrap.indent(text, "  ")
    blocks = re.split(r"\n(?=- )|\n(?=\n)", text)
    return "\n".join(_block(" ".join(block.split()), block.startswith("\n")) for block in blocks)


def _block(words: str, is_apart: bool) -> str:
    hanging = "    " if words.startswith("- ") else "  "
    filled = textwrap.fill(
        words,
        _columns(),
        initial_indent="  ",
        subsequent_indent=hanging,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return ("\n" if is_apart else "") + filled
