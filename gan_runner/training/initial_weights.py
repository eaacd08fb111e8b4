"""init_from: the players of a new run begin with the weights of an earlier one, as far as they fit."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from gan_runner.config.errors import ConfigError, listed
from gan_runner.game import Tricked
from gan_runner.layers.equalized import gain_of
from gan_runner.runs import checkpoints
from gan_runner.runs.misfit import differences, overrides
from gan_runner.systems.base import System
from gan_runner.systems.mixture import Mixture
from gan_runner.training.matching import Saved, layer_of, player_of
from gan_runner.tricks.base import Trick
from gan_runner.types import Origin

MOST_NAMED = 6
"""Layers that one line names of a kind; run.json has them all."""
MIXTURE = "latent"
"""What a system has a mixture of codes as; priors have no tensors."""


@dataclass
class Taken:
    """Where the initial weights of a run are from, and which layers have them: whole, in part, or not at all (new).

    left: networks of the earlier run that have no counterpart here, such as an average.
    """

    path: str
    sha256: str
    batches: int
    whole: list[str] = field(default_factory=list)
    partly: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, Any]:
        """As run.json has them."""
        told = {"from": self.path, "batches": self.batches, "sha256": self.sha256}
        return told | {"taken": self.whole, "partly": self.partly, "new": self.new, "left": self.left}

    def sentence(self) -> str:
        """In one line."""
        players = dict.fromkeys(map(player_of, (*self.whole, *self.partly, *self.new)))
        shares = ", ".join(map(self._share, sorted(players, key=lambda player: ".tricks." in player)))
        left = f"; left behind: {', '.join(map(_short, self.left))}" if self.left else ""
        return f"init_from: weights after {self.batches} batches, from {self.path}: {shares}{left}"

    def _share(self, player: str) -> str:
        whole, partly, new = (_of(player, names) for names in (self.whole, self.partly, self.new))
        apart = [f"{word}: {listed(names, MOST_NAMED)}" for word, names in (("in part", partly), ("new", new)) if names]
        taken, all_of_them = len(whole) + len(partly), len(whole) + len(partly) + len(new)
        return f"{_short(player)} {taken} of {all_of_them} layers" + (f" ({'; '.join(apart)})" if apart else "")


def begin(system: System, source: Mapping[str, str]) -> Taken:
    """Put the weights of a checkpoint into the networks of a system that has not begun, layer by layer, by name.

    source: path and sha256, see runs.initial. Only the state dict is read and what the run tells of its data; nothing
    of its configuration is built. Networks and what tricks have of networks (an average) are taken, and nothing else:
    no optimizer, no counter, no pool of fakes. Raises ValueError for a file that is no whole checkpoint, ConfigError
    when no layer fits, or not all of what the system inherits.
    """
    path = Path(source["path"])
    contents = checkpoints.load(path)
    before, state = checkpoints.origin_of(contents, path), contents["state_dict"]
    if not isinstance(state, Mapping):
        raise ValueError(f"checkpoint {path} holds no weights")
    saved = Saved(state, (before.label_width, system.origin.label_width))
    layers = _layers(system, saved.tensors)
    batches = contents.get("global_step")
    taken = Taken(str(path), source["sha256"], batches if isinstance(batches, int) else 0)
    taken.left = _without_counterpart(saved.tensors, layers)
    for layer, tensors in layers.items():
        filled = saved.give(tensors, _gain(system, layer))
        (taken.new if filled is None else taken.whole if all(filled) else taken.partly).append(layer)
    _insist(system, taken, before)
    if not taken.whole and not taken.partly:
        why = differences(before, system.origin) or "its layers have other names and sizes"
        raise ConfigError(f"init_from={path}: none of its layers fits this run ({why}): leave init_from out")
    _tell_tricks(system, state)
    return taken


def _insist(system: System, taken: Taken, before: Origin) -> None:
    """Raises ConfigError where networks that this run inherits are not those of the earlier one, with the keys that
    make them so.
    """
    inherited = tuple(f"{name}." for name in system.inherits)
    if not inherited:
        return
    lacking = [name for name in (*taken.partly, *taken.new, *taken.left) if name.startswith(inherited)]
    needed = overrides(before, system.origin)
    if not lacking and not needed:
        return
    then, now = (", ".join(one.config.get("tricks") or {}) for one in (before, system.origin))
    if lacking and then != now:
        needed.append(f"tricks=[{then.replace(' ', '')}]")
    way_out = (
        f"give this run its settings, {shlex.join(needed)}" if needed else f"they lack {listed(lacking, MOST_NAMED)}"
    )
    raise ConfigError(f"init_from={taken.path}: its networks are not those that this run is to build on: {way_out}")


def _gain(system: System, layer: str) -> float | None:
    """Of a layer of equalized learning rate; a tensor of the network's own has none."""
    parent, _, name = layer.rpartition(".")
    module = getattr(system.get_submodule(parent), name)
    return gain_of(module) if isinstance(module, nn.Module) else None


def _layers(system: System, saved: Iterable[str]) -> dict[str, dict[str, Tensor]]:
    """The layers of all networks: name -> key in the state dict -> tensor. What systems, games and tricks have of
    their own (pools, tallies, means of their past, a mixture of codes) is no layer; nor are the networks of tricks that
    were not on.
    """
    there = set(map(player_of, saved))
    layers: dict[str, dict[str, Tensor]] = {}
    for key, value in system.state_dict(keep_vars=True).items():
        owner, player = system.get_submodule(key.rpartition(".")[0]), player_of(key)
        known = ".tricks." not in player or player in there
        if known and isinstance(value, Tensor) and not isinstance(owner, System | Tricked | Trick | Mixture):
            layers.setdefault(layer_of(key), {})[key] = value
    return layers


def _without_counterpart(saved: Iterable[str], layers: Iterable[str]) -> list[str]:
    """Networks that were saved, and are none here; what a trick had of its own, beside networks, does not count, nor a
    mixture, which is fitted anew.
    """
    here = set(map(player_of, layers))
    there = dict.fromkeys(player_of(key) for key in saved if player_of(key) != key)
    return [player for player in there if player not in here and player != MIXTURE]


def _tell_tricks(system: System, state: Mapping[str, Any]) -> None:
    for name, game in getattr(system, "games", {}).items():
        assert isinstance(game, Tricked)
        game.on_initial_weights({trick: _below(f"games.{name}.tricks.{trick}.", state) for trick in game.tricks})


def _below(prefix: str, state: Mapping[str, Any]) -> dict[str, Any]:
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}


def _short(player: str) -> str:
    return player.removeprefix("games.").removeprefix("gan.")


def _of(player: str, layers: Iterable[str]) -> list[str]:
    return [layer.removeprefix(f"{player}.") for layer in layers if player_of(layer) == player]
