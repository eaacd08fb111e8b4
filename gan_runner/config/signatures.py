"""The constructors of our own classes and of torch's optimizers, read from their source: importing them takes seconds.

A mistake in a value is so told at once. What is read is what config.schema.parameters finds in the imported class.
Where the source alone does not tell, the type is Any and the constructor open to any other argument, so that nothing
is refused here that the classes themselves would take.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gan_runner.config.errors import nearest

READ = ("gan_runner", "torch.optim")
"""Packages whose source is read."""
IMPORTED = {*sys.stdlib_module_names, "pydantic"}
"""Packages that types are made of, quick to import."""
BARE = {"abc.ABC", "typing.Generic", "typing.Protocol", "torch.nn.Module", "pytorch_lightning.Callback",
        "pytorch_lightning.LightningModule"}  # fmt: skip
"""Base classes that take no argument, whether they say so or not."""
TENSOR = "torch.Tensor"

Definition = ast.ClassDef | ast.FunctionDef


class UnreadableError(Exception):
    """Only running the source would tell."""


@cache  # a sweep asks once for each job
def parameters(target: str) -> tuple[Mapping[str, Any], bool] | None:
    """The keyword arguments a target takes, with their types, and whether it may take any other.

    None for a target whose source is not read or does not tell.
    """
    module, _, name = target.rpartition(".")
    try:
        home, definition = _defined(module, name)
    except UnreadableError:
        return None
    if isinstance(definition, ast.ClassDef):
        return _of_class(home, definition)
    if definition.decorator_list:
        return None
    return Annotations(_arguments(home, definition)), definition.args.kwarg is not None


def takes(target: str, name: str) -> bool:
    """Whether a class that can be read has this very argument."""
    signature = parameters(target)
    return signature is not None and name in signature[0]


def missing(target: str) -> str | None:
    """Why a target cannot be there, as far as sources tell; None where it may be."""
    module, _, name = target.rpartition(".")
    top = target.partition(".")[0]
    if not module:
        return "a class is named with its module, as in my_package.my_module.MyClass"
    try:
        if find_spec(top) is None:
            return f"there is no module {top}"
    except (ImportError, ValueError):
        return f"there is no module {top!r}"
    if top != READ[0]:
        return None
    try:
        home = _source(module)
    except UnreadableError:
        return f"there is no module {module}"
    return None if name in home.bound else f"{module} has no {name}{nearest(name, _classes(home))}"


def attribute(target: str, name: str, default: Any = None) -> Any:
    """What a class of this package says of itself by a plain value in its body, or a base of it does."""
    try:
        lineage = _lineage(*_class(target))
    except UnreadableError:
        return default
    for kind in lineage:
        for part in kind[1].body if not isinstance(kind, str) else ():
            if isinstance(part, ast.Assign | ast.AnnAssign) and name in _assigned(part) and part.value is not None:
                with suppress(ValueError):
                    return ast.literal_eval(part.value)
    return default


def _class(target: str) -> tuple[Source, ast.ClassDef]:
    home, definition = _defined(*_parted(target))
    if not isinstance(definition, ast.ClassDef):
        raise UnreadableError(target)
    return home, definition


def _assigned(part: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = part.targets if isinstance(part, ast.Assign) else [part.target]
    return [one.id for one in targets if isinstance(one, ast.Name)]


def _classes(home: Source) -> list[str]:
    return [name for name, bound in home.bound.items() if isinstance(bound, ast.ClassDef | ast.FunctionDef)]


class Annotations(Mapping[str, Any]):
    """Types by the names of arguments, made of their source when asked for."""

    def __init__(self, sources: Mapping[str, tuple[Source, ast.expr | None]]) -> None:
        self.sources = sources
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = self._read(name)
        return self._known[name]

    def _read(self, name: str) -> Any:
        home, expression = self.sources[name]
        if expression is None:
            return Any
        try:
            return _evaluated(expression, home)
        except UnreadableError:
            return Any

    def __iter__(self) -> Iterator[str]:
        return iter(self.sources)

    def __len__(self) -> int:
        return len(self.sources)


# ---- constructors ---------------------------------------------------------------------------------------------------


def _of_class(home: Source, definition: ast.ClassDef) -> tuple[Annotations, bool]:
    """A constructor's **kwargs stand for the arguments of the next class in the method resolution order."""
    accepted: dict[str, tuple[Source, ast.expr | None]] = {}
    lineage = _lineage(home, definition)
    for place, kind in enumerate(lineage):
        if isinstance(kind, str) or not _is_plain(*kind):
            return Annotations(accepted), True
        if _is_dataclass(*kind):
            return Annotations(accepted | _fields(lineage[place:])), False
        maker = next((part for part in kind[1].body if getattr(part, "name", None) == "__init__"), None)
        if maker is None:
            continue
        if not isinstance(maker, ast.FunctionDef) or maker.decorator_list:
            return Annotations(accepted), True
        accepted = _arguments(kind[0], maker) | accepted
        if maker.args.kwarg is None:
            return Annotations(accepted), False
    return Annotations(accepted), False


