"""format=safetensors: the weights alone, with what builds the network around them, for PyTorch and this package.

The file's metadata have `recipe`, JSON: what the network is built from. Code that lies elsewhere reads the weights by
`safetensors.torch.load_file`, and this package the network by `load`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import torch
from hydra.errors import InstantiationException
from torch import Tensor, nn

from gan_runner.config.trust import VOUCH, check_targets
from gan_runner.exporting.discreet import placeless
from gan_runner.exporting.facts import facts
from gan_runner.exporting.network import Asked, Handed, of_system
from gan_runner.files import to_json
from gan_runner.inference.rebuild import built_of
from gan_runner.systems.base import System

PARTS = ("network", "latent", "system", "loss", "likelihood", "tricks", "optimizer", "schedule")
"""Of a configuration, what a system is built from: nothing that says where things are."""
MOST_OTHERS = 25
"""A file holds one network, and the system around it may have so many times the weights of its bytes."""


def write(handed: Handed, path: Path) -> None:
    """One file of float32 weights, contiguous, none of them shared; what is no tensor is in its metadata.

    Not `save_file`, whose files nobody but their owner may read.
    """
    from safetensors.torch import save

    tensors, _ = parted(network_of(handed).state_dict())
    copies = {name: value.clone(memory_format=torch.contiguous_format) for name, value in tensors.items()}
    told = facts(handed) | {"format": "pt", "recipe": to_json(recipe(handed))}
    path.write_bytes(save(copies, metadata=told))


def read(path: Path, handed: Handed) -> Callable[..., Tensor]:
    """What a network computes that is built from the file alone. Raises ValueError where its weights are others."""
    module = load(path, trust=True)
    kept, _ = parted(network_of(handed).state_dict())
    found, _ = parted(cast(Asked, module).network.state_dict())
    wrong = [name for name, value in kept.items() if name not in found or not torch.equal(found[name], value)]
    if wrong or kept.keys() != found.keys():
        raise ValueError(f"the safetensors file does not hold the weights to the bit ({wrong[:1]}): not handed over")

    @torch.no_grad()
    def ask(*given: Tensor) -> Tensor:
        answer: Tensor = module(*given)
        return answer

    return ask


def load(path: str | Path, trust: bool = False) -> nn.Module:
    """The network of a file, in evaluation mode. It is called with the inputs that the card names, in their order.

    trust: whether the file may name classes of others, which are imported. Raises ValueError, one sentence, for a file
    that gan-export has not written, for one that asks for such classes, and where these cannot be imported;
    FileNotFoundError for none.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    if not path.is_file():
        if path.exists():
            raise ValueError(f"{path} is no file: give a .safetensors file, such as {path / 'generator.safetensors'}")
        raise FileNotFoundError(f"{path} does not exist: give a .safetensors file that gan-export wrote")
    try:
        with safe_open(path, "pt") as file:
            told = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # it is no mapping
    except SafetensorError as error:
        raise ValueError(f"{path} is no safetensors file: {error}") from error
    if "recipe" not in told:
        raise ValueError(f"{path} does not say what its network is: gan-export writes that into the files it makes")
    described = _described(told["recipe"], path)
    system = _built(described["origin"], path, trust)
    module = of_system(system, described["part"], state=described["state"]).module
    try:
        cast(Asked, module).network.load_state_dict(tensors | described["state"])
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"the weights in {path} do not fit the network that it describes: {reason}") from error
    return module


def _built(plain: Mapping[str, Any], path: Path, trust: bool) -> System:
    """Raises ValueError, one sentence in words of Python."""
    try:
        return built_of(plain, str(path), MOST_OTHERS * path.stat().st_size, trust)
    except (ValueError, InstantiationException) as error:
        said = " ".join(str(error).split()).replace("in this checkpoint", f"in {path}")
        raise ValueError(said.replace(VOUCH, "give load(…, trust=True)")) from error


def needs_trust(handed: Handed) -> bool:
    """Whether `load` builds what a file holds only where somebody vouches for classes of one's own."""
    try:
        check_targets(recipe(handed)["origin"]["config"])
    except ValueError:
        return True
    return False


def _described(text: str, path: Path) -> dict[str, Any]:
    try:
        found = json.loads(text)
        if isinstance(found, dict) and isinstance(found["part"], str) and isinstance(found["state"], dict):
            return found | {"origin": dict(found["origin"])}
    except (ValueError, LookupError, TypeError):
        pass
    raise ValueError(f"{path} does not say what its network is in a way that this version reads")


def network_of(handed: Handed) -> nn.Module:
    """The network by itself, whose weights have the names that its class gives them."""
    return cast(Asked, handed.module).network


def parted(state: Mapping[str, Any]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """A state's tensors, and what is none: `get_extra_state` of networks that grow."""
    tensors = {name: value for name, value in state.items() if isinstance(value, Tensor)}
    return tensors, {name: value for name, value in state.items() if name not in tensors}


def recipe(handed: Handed) -> dict[str, Any]:
    """What the network is built from: its part of the run, what that was built from, what of its state is no tensor."""
    origin = handed.origin.plain()
    for aside in ("data", "scales", "depth"):
        origin.pop(aside, None)
    config = handed.origin.config
    origin["config"] = {part: placeless(config[part]) for part in PARTS if part in config}
    if codes := (config.get("callbacks") or {}).get("codes"):  # which fits what samples are drawn from
        origin["config"]["callbacks"] = {"codes": {"_target_": codes.get("_target_")}}
    return {"part": handed.part, "origin": origin, "state": parted(network_of(handed).state_dict())[1]}
