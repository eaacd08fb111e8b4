"""What is on the page as overrides of gan-train, as a command line to copy, and as the page's address."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from gan_runner.config.errors import ConfigError, nearest
from gan_runner.config.overrides import quoted_path, value_of
from gan_runner.config.signatures import attribute
from gan_runner.web import guard
from gan_runner.web.controls import FILES, GROUPS, offered_of, recipes
from gan_runner.web.protocol import Side, State

SHARED = ("data=ring",)
OWN = (
    "model=vanilla",
    "data.batch_size=128",
    "latent.latent_dim=2",
    "network.generator.hidden=[128,128]",
    "network.generator.activation=relu",
    "network.discriminator.hidden=[128,128]",
    "network.discriminator.activation=relu",
    "optimizer.lr=1e-3",
)
"""What the page begins with: a plain game on eight modes, between players of two layers of 128."""

ROOTS = (*GROUPS, "network", "system", "schedule")
"""Groups whose keys a page may set."""
KEY = re.compile(rf"(?:{'|'.join(ROOTS)})(?:\.[a-z][a-z0-9_]*)+")
VALUE = re.compile(r"[\w.+\-/]+|\[[\w.+\-, ]*\]")
PATHS = ("data.path",)


def key_of(override: str) -> str:
    return override.partition("=")[0]


def start(arguments: Iterable[str]) -> State:
    """What `gan-play key=value …` begins with: the page's own start but for what is given; a recipe says all itself."""
    given = {key_of(argument): argument for argument in arguments}
    whole = "experiment" in given
    own = {} if whole else {key_of(one): one for one in OWN}
    shared = {} if whole or "data" in given else {key_of(one): one for one in SHARED}
    if "model" in given:  # its networks have sizes of their own
        own = {key: one for key, one in own.items() if not key.startswith("network.")}
    if given.get("latent.latent_dim") or "latent" in given:
        own.pop("latent.latent_dim", None)
    both = {**shared, **{key: one for key, one in given.items() if is_shared(key)}}
    rest = {**own, **{key: one for key, one in given.items() if not is_shared(key)}}
    return State(shared=list(both.values()), left=list(rest.values()))


def is_shared(key: str) -> bool:
    """Whether two games side by side have it in common: the data, the noise and the seed."""
    group, _, name = key.partition(".")
    return key == "seed" or group == "latent" or (group == "data" and name not in ("batch_size", "limit"))


def path_of(key: str, path: Path) -> str:
    """A key with a path, in quotes where Hydra would read it as something else."""
    return f"{key}={path if VALUE.fullmatch(str(path)) else quoted_path(path)}"


def overrides(state: State, side: Side) -> list[str]:
    """What gan-train would be given for one of the games."""
    return [*(state.of(side) or ()), *state.shared]


def command(state: State, side: Side) -> str:
    """The command line that plays one of the games, to paste into a shell."""
    return shlex.join(["gan-train", *overrides(state, side)])


# ---- what a page may ask for ----------------------------------------------------------------------------------------


def refuse_foreign(state: State, trusted: Sequence[str], folders: Sequence[Path]) -> None:
    """Raises ConfigError for a setting that is none of the page's. trusted: overrides that the command line gave, which
    are taken as they are. folders: where files of points may lie.
    """
    for side in ("left", "right"):
        for one in overrides(state, side):
            if one not in trusted:
                _refuse(one, folders)


def _refuse(override: str, folders: Sequence[Path]) -> None:
    key, equals, value = override.partition("=")
    if not equals:
        raise ConfigError(f"'{override}' is no key=value")
    if key in PATHS:
        guard.inside(value_of(override) or "", folders)
        return
    if not VALUE.fullmatch(value):
        raise ConfigError(f"{key}={value} cannot be set from a page: give a number, a word or a list of them")
    if key == "tricks":
        for name in filter(None, value.strip("[]").replace(" ", "").split(",")):
            _refuse_unknown(key, name, offered_of("tricks"))
    elif key in choices():
        _refuse_unknown(key, value, choices()[key])
    elif key != "seed" and (not KEY.fullmatch(key) or key.rpartition(".")[2] in FILES):
        raise ConfigError(f"{key} cannot be set from a page: seed or a key of {', '.join(ROOTS)}")


def choices() -> Mapping[str, Sequence[str]]:
    """The groups whose option a page may choose, with their options."""
    found = {group: offered_of(group) for group in GROUPS if group != "tricks"}
    return {**found, "data": (*found["data"], "gaussians"), "model": ("vanilla",), "experiment": recipes(),
            "network": ("mlp", "maxout_mlp"), "schedule": ("constant", "cosine", "linear")}  # fmt: skip


def _refuse_unknown(key: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise ConfigError(f"{key}={value} is nothing that a page can play{nearest(value, known)}")


def refuse_at_once(state: State) -> None:
    """Raises ConfigError for what no page can play, or what Hydra raises, before anything is served."""
    from gan_runner.config.plain import plain_config
    from gan_runner.config.schema import by_source, check

    config = composed(state, "left")
    chosen = config.hydra.runtime.choices["data"]
    del config.hydra
    plain = plain_config(config)
    check(plain, by_source)
    if attribute(str(plain["data"].get("_target_")), "kind", "images") != "points":
        raise ConfigError(
            f"data={chosen} deals images, and this page plays points ({', '.join(choices()['data'])}): play images by "
            "gan-train, and look at them by gan-play run=last"
        )


# ---- what the settings come to --------------------------------------------------------------------------------------


def composed(state: State, side: Side) -> Any:
    """The configuration of one of the games, with Hydra's own node. Raises what Hydra raises."""
    from hydra import compose, initialize_config_dir
    from omegaconf import open_dict

    from gan_runner.config.options import CONFIGS

    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        given = [*overrides(state, side), "paths.run=unused"]
        config = compose("train", overrides=given, return_hydra_config=True)
    with open_dict(config):
        return config


def values(state: State, side: Side) -> dict[str, Any]:
    """What one of the games is composed of: every setting of ROOTS by its whole name, the option of each group by the
    group's, and tricks by a list of theirs. Raises what Hydra raises.
    """
    from omegaconf import OmegaConf

    config = composed(state, side)
    chosen = config.hydra.runtime.choices
    plain = {root: OmegaConf.to_container(config[root], resolve=True) for root in ROOTS if config.get(root)}
    found = {key: value for root, node in plain.items() for key, value in _leaves(node, root)}
    found |= {group: str(chosen[group]) for group in (*GROUPS, "network") if group != "tricks" and group in chosen}
    return {**found, "seed": config.seed, "tricks": [name for name, node in config.tricks.items() if node]}


def _leaves(node: Any, path: str) -> Iterable[tuple[str, Any]]:
    if not isinstance(node, dict):
        yield path, node
        return
    for key, value in node.items():
        if not str(key).startswith("_"):
            yield from _leaves(value, f"{path}.{key}")


# ---- the address ----------------------------------------------------------------------------------------------------


def address(state: State) -> str:
    """What stands behind # in the page's address: the state as JSON, without what is empty."""
    plain = {key: value for key, value in state.model_dump().items() if value}
    return quote(json.dumps(plain, separators=(",", ":"), ensure_ascii=False), safe="{}[]:,=\"'/+.()")


def from_address(fragment: str) -> State:
    """The inverse of `address`; other keys are the page's own. Raises ValueError."""
    plain = json.loads(unquote(fragment.removeprefix("#")))
    if not isinstance(plain, dict):
        raise ValueError("the address holds no settings")
    return State.model_validate({key: value for key, value in plain.items() if key in State.model_fields})