def _arguments(home: Source, maker: ast.FunctionDef) -> dict[str, tuple[Source, ast.expr | None]]:
    taken = (*maker.args.args, *maker.args.kwonlyargs)
    return {one.arg: (home, one.annotation) for one in taken if one.arg != "self"}


def _is_plain(home: Source, definition: ast.ClassDef) -> bool:
    """Whether nothing but dataclass makes another class of this one, or of its constructor."""
    made = {target.id for part in definition.body if isinstance(part, ast.Assign) for target in part.targets
            if isinstance(target, ast.Name)}  # fmt: skip
    decorated = any(_dotted(home, decorator) != "dataclasses.dataclass" for decorator in definition.decorator_list)
    return not decorated and "__init__" not in made and all(word.arg != "metaclass" for word in definition.keywords)


def _is_dataclass(home: Source, definition: ast.ClassDef) -> bool:
    return any(_dotted(home, decorator) == "dataclasses.dataclass" for decorator in definition.decorator_list)


def _fields(lineage: Sequence[tuple[Source, ast.ClassDef] | str]) -> dict[str, tuple[Source, ast.expr | None]]:
    """Those of a dataclass whose bases are dataclasses too."""
    fields: dict[str, tuple[Source, ast.expr | None]] = {}
    for kind in reversed(lineage):
        for part in kind[1].body if not isinstance(kind, str) else ():
            if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name):
                fields[part.target.id] = (kind[0], part.annotation)  # type: ignore[assignment]
    return {name: field for name, field in fields.items() if "ClassVar" not in ast.dump(field[1] or ast.Pass())}


def _lineage(home: Source, definition: ast.ClassDef) -> list[tuple[Source, ast.ClassDef] | str]:
    """The method resolution order (C3), without `object` and BARE; the dotted name of a class that is not read."""
    bases: list[list[tuple[Source, ast.ClassDef] | str]] = []
    for base in definition.bases:
        dotted = _dotted(home, base)
        try:
            of = _defined(*_parted(dotted))
        except UnreadableError:
            bases.append([] if dotted in BARE else [dotted])
        else:
            assert isinstance(of[1], ast.ClassDef)
            bases.append(_lineage(of[0], of[1]))
    order: list[tuple[Source, ast.ClassDef] | str] = [(home, definition)]
    pending = [*bases, [line[0] for line in bases if line]]
    while pending := [line for line in pending if line]:
        heads = (line[0] for line in pending)
        following = next(head for head in heads if not any(head in line[1:] for line in pending))
        order.append(following)
        pending = [line[1:] if line[0] == following else line for line in pending]
    return order


# ---- names ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Source:
    """A module that is read: what its top level binds each name to, the last time."""

    module: str
    package: str
    bound: Mapping[str, ast.stmt]


@cache
def _source(module: str) -> Source:
    """Raises UnreadableError for a module that is not there, or not to be read."""
    if not any(module == package or module.startswith(f"{package}.") for package in READ):
        raise UnreadableError(module)
    top, *inner = module.split(".")
    spec = find_spec(top)
    for place in (spec and spec.submodule_search_locations) or ():
        folder = Path(place, *inner)
        for path, package in ((folder / "__init__.py", module), (folder.with_suffix(".py"), module.rpartition(".")[0])):
            if path.is_file():
                return Source(module, package, dict(_bindings(ast.parse(path.read_bytes()).body)))
    raise UnreadableError(module)


