"""Which keys name files and folders.

A constructor says so by the type of its argument (types.PathString, or pathlib's Path in classes of others), a
configuration by a value that it makes of another path: cache: ${paths.cache}.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from omegaconf import DictConfig, OmegaConf

from gan_runner.cli.keys import composed
from gan_runner.cli.nodes import child, is_mapping, raw
from gan_runner.config.overrides import value_of
from gan_runner.config.signatures import parameters
from gan_runner.runs.folder import RunFolder

if TYPE_CHECKING:  # most mistakes are told without it
    from pydantic import BaseModel

OF_HYDRA = ("hydra.run.dir", "hydra.sweep.dir", "hydra.sweep.subdir")
OF_PATHS = "paths."
"""The group in which every key is one."""


class PathKeys:
    """The keys of a command line that are paths. Nothing is composed before it is asked for a key of a group."""

    def __init__(self, command: str, arguments: Sequence[str]) -> None:
        self.command, self.arguments = command, arguments

    def __contains__(self, key: str) -> bool:
        if key in OF_HYDRA or key.startswith(OF_PATHS):
            return True
        if "." not in key:
            field = _own_keys(self.command).model_fields.get(key)
            return field is not None and is_path([field.annotation, *field.metadata, field])
        above, _, name = key.rpartition(".")
        node = None if self._config is None else child(self._config, above)
        return is_mapping(node) and (_is_made_of_a_path(node, name) or self._is_said_so(node, above, name))

    @cached_property
    def _config(self) -> DictConfig | None:
        """What the options compose; of a run to resume, what its folder says. None where that cannot be known."""
        resumed = next((one.partition("=")[2] for one in self.arguments if one.startswith("resume=")), "")
        if self.command != "train" or resumed in ("", "null", "auto"):
            return composed(self.command, self.arguments)
        self._foreign = True
        run = Path(os.path.expanduser(value_of(f"resume={resumed}") or ""))
        try:
            config = OmegaConf.load(RunFolder(run).composed)
        except Exception:  # told when the folder is read to resume it
            return None
        return config if isinstance(config, DictConfig) else None

    _foreign = False
    """Whether the configuration may come from anywhere, and names classes that are not to be imported yet."""

    def _is_said_so(self, node: DictConfig, path: str, name: str) -> bool:
        target = raw(node, "_target_")
        if not isinstance(target, str) or "${" in target:
            return False
        signature = parameters(target)
        if signature is None and not self._foreign:
            from gan_runner.config.schema import by_import

            try:
                signature = by_import(path, target)
            except Exception:  # told when the class is needed
                return False
        return signature is not None and name in signature[0] and is_path(signature[0][name])


def is_path(kind: Any) -> bool:
    """Whether a type, or one of its alternatives, is that of a path."""
    if kind is Path or getattr(kind, "json_schema_extra", None) == {"format": "path"}:
        return True
    parts = kind if isinstance(kind, list) else get_args(kind)
    return any(is_path(part) for part in (*parts, *getattr(kind, "__metadata__", ())))


def _own_keys(command: str) -> type[BaseModel]:
    if command == "train":
        from gan_runner.config.schema import Settings

        return Settings
    from gan_runner.exporting.request import ExportRequest
    from gan_runner.inference import request

    requests: dict[str, type[BaseModel]] = {
        "sample": request.SampleRequest,
        "evaluate": request.EvaluateRequest,
        "translate": request.TranslateRequest,
        "detect": request.DetectRequest,
        "export": ExportRequest,
    }
    return requests[command]


def _is_made_of_a_path(node: DictConfig, name: str) -> bool:
    value = raw(node, name)
    return isinstance(value, str) and value.startswith("${" + OF_PATHS)
