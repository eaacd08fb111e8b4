"""Checks a composed configuration against the signatures of what it names, before anything is built or read."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Literal, TypeVar, get_type_hints

from hydra._internal.utils import _locate
from hydra.utils import get_object
from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from gan_runner.config import signatures
from gan_runner.config.errors import ConfigError, nearest
from gan_runner.config.lesson import Lesson
from gan_runner.config.options import CONFIGS, NAMED, options, parts_of
from gan_runner.config.overrides import DECIMAL_COMMA
from gan_runner.types import PathString, Seed

Model = TypeVar("Model", bound=BaseModel)

RESERVED = ("_target_", "_partial_", "_convert_", "_recursive_", "_args_")


class Pinned(BaseModel):
    """A checkpoint file and the SHA-256 of its contents, as a run keeps what init_from named."""

    model_config = ConfigDict(extra="forbid")

    path: str
    sha256: str


class Settings(BaseModel):
    """The keys of train.yaml that no constructor receives."""

    model_config = ConfigDict(extra="ignore")

    name: str | int | float | None = None
    seed: Seed = 0
    resume: PathString | None = None
    init_from: PathString | Pinned | None = None
    allow_changes: bool = False
    trust: bool = False
    skip_finished: bool = False
    objective: str | None = None
    objective_mode: Literal["min", "max"] = "min"
    lesson: Lesson | None = None
    trace: bool = False


class Network(BaseModel):
    """The keys of network that no constructor receives."""

    model_config = ConfigDict(extra="ignore")

    conditional: bool | Literal["generator"] = False


REQUIRED = ("latent", "system", "loss", "network.generator", "network.discriminator", "optimizer.generator",
            "optimizer.discriminator")  # fmt: skip
PERIODS = ("T_max", "total_iters")
"""Lengths of schedules, which follow trainer.max_steps unless they are given."""

Signature = tuple[Mapping[str, Any], bool]
"""The keyword arguments a target takes, with their types, and whether it takes any other."""
Look = Callable[[str, str], Signature | None]
"""The signature of the target of a node: of its dotted path and the target's dotted name. None: it is not known yet."""


def by_import(path: str, name: str) -> Signature:
    """Of any target. Raises ConfigError when it cannot be imported."""
    try:
        target = _locate(name)  # get_object, without lines in the log
    except Exception as error:
        reason = " ".join(str(error.__cause__ or error).split())
        raise ConfigError(f"{path}._target_={name} cannot be imported: {reason}") from error
    return parameters(target)


def by_source(path: str, name: Any) -> Signature | None:
    """Of a target of this package or of torch.optim, without importing anything slow.

    Raises ConfigError for a name that nothing has.
    """
    if not isinstance(name, str):
        return None
    if reason := signatures.missing(name):
        raise ConfigError(f"{path}._target_={name} cannot be imported: {reason}")
    return signatures.parameters(name)


def check(config: Mapping[str, Any], look: Look = by_import) -> None:
    """Compare every `_target_` node with its constructor: names, types and ranges. Raises ConfigError."""
    _check_numbers(config)
    _check_presence(config)
    _check_lengths_and_rates(config)
    if isinstance(config.get("network"), Mapping):
        network = {key: config["network"][key] for key in Network.model_fields if key in config["network"]}
        validate(Network, network, "network")
    if isinstance(config.get("lesson"), Mapping):
        validate(Lesson, config["lesson"], "lesson")  # which names the key within
    validate(Settings, {key: config[key] for key in Settings.model_fields if key in config}, "")
    check_parts(config, look)
    _check_partial(config)


def check_parts(config: Mapping[str, Any], look: Look = by_import) -> None:
    """Compare every `_target_` node with its constructor. Raises ConfigError."""
    for path, node in targets(config, ""):
        _check_node(path, node, look, config)


def _check_numbers(config: Mapping[str, Any]) -> None:
    # Of equal ones the shortest path first: a player's rate repeats optimizer.lr.
    for path, value in sorted(_numbers(config, ""), key=lambda number: number[0].count(".")):
        if not math.isfinite(value):
            raise ConfigError(f"{path}={value} is not valid: it should be a finite number")


def _check_presence(config: Mapping[str, Any]) -> None:
    """Parts that no game goes without are there, and each part is a mapping that names its class."""
    for path in REQUIRED:
        *above, name = path.split(".")
        node: Any = config
        for step in above:
            node = node.get(step) if isinstance(node, Mapping) else None
        if isinstance(node, Mapping) and name in node:  # else a configuration of other parts
            _check_part(path, node[name])
    for group in NAMED:
        for name, node in (config.get(group) or {}).items():
            if node and not isinstance(node, Mapping):  # null leaves a part out
                _check_part(f"{group}.{name}", node)


