"""What the source says of constructors is what the imported classes say."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from hydra.utils import get_object

from gan_runner.config import schema
from gan_runner.config.options import CONFIGS
from gan_runner.config.signatures import READ, attribute, missing, parameters

UNREAD = {"augment", "archive", "optimizers", "params"}
"""Arguments whose types only running the source tells: dataclasses, types of torch."""


def named(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "_target_" in node:
            yield node["_target_"]
        node = list(node.values())
    for value in node if isinstance(node, list) else ():
        yield from named(value)


TARGETS = sorted({name for path in CONFIGS.rglob("*.yaml") for name in named(yaml.safe_load(path.read_text("utf-8")))})


def unquoted(kind: Any) -> str:
    """A type in words; what a maker gives (types.Make) stays quoted, since reading it would import torch."""
    return repr(kind).replace("'nn.Module'", "torch.nn.modules.module.Module")


@pytest.mark.parametrize("target", [name for name in TARGETS if name.startswith(READ)])
def test_every_target_is_read_as_it_is(target: str) -> None:
    read = parameters(target)
    assert read is not None
    (found, open_ended), (accepted, takes_any) = read, schema.parameters(get_object(target))
    if open_ended:  # what a class of a third party takes is not read
        assert set(found) <= set(accepted)
        assert target.rpartition(".")[2] in ("Trainer", "Sweep", "Wandb")
    else:
        assert not takes_any
        assert set(found) == set(accepted)
    for name, kind in found.items():  # stand-ins have the names of the classes
        assert unquoted(kind) == repr(accepted[name]) or (kind is Any and name in UNREAD), name


def test_what_is_not_read_is_not_judged() -> None:
    for target in ("pytorch_lightning.loggers.TensorBoardLogger", "torch.nn.Linear", "os.system", "json", "", "a..b"):
        assert parameters(target) is None
    for target in ("gan_runner.nothing.X", "gan_runner.tricks.ema.Nothing", "gan_runner.tricks.ema"):
        assert parameters(target) is None
    assert schema.by_source("x", 3) is None  # type: ignore[arg-type]


SOURCE = """
from __future__ import annotations
import dataclasses
import typing as t
from dataclasses import dataclass, field
from typing import ClassVar, Generic, NamedTuple, TypeVar, TYPE_CHECKING
import torch
from torch import Tensor, nn
from gan_runner.types import Direction
from gan_runner import types
if TYPE_CHECKING:
    from gan_runner.types import Shape
Number = int
Number = float
Both = Number | t.Literal["auto"]
T = TypeVar("T")
class Point(NamedTuple):
    x: int
class Base(nn.Module, Generic[T]):
    def __init__(self, a: int, b: str = "", *, c: "Both | None" = None) -> None: ...
class Left(Base[int]):
    def __init__(self, d: bool, a: float = 1.0, **kwargs: t.Any) -> None: ...
class Right(Base[int]):
    def __init__(self, e: Direction, **kwargs: t.Any) -> None: ...
class Both_(Left, Right):
    shown: int = 3
@dataclass(frozen=True)
class Parent:
    x: int
    count: ClassVar[int] = 0
@dataclasses.dataclass
class Child(Parent):
    y: list[Number] = field(default_factory=list)
class Odd:
    def __init__(self, when: Shape, grid: torch.dtype, point: Point, base: Base, way: types.Direction,
                 error: ValueError, plain: Tensor, none) -> None: ...
class Decorated:
    @staticmethod
    def __init__(a: int) -> None: ...
class Foreign(nn.Linear):
    def __init__(self, a: int, **kwargs: int) -> None: ...
class Made(metaclass=t.Any): ...
class Bare: ...
def make(a: int, /, b: float, *rest: int, c: Direction = "a2b", **more: int) -> None: ...
@dataclass
def decorated(a: int) -> None: ...
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package of its own that is read like ours."""
    (tmp_path / "readable" / "inner").mkdir(parents=True)
    (tmp_path / "readable" / "__init__.py").write_text("from .inner.parts import Left as Passed\n")
    (tmp_path / "readable" / "inner" / "__init__.py").write_text("")
    (tmp_path / "readable" / "inner" / "parts.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("gan_runner.config.signatures.READ", (*READ, "readable"))
    return "readable.inner.parts"


def test_kwargs_stand_for_the_next_class(module: str) -> None:
    for target in (f"{module}.Left", "readable.Passed"):
        assert read(target) == ({"d": bool, "a": float, "b": str, "c": float | Literal["auto"] | None}, False)
    both, open_ended = read(f"{module}.Both_")
    assert set(both) == {"a", "b", "c", "d", "e"}
    assert not open_ended
    assert both["a"] is float  # of the class that comes first
    assert both["e"] == Literal["a2b", "b2a"]


def test_dataclasses_take_their_fields(module: str) -> None:
    assert read(f"{module}.Child") == ({"x": int, "y": list[float]}, False)
    assert read(f"{module}.Parent") == ({"x": int}, False)


def test_what_the_source_does_not_tell_is_left_open(module: str) -> None:
    kinds, open_ended = read(f"{module}.Odd")
    assert not open_ended
    assert [kinds[name] for name in ("when", "grid", "point", "none")] == [Any] * 4
    assert [kinds[name].__qualname__ for name in ("base", "plain")] == ["Base", "Tensor"]  # stand-ins
    assert kinds["way"] == Literal["a2b", "b2a"]
    assert kinds["error"] is ValueError
    assert read(f"{module}.Foreign") == ({"a": int}, True)
    for kind in ("Decorated", "Made"):
        assert read(f"{module}.{kind}") == ({}, True)
    assert read(f"{module}.Bare") == ({}, False)
    assert read(f"{module}.make") == ({"b": float, "c": Literal["a2b", "b2a"]}, True)
    assert parameters(f"{module}.decorated") is None


def read(target: str) -> tuple[dict[str, Any], bool]:
    found = parameters(target)
    assert found is not None
    return dict(found[0]), found[1]


def test_reading_imports_neither_torch_nor_what_is_read() -> None:
    code = (
        "import sys; from gan_runner.config.signatures import parameters; "
        f"[dict(found[0]) for found in map(parameters, {TARGETS!r}) if found]; "
        "sys.exit(bool({'torch', 'hydra', 'gan_runner.tricks.base', 'gan_runner.data.base'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_cannot_be_there_is_told_without_an_import() -> None:
    assert missing("foo.Bar") == "there is no module foo"
    assert missing("Bar") == "a class is named with its module, as in my_package.my_module.MyClass"
    assert missing("gan_runner.losses.hinge.Hing") == "gan_runner.losses.hinge has no Hing (did you mean Hinge?)"
    assert missing("gan_runner.nothing.X") == "there is no module gan_runner.nothing"
    for name in ("gan_runner.losses.hinge.Hinge", "torch.optim.Adam", "torch.nn.Nothing", "os.path.join"):
        assert missing(name) is None


@pytest.mark.parametrize("name", ["kind", "images_only", "teaches_labels", "needs_adversary", "nothing_has_this"])
@pytest.mark.parametrize(
    "target", [name for name in TARGETS if name.startswith(("gan_runner.tricks.", "gan_runner.data."))]
)
def test_what_a_class_says_of_itself_is_read_as_it_is(target: str, name: str) -> None:
    assert attribute(target, name, "absent") == getattr(get_object(target), name, "absent")


def test_what_cannot_be_read_says_nothing_of_itself() -> None:
    assert attribute("somewhere.else.Class", "kind", "absent") == "absent"
    assert attribute("gan_runner.config.signatures.attribute", "kind") is None
