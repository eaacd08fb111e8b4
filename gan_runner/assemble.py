"""From a configuration to an experiment: the only place where configuration turns into objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any

import torch
from hydra.utils import get_class, instantiate
from omegaconf import DictConfig
from pytorch_lightning import Trainer, seed_everything
from torch import nn

from gan_runner.callbacks.evaluation import Evaluation
from gan_runner.config.compatibility import check_conditions, check_players, translates
from gan_runner.config.errors import ConfigError
from gan_runner.config.plain import plain_config
from gan_runner.config.schema import check
from gan_runner.data.base import DataFamily
from gan_runner.evaluation.choosing import AnyMetric
from gan_runner.features.base import MakeExtractor
from gan_runner.game import Game
from gan_runner.systems.base import MakeOptimizer, System
from gan_runner.systems.batch_norm import starved
from gan_runner.tricks.base import Trick
from gan_runner.types import Batch, Conditions, Kind, Make, Origin, Player, Shape

Config = Mapping[str, Any]


@dataclass
class Experiment:
    """What a run consists of."""

    data: DataFamily
    system: System
    trainer: Trainer


def assemble(config: DictConfig) -> Experiment:
    """Check the whole configuration, then build it; nothing is read before the last check has passed.

    Raises ConfigError, or ValueError from a part that finds itself impossible; the message names the key.
    """
    plain = plain_config(config)
    check(plain)
    seed_everything(plain["seed"], workers=True, verbose=False)
    data = build_data(plain)
    try:
        names, conditions = names_of(data), data.conditions
        system = build_system(plain, data.shape, data.num_classes, data.source_shape, names, conditions)
    except ValueError as error:  # a network knows what sizes it takes, not which key of this data sets them
        raise ConfigError(str(error).replace("data.image_size", data.size_key)) from error
    batch_sizes = {"data.batch_size": [data.batch_size], **system.batch_sizes}
    _check_batch_sizes(system, batch_sizes)
    trainer = _build_trainer(plain, data.kind)
    if trainer.world_size == 1 or not plain["trainer"].get("sync_batchnorm"):  # or ranks share their statistics
        _check_batch_norm(system, batch_sizes, plain["network"])
    for callback in trainer.callbacks:  # type: ignore[attr-defined]
        if isinstance(callback, Evaluation):
            callback.meet(data, system)
    data.check()
    return Experiment(data, system, trainer)


def _check_batch_sizes(system: System, batch_sizes: Mapping[str, Sequence[int]]) -> None:
    accumulate, packs = system.accumulate, system.packs
    pack = prod(packs.values())
    for key, size in ((key, size) for key, sizes in batch_sizes.items() for size in sizes):
        if size % accumulate:
            raise ConfigError(
                f"system.accumulate={accumulate} must divide {key}={size}: a batch is split into slices of equal size"
            )
        if size // accumulate < system.least_rows:
            least = accumulate * system.least_rows
            slices = f" in slices of {size // accumulate}, system.accumulate={accumulate}," if accumulate > 1 else ""
            raise ConfigError(
                f"{key}={size}{slices} is too few for this system, which compares {system.least_rows} rows and more: "
                f"set {key}={least} or more"
            )
        if size // accumulate % pack:
            least = accumulate * pack
            slices = f", in each of system.accumulate={accumulate} slices" if accumulate > 1 else ""
            raise ConfigError(
                f"{' and '.join(packs)} judges packs of {pack} samples{slices}, and {key}={size} does not make whole "
                f"ones: the nearest is {max(size - size % least, least)}"
            )


def _check_batch_norm(system: System, batch_sizes: Mapping[str, Sequence[int]], networks: Config) -> None:
    """Batches whose slices a discriminator judges in one row: BatchNorm takes no statistics of a single value. Every
    batch of a run has one of these sizes, the last of an epoch too.
    """
    rows = system.accumulate * prod(system.packs.values())
    for key in (key for key, sizes in batch_sizes.items() if rows in sizes):
        if found := starved(system, _zeros(system.origin, rows // system.accumulate)):
            player, module = found
            split = {"system.accumulate": system.accumulate, **system.packs}
            parted = " and ".join(f"{name}={size}" for name, size in split.items() if size > 1)
            switch = f"network.{player}.batch_norm"
            other = f", or {switch}=false" if networks.get(player, {}).get("batch_norm") else ""
            raise ConfigError(
                f"{key}={rows}{f' with {parted}' if parted else ''} leaves BatchNorm in the {player} ({module}) one "
                f"value of each channel, of which there are no statistics: set {key}={2 * rows} or more{other}"
            )


def _zeros(origin: Origin, count: int) -> Batch:
    """A batch of the shapes that data of this run has."""
    label = torch.zeros(count, dtype=torch.long) if origin.num_classes else None
    if origin.conditions is not None:
        label = torch.zeros(count, len(origin.conditions.names))
    source = torch.zeros(count, *origin.source_shape) if origin.source_shape else None
    return Batch(torch.zeros(count, *origin.shape), label, source)


def build_data(config: Config) -> DataFamily:
    """The data of a configuration; nothing is read. Raises ValueError for classes that it has not."""
    data: DataFamily = _build("data", config["data"])
    data.kept_labels()
    data.check_balance()
    return data


def build_metrics(config: Config) -> tuple[dict[str, AnyMetric], MakeExtractor | None]:
    """What a configuration measures by, and what looks at images for it. Raises ConfigError."""
    metrics = {name: _build(f"metrics.{name}", node) for name, node in (config["metrics"] or {}).items()}
    return metrics, _build("features", config["features"])


def names_of(data: DataFamily) -> tuple[str, ...] | None:
    """What its classes are called, where they have names. Raises ConfigError for those of a class of one's own that are
    no names of all classes.
    """
    if data.class_names is None:
        return None
    names = tuple(map(str, data.class_names))
    if len(names) != data.num_classes or len(set(names)) < len(names):
        raise ConfigError(
            f"{type(data).__name__}.class_names are {len(names)} names, {len(set(names))} of them different, and "
            f"num_classes is {data.num_classes}: give each class a name of its own, or none"
        )
    return names


def build_system(
    config: Config,
    shape: Shape,
    num_classes: int | None,
    source_shape: Shape | None = None,
    class_names: tuple[str, ...] | None = None,
    conditions: Conditions | None = None,
) -> System:
    """The players and the order they play in, for data of a shape. Needs no data.

    source_shape: of the other domain's images, where there is one. class_names: where the classes have any.
    conditions: of labels that are numbers.
    """
    translates(config, source_shape)  # or a sentence says what does not agree
    check_players(config)
    kind: type[System] = get_class(config["system"]["_target_"])
    if conditions is not None:
        check_conditions(config, conditions.names)
    makes = make_networks(config, num_classes if conditions is None else len(conditions.names))

    def make_tricks() -> dict[str, Trick]:
        return {name: _build(f"tricks.{name}", node) for name, node in chosen_tricks(config).items()}

    def make_game(shape: Shape, change: Callable[[Make], Make] = lambda make: make) -> Game:
        loss = _build("loss", config["loss"])
        generator: Any = makes.get("generator")  # none where a system of codes makes its own
        return Game(shape, change(generator), makes["discriminator"], loss, make_tricks())

    parts: dict[str, Any] = {name: makes[name] for name in kind.needs & makes.keys()}
    if "game" in kind.needs:
        parts["make_game"] = make_game
    if "latent" in kind.needs:
        parts["latent"] = _build("latent", config["latent"])
    if kind.needs & {"source", "input"}:
        parts["source_shape"] = source_shape
    if "likelihood" in kind.needs:
        parts["likelihood"] = _build("likelihood", config["likelihood"])
    if "tricks" in kind.needs:
        parts["tricks"] = make_tricks()
    system: System = _build("system", {**config["system"], "_partial_": True})(
        shape=shape,
        optimizers={player: _build_optimizer(*settings_of(config, "optimizer", player)) for player in kind.players},
        schedules={player: _build(*settings_of(config, "schedule", player)) for player in kind.players},
        **parts,
    )
    system.origin = Origin(
        dict(config),
        tuple(shape),
        num_classes,
        source_shape and tuple(source_shape),
        class_names=class_names,
        conditions=conditions,
    )
    return system


def settings_of(config: Config, group: str, player: Player) -> tuple[str, Any]:
    """The path and the node of a player's own settings. Raises ConfigError where there are none."""
    path = f"{group}.{player}"
    if player not in config[group]:
        raise ConfigError(f"{path} is missing, and {config['system']['_target_']} has the player {player}: give it one")
    return path, config[group][player]