def _check_partial(config: Mapping[str, Any]) -> None:
    """What is built when its optimizer, its parameters or its data are known says so."""
    for group in ("network", "optimizer", "schedule"):
        for name, node in (config.get(group) or {}).items():
            if isinstance(node, Mapping) and "_target_" in node and node.get("_partial_") is not True:
                raise ConfigError(
                    f"{group}.{name} lacks _partial_: true, and the rest of its arguments are known later: add "
                    f"+{group}.{name}._partial_=true"
                )


def _check_part(path: str, node: Any) -> None:
    if not isinstance(node, Mapping) or "_target_" not in node:
        raise ConfigError(f"{path} must be a mapping with a _target_, got {node!r}")


def _check_lengths_and_rates(config: Mapping[str, Any]) -> None:
    """What torch takes, or says in words of its own, seconds later."""
    for player, node in (config.get("schedule") or {}).items():
        for key in PERIODS:
            if isinstance(node, Mapping) and isinstance(node.get(key), int) and node[key] < 1:
                raise ConfigError(
                    f"schedule.{player}.{key}={node[key]} is not valid: it should be a number of batches, as "
                    "trainer.max_steps is where a run has an end; else take schedule=constant"
                )
    for player, node in (config.get("optimizer") or {}).items():
        if isinstance(node, Mapping) and isinstance(rate := node.get("lr"), int | float) and rate < 0:
            path = _shared(config, f"optimizer.{player}", "lr")
            raise ConfigError(f"{path}.lr={rate} is not valid: it should be greater than or equal to 0")


def _numbers(node: Any, path: str) -> Iterator[tuple[str, float]]:
    """Every float with its dotted path."""
    if isinstance(node, float):
        yield path, node
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _numbers(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _numbers(value, f"{path}[{index}]")


def targets(node: Any, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every mapping with a `_target_`, with its dotted path, outermost first."""
    if isinstance(node, Mapping):
        if "_target_" in node:
            yield path, node
        for key, value in node.items():
            yield from targets(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from targets(value, f"{path}[{index}]")


def _of_images(path: str, config: Mapping[str, Any]) -> str:
    """What to do where a game of codes has a discriminator of its own, and a network has settings of one of images."""
    if path != "network.discriminator" or not config.get("likelihood"):
        return ""
    networks = {option: parts_of("network", option) for option in options(CONFIGS / "network")}
    others = [node for name, node in config["network"].items() if name != "discriminator" and isinstance(node, Mapping)]
    classes = {node["_target_"] for node in others if "_target_" in node}
    for option, parts in networks.items():
        if "discriminator" in parts and any(part.get("_target_") in classes for part in parts.values()):
            without = [one for one, parts in networks.items() if "decoder" in parts and "discriminator" not in parts]
            return (
                f": network={option} has a discriminator of images, and this model has one of codes in its place: "
                f"choose a network without one, network={' or network='.join(without)}"
            )
    return ""


def _of_codes(path: str, node: Mapping[str, Any]) -> str:
    """What to do where an encoder is made of the kind of a discriminator, and a network has an encoder of its own."""
    if path != "network.encoder" or "trunk" not in node:
        return ""
    return (
        ": this model makes its encoder of the kind of the discriminator, and that network has one of its own: choose "
        "a network for games of two, network=dcgan"
    )


def _check_node(path: str, node: Mapping[str, Any], look: Look, config: Mapping[str, Any]) -> None:
    signature = look(path, node["_target_"])
    if signature is None:
        return
    accepted, open_ended = signature
    given = {key: value for key, value in node.items() if key not in RESERVED}
    for key in given:
        if key not in accepted and not open_ended:
            way = _of_images(path, config) or _of_codes(path, node) or nearest(key, accepted)
            raise ConfigError(f"unknown key {path}.{key}{way}")
    fields: dict[str, Any] = {
        # What is built from its own node is checked as that node; what is passed later cannot be missing now.
        key: accepted[key] if not _contains_target(value) else Any
        for key, value in given.items()
        if key in accepted
    }
    try:
        model = _arguments(tuple(fields.items()))
    except Exception:  # a third party's annotation that pydantic cannot read
        return
    validate(model, {key: given[key] for key in fields}, path, lambda path, key: _shared(config, path, key))


@cache  # the jobs of a sweep ask for the same again and again
def _arguments(fields: tuple[tuple[str, Any], ...]) -> type[BaseModel]:
    """Arguments by name and type, none of which may be missing. Raises what pydantic does for other annotations."""
    wanted: dict[str, Any] = {key: (annotation, ...) for key, annotation in fields}
    return create_model("Arguments", __config__=ConfigDict(arbitrary_types_allowed=True), **wanted)


def _shared(config: Mapping[str, Any], path: str, key: str) -> str:
    """Where a value of a player's part was given: above it, where one stands for both players. optimizer.lr"""
    above = path.rpartition(".")[0]
    node: Any = config
    for name in above.split("."):
        node = node.get(name) if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping) or key not in node or "_target_" in node:
        return path
    return above if repr(node[key]) == repr(node[path.rpartition(".")[2]].get(key)) else path


def parameters(target: Callable[..., Any]) -> tuple[dict[str, Any], bool]:
    """The keyword arguments a target takes, with their types, and whether it takes any other.

    A constructor's **kwargs stand for the arguments of the next class in its method resolution order.
    """
    accepted: dict[str, Any] = {}
    for maker in (
        [vars(kind)["__init__"] for kind in target.__mro__ if "__init__" in vars(kind)]
        if inspect.isclass(target)
        else [target]
    ):
        if maker is object.__init__:
            break
        signature = inspect.signature(maker)
        try:
            hints = get_type_hints(maker, include_extras=True)
        except Exception:
            hints = {}
        for name, parameter in signature.parameters.items():
            if name != "self" and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                accepted.setdefault(name, hints.get(name, Any))
        if not any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values()):
            return accepted, False
    return accepted, not inspect.isclass(target)