def _bindings(body: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    for part in body:
        if isinstance(part, ast.Import | ast.ImportFrom):
            for alias in part.names:
                yield alias.asname or alias.name.partition(".")[0], part
        elif isinstance(part, ast.ClassDef | ast.FunctionDef):
            yield part.name, part
        elif isinstance(part, ast.Assign | ast.AnnAssign):
            for target in part.targets if isinstance(part, ast.Assign) else (part.target,):
                if isinstance(target, ast.Name):
                    yield target.id, part


def _defined(module: str, name: str) -> tuple[Source, Definition]:
    """Where a class or function is defined, through the imports of those who pass it on."""
    home = _source(module)
    bound = home.bound.get(name)
    if isinstance(bound, ast.ClassDef | ast.FunctionDef):
        return home, bound
    if isinstance(bound, ast.ImportFrom):
        return _defined(*_parted(_origin(home, bound, name)))
    raise UnreadableError(f"{module}.{name}")


def _parted(dotted: str) -> tuple[str, str]:
    module, _, name = dotted.rpartition(".")
    return module, name


def _origin(home: Source, bound: ast.Import | ast.ImportFrom, name: str) -> str:
    """The dotted name that an import binds a name to."""
    (alias,) = (one for one in bound.names if (one.asname or one.name.partition(".")[0]) == name)
    if isinstance(bound, ast.Import):
        return alias.name if alias.asname else name
    above = home.package.split(".")
    package = above[: len(above) - bound.level + 1] if bound.level else []
    return ".".join([*package, *([bound.module] if bound.module else []), alias.name])


def _dotted(home: Source, expression: ast.expr) -> str:
    """What a base class or a decorator is called where it comes from; its arguments and type parameters aside."""
    if isinstance(expression, ast.Subscript):
        return _dotted(home, expression.value)
    if isinstance(expression, ast.Call):
        return _dotted(home, expression.func)
    if isinstance(expression, ast.Attribute):
        return f"{_dotted(home, expression.value)}.{expression.attr}"
    if not isinstance(expression, ast.Name):
        return ast.dump(expression)
    bound = home.bound.get(expression.id)
    if isinstance(bound, ast.Import | ast.ImportFrom):
        return _origin(home, bound, expression.id)
    return f"{home.module}.{expression.id}" if bound else expression.id


# ---- types ----------------------------------------------------------------------------------------------------------


class _Names(dict[str, Any]):
    """The names of a module, as far as types are made of them; each is looked up when it is met."""

    def __init__(self, home: Source) -> None:
        super().__init__()
        self.home = home

    def __missing__(self, name: str) -> Any:
        if name not in self.home.bound and hasattr(builtins, name):
            return getattr(builtins, name)
        return _value(self.home, name)

    __getattr__ = __missing__  # of a module that a type is taken from: degrading.Range


def _evaluated(expression: ast.expr, home: Source) -> Any:
    """The type that an annotation stands for."""
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        expression = ast.parse(expression.value, mode="eval").body
    try:
        return eval(compile(ast.Expression(expression), home.module, "eval"), {"__builtins__": {}}, _Names(home))
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(ast.dump(expression)) from error


def _value(home: Source, name: str) -> Any:
    """What a module binds a name to: an alias of a type, a class, or what it imports."""
    bound = home.bound.get(name)
    if isinstance(bound, ast.Import | ast.ImportFrom):
        return _imported(_origin(home, bound, name))
    if isinstance(bound, ast.Assign | ast.AnnAssign) and bound.value is not None:
        return _evaluated(bound.value, home)
    if isinstance(bound, ast.ClassDef) and not bound.decorator_list and not _is_special(home, bound):
        return _stand_in(f"{home.module}.{name}")
    raise UnreadableError(f"{home.module}.{name}")


def _imported(dotted: str) -> Any:
    """A module, or what a module has of that name."""
    module, name = _parted(dotted)
    if dotted.partition(".")[0] in IMPORTED:
        return getattr(import_module(module), name) if module else import_module(name)
    if dotted == TENSOR:
        return _stand_in(dotted)
    with suppress(UnreadableError):
        return _Names(_source(dotted))
    return _value(_source(module), name)


SPECIAL = {"typing.NamedTuple", "typing.TypedDict", "pydantic.BaseModel", "enum.Enum", "enum.StrEnum", "enum.IntEnum"}
"""Bases of classes that may be given as plain data."""


def _is_special(home: Source, definition: ast.ClassDef) -> bool:
    lineage = _lineage(home, definition)
    return any(kind in SPECIAL or (isinstance(kind, str) and "." not in kind) for kind in lineage)


@cache
def _stand_in(dotted: str) -> type:
    """A class of that name: of a class no more is asked than whether a value is one, and no value in YAML is."""
    module, name = _parted(dotted)
    return type(name, (), {"__module__": module})