def chosen_tricks(config: Config) -> dict[str, Any]:
    """The tricks of a game, but for those left out: by null, or by tricks=[…] (a recipe's settings then stand idle)."""
    nodes = config["tricks"] or {}
    idle = {
        name for name, node in nodes.items() if node is None or (isinstance(node, Mapping) and "_target_" not in node)
    }
    return {name: node for name, node in nodes.items() if name not in idle}


def make_networks(config: Config, num_classes: int | None) -> dict[str, Make]:
    """What makes each network of configs/network from the shape of the data."""
    nodes = {name: node for name, node in config["network"].items() if isinstance(node, Mapping) and "_target_" in node}
    asked = config["network"].get("conditional", False)
    makes: dict[str, Make] = {}
    for name, node in nodes.items():
        makes[name] = _build(f"network.{name}", node)
        if asked in (True, name):
            if num_classes is None:
                raise ConfigError(
                    f"network.conditional={str(asked).lower()} needs labels and this data has none: set "
                    "network.conditional=false, or choose data with labels (digits, mnist, fashion_mnist, cifar10; "
                    "data=folder data.labels=true)"
                )
            makes[name] = partial(makes[name], num_classes=num_classes)
    return makes


def _build_optimizer(path: str, node: Config) -> MakeOptimizer:
    """Tried on one number, so that a bad learning rate is found now and not after the data is read."""
    make: MakeOptimizer = _build(path, {key: _all_floats(value) for key, value in node.items()})
    try:
        make([nn.Parameter(torch.zeros(1))])
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error
    return make


def _all_floats(value: Any) -> Any:
    """betas=[0,0.99] is read as a list of a whole number and another, which torch refuses."""
    mixed = isinstance(value, list) and any(isinstance(one, float) for one in value)
    return [float(one) for one in value] if mixed else value


def _build_trainer(config: Config, kind: Kind) -> Trainer:
    trainer: Trainer = _build("trainer", {**config["trainer"], "_partial_": True})(
        kind=kind,
        callbacks=[_build(f"callbacks.{name}", part) for name, part in (config.get("callbacks") or {}).items() if part],
        logger=[_build(f"logger.{name}", part) for name, part in (config.get("logger") or {}).items() if part],
        default_root_dir=config["paths"]["run"],
    )
    return trainer


def _build(path: str, node: Config | None) -> Any:
    """Instantiate one node; what a constructor refuses is told with the node's path."""
    if node is None:
        return None
    if not isinstance(node, Mapping) or "_target_" not in node:
        raise ConfigError(f"{path} must be a mapping with a _target_, got {node!r}")
    try:
        return instantiate(dict(node), _convert_="all")
    except Exception as error:
        cause = error.__cause__ or error
        raise ConfigError(f"{path}: {cause}") from error