def class_attribute(node: Mapping[str, Any], name: str, default: Any = False) -> Any:
    """What the class that a node names says of itself; `default` where it says nothing."""
    return getattr(get_object(node["_target_"]), name, default) if "_target_" in node else default


def _contains_target(value: Any) -> bool:
    return next(targets(value, ""), None) is not None


def validate(
    model: type[BaseModel],
    values: Mapping[str, Any],
    path: str,
    shared: Callable[[str, str], str] = lambda path, key: path,
) -> None:
    """Hold the values at `path` against a model. Raises ConfigError with the first problem, naming its key.

    shared: where the value of a key at a path was given, if not there.
    """
    try:
        # As JSON: strict there takes a list for a tuple and a string for a Path, but not '64' for a number, which
        # the constructor would get uncoerced.
        model.model_validate_json(json.dumps(values, default=str), strict=True)
    except ValidationError as error:
        raise _refused(error, values, path, shared) from None


def filled(model: type[Model], values: Mapping[str, Any]) -> Model:
    """A model with these values. Raises ConfigError with the first problem, naming its key."""
    validate(model, values, "")
    try:
        return model(**values)
    except ValidationError as error:  # of an object that Python alone can give: JSON has a string in its place
        raise _refused(error, values, "", lambda path, key: path) from None


def _refused(
    error: ValidationError, values: Mapping[str, Any], path: str, shared: Callable[[str, str], str]
) -> ConfigError:
    """The first problem in a sentence that names its key."""
    problem = error.errors()[0]
    inner = [str(part) for part in problem["loc"]]
    key = ".".join([shared(path, inner[0]) if path and inner else path, *inner[:1]] if path else inner[:1])
    given = values.get(inner[0]) if inner else values
    return ConfigError(f"{key}={given!r} is not valid: {_reason(error, inner[0])}{_whole(problem)}")


def _reason(error: ValidationError, key: str) -> str:
    """What pydantic wants, once per alternative of a union, in lower case."""
    problems = [p for p in error.errors() if p["loc"][0] == key and p["type"] != "needs_python_object"]
    wanted = [_want(p) for p in problems]
    return "it " + ", or ".join(dict.fromkeys(wanted or ["should be a mapping with a _target_"]))


def _whole(problem: Any) -> str:
    """1e3 is a float in YAML, and so is 2.0; 0,001 in quotes is a text, and a list of 0,5 is one of two numbers."""
    value = problem["input"]
    if isinstance(value, str) and DECIMAL_COMMA.fullmatch(value):
        return f": write {value.replace(',', '.')}, with a point"
    if problem["type"] == "too_long" and len(value) % 2 == 0 and all(isinstance(one, int) for one in value):
        pairs = zip(value[::2], value[1::2], strict=True)
        return f": a number has a point, [{','.join(f'{whole}.{rest}' for whole, rest in pairs)}]"
    wanted = problem["type"].startswith("int_") and isinstance(value, float) and value.is_integer()
    return f": write {int(value)}" if wanted else ""


def _want(problem: Any) -> str:
    """What it should be, of one problem: of a tuple or a mapping that lacks something, too."""
    if problem["type"] == "missing":
        return "should have more elements" if isinstance(problem["loc"][-1], int) else f"lacks {problem['loc'][-1]}"
    message: str = problem["msg"].removeprefix("Value error, ")
    return message.removeprefix("Input ").removeprefix("Value ").lower()
