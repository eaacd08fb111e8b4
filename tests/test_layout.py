"""One name, three places; imports that go one way; configurations that name what exists."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from inspect import isclass, signature
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra import compose, initialize_config_dir
from hydra.utils import get_object
from omegaconf import OmegaConf

from fixtures import composing
from fixtures.recipes import MODELS, RESTORING
from gan_runner import latents
from gan_runner.config.options import CONFIGS, PACKAGE, options

TESTS = Path(__file__).parent
GROUPS = {"losses": "loss", "tricks": "tricks", "networks": "network", "data": "data", "callbacks": "callbacks"}
GROUPS |= {"metrics": "metrics", "features": "features", "systems": "system", "likelihoods": "likelihood"}
"""Folder of the package (and of the tests) -> group of configurations."""
SERVING = {"gradients", "feature_heads", "optimizer_steps", "patchgan", "classifier_file", "classifier_training"}
SERVING |= {"finite_differences", "slope_penalty", "nearness"}
SERVING |= {"small_cnn", "two_domains", "decks", "loader", "kept_classes", "optimizer_state"}
SERVING |= {"adversarial", "capabilities", "translation", "observer", "reporter", "statistics", "warmup", "batch_norm"}
SERVING |= {"engine", "scaling", "watchers", "hparams", "live"}
SERVING |= {
    "ssim",
    "coder",
    "describing",
    "held_out",
    "oddness",
    "odd_baselines",
    "studying",
    "reconstructing",
    "mmd",
    "mixture",
    "encoder",
    "balance",
    "pretrained",
    "weights",
    "timm_nets",
    "balanced",
}
"""Modules that serve their neighbours and are configured with them."""
SHARED = {"__init__", "base"} | SERVING

OWN = {"folder": "data.root", "points": "data.path"}
"""Data of one's own -> the key that says where it lies."""
ROOTLESS = [name for name in options(CONFIGS / "data") if name not in OWN]
FAMILIES = [name for name in ROOTLESS if "\n_target_" in (CONFIGS / "data" / f"{name}.yaml").read_text("utf-8")]
"""Data with a class of its own; the others give one of them a root or another setting."""


YAML = sorted(CONFIGS.rglob("*.yaml"))


def name_of(path: Path) -> str:
    return str(path.relative_to(CONFIGS))


def stems(folder: Path, pattern: str = "*.py") -> set[str]:
    return {path.stem for path in folder.glob(pattern)} - SHARED


def parsed(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}


def targets(node: Any) -> Iterator[str]:
    """Every `_target_` below a node."""
    if isinstance(node, dict):
        if "_target_" in node:
            yield node["_target_"]
        node = list(node.values())
    if isinstance(node, list):
        for value in node:
            yield from targets(value)


# ---- one name, three places -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("folder", "group"), GROUPS.items())
def test_every_concept_has_a_configuration_and_a_test(folder, group):
    modules = stems(PACKAGE / folder)
    assert modules, f"gan_runner/{folder} is empty"
    without = sorted(stem for stem in modules if not (CONFIGS / group / f"{stem}.yaml").is_file())
    assert not without, f"no configs/{group}/<stem>.yaml for gan_runner/{folder}: {without}"
    modules |= {stem for stem in SERVING if (PACKAGE / folder / f"{stem}.py").is_file()}
    without = sorted(stem for stem in modules if not (TESTS / folder / f"test_{stem}.py").is_file())
    assert not without, f"no tests/{folder}/test_<stem>.py for gan_runner/{folder}: {without}"


@pytest.mark.parametrize(("folder", "group"), GROUPS.items())
def test_every_configuration_names_the_module_of_its_stem_or_builds_on_one_that_does(folder, group):
    package = f"gan_runner.{folder}."
    rooms_inside = {path.name for path in (PACKAGE / folder).iterdir() if path.is_dir()}  # they serve the modules
    for path in (CONFIGS / group / f"{option}.yaml" for option in options(CONFIGS / group)):
        content = parsed(path)
        named = {target.split(".")[2] for target in targets(content) if target.startswith(package)}
        named -= SHARED | rooms_inside
        if named:
            assert named == {path.stem}, f"{path.name} builds {named}"
        else:
            assert "defaults" in content or not list(targets(content)), f"{path.name} builds nothing of {package}"


# ---- what configurations name exists --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", YAML, ids=name_of)
def test_every_target_imports(path):
    for target in targets(parsed(path)):
        assert callable(get_object(target)), target


def composed(*overrides: str) -> Any:
    return composing.composed(*overrides, "paths.run=unused")


def assert_whole(config: Any) -> None:
    assert not OmegaConf.missing_keys(config)
    OmegaConf.to_container(config, resolve=True)  # every interpolation leads somewhere


@pytest.mark.parametrize("model", MODELS)
def test_every_model_composes(model):
    assert_whole(composed(f"model={model}"))


@pytest.mark.parametrize("data", ROOTLESS)
def test_every_data_set_composes(data):
    assert_whole(composed(f"data={data}"))


@pytest.mark.slow
@pytest.mark.parametrize("model", sorted({*MODELS} - {*RESTORING}))
def test_every_model_composes_with_every_data_set(model):
    for data in FAMILIES:
        assert_whole(composed(f"model={model}", f"data={data}"))


@pytest.mark.parametrize(
    "overrides",
    [
        ("data=synthetic", "data.image_size=8", "trainer.max_steps=2", "callbacks.progress=null", "paths.run=a/b"),
        ("model=progan_small", "tricks.growing.batch_sizes=[8,4]", "optimizer.lr=1e-3", "seed=3"),
        ("model=pix2pix", "data=degraded", "data@data.of=digits", "data.of.image_size=16", "data.blur_sigma=[0.5,1]"),
        ("+tricks@tricks.ema=ema", "tricks.ema.decay=0.5", "+tricks.r1.gamma=3", "network.conditional=generator"),
        ("tricks=[r1,ema]", "tricks.r1.gamma=${seed}", "paths.outputs='a b'", "~callbacks.samples", "data.augment={}"),
        ("+system.warmup._target_=x", "+system.warmup.turns=2", "optimizer.generator.betas=[0.1,0.2]"),
    ],
    ids=lambda overrides: overrides[0],
)
def test_tests_compose_as_commands_do(overrides):
    """By a way of their own, which is faster."""
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        expected = compose("train", overrides=[*overrides, "paths.run=unused"])
    for _ in range(2):  # the second time without Hydra
        assert composed(*overrides) == expected


def test_no_configuration_names_hydras_mode():
    """Commands that tests play in their own process are spared the composition that looks for it."""
    for path in YAML:
        content = parsed(path)
        assert "mode" not in (content if path.parent.name == "hydra" else content.get("hydra") or {}), path.name


@pytest.mark.parametrize(("data", "key"), OWN.items())
def test_the_only_data_without_defaults_is_ones_own(data, key):
    assert OmegaConf.missing_keys(composed(f"data={data}")) == {key}


ALONE = ["latent", "system", "loss", "network", "optimizer", "schedule", "trainer", "logger", "debug", "sweep"]
"""Groups whose options compose with the defaults of all others."""


@pytest.mark.parametrize("group", [*ALONE, "experiment"])
def test_every_option_of_a_group_composes(group):
    for option in options(CONFIGS / group):
        missing = OmegaConf.missing_keys(composed(f"{group}={option}")) & {"data.root", "data.of.root"}
        rooted = [f"{key}=photos" for key in missing]
        assert_whole(composed(f"{group}={option}", *rooted))


def test_every_trick_composes_under_its_own_name():
    for trick in options(CONFIGS / "tricks"):
        assert trick in composed(f"tricks=[{trick}]").tricks


def test_every_prior_has_a_configuration_of_its_name():
    priors = {
        re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(): f"{latents.__name__}.{name}"
        for name, kind in vars(latents).items()
        if isclass(kind) and kind.__module__ == latents.__name__ and "latent_dim" in signature(kind).parameters
    }
    found = {name: parsed(CONFIGS / "latent" / f"{name}.yaml")["_target_"] for name in options(CONFIGS / "latent")}
    assert found == priors


# ---- how configurations are written ---------------------------------------------------------------------------------

LONGEST = 120
"""Characters of a line."""
HEAD_LINES = 5
"""Of an experiment at most: the command, what it is, what is expected and what was published."""


def test_configurations_say_what_they_are_in_lines_that_fit_and_comments_of_one_style():
    texts = {name_of(path): path.read_text(encoding="utf-8") for path in YAML}
    assert not [name for name, text in texts.items() if not text.startswith("# ")]
    lines = [(name, line) for name, text in texts.items() for line in text.splitlines()]
    assert not [(name, line) for name, line in lines if len(line) > LONGEST]
    assert not [(name, line) for name, line in lines if not is_well_commented(line)]


def is_well_commented(line: str) -> bool:
    """One space before the # of a comment that ends a line, and one after each #."""
    found = re.search(r"(?:^|\s)#", line)
    if found is None:
        return True
    before, after = line[: found.end() - 1], line[found.end() :]
    return after.startswith(" ") and before in ("", f"{before.rstrip()} ", " " * len(before))


@pytest.mark.parametrize(
    ("line", "well"),
    [("a: 1 # b", True), ("# b", True), ("  # b", True), ("a: x#y", True), ("a: 1  # b", False), ("a: 1 #b", False),
     ("#b", False), ("a: 1\t# b", False)],
)  # fmt: skip
def test_the_style_of_comments(line, well):
    assert is_well_commented(line) is well


@pytest.mark.parametrize("experiment", options(CONFIGS / "experiment"))
def test_the_head_of_an_experiment_is_short(experiment):
    package, *lines = (CONFIGS / "experiment" / f"{experiment}.yaml").read_text(encoding="utf-8").splitlines()
    head = list(takewhile(lambda line: line.startswith("#"), lines))
    assert package == "# @package _global_"
    assert re.match(r"# gan-train .*\bexperiment=" + experiment, head[0])
    assert len([line for line in head if line.startswith("# Expected: ")]) == 1
    assert len(head) <= HEAD_LINES


# ---- floors ---------------------------------------------------------------------------------------------------------

FLOORS = (
    {"types", "files", "rng", "figures", "waiting", "strings"},
    {"layers", "losses", "likelihoods", "latents"},
    {"networks", "images", "config"},
    {"data", "tricks", "runs"},
    {"game", "features", "report", "looking"},
    {"systems", "metrics"},
    {"evaluation", "monitoring"},
    {"callbacks"},
    {"assemble"},
    {"inference", "training"},
    {"web", "doctor"},
    {"exporting"},
    {"cli"},
    {"api"},
)
"""The parts of the package from the ground up: a file imports its own part and those of lower floors."""
FLOOR = {part: floor for floor, parts in enumerate(FLOORS) for part in parts}
WORDS = {"data", "networks", "losses", "likelihoods", "tricks", "latents"}
STRANGERS: dict[str, set[str]] = {
    **dict.fromkeys(WORDS, WORDS),
    "game": WORDS - {"tricks"},
    "systems": {"data", "losses", "features"},
    "metrics": WORDS - {"data"} | {"game"},
    **dict.fromkeys(("features", "evaluation"), WORDS - {"data"}),
}
"""Part -> parts that it does not know, though they are on a lower floor. Words of a configuration meet in the game."""
MOST_MODULES = 8
"""At the root of the package, beside its own __init__."""


def imports(path: Path, nested: bool = True) -> Iterator[str]:
    """Modules a file imports, those that only its type annotations name included; with nested=False, when it is
    imported itself.
    """
    pending: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while pending:
        node = pending.pop()
        if not nested and (isinstance(node, ast.FunctionDef) or is_for_annotations(node)):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        pending.extend(ast.iter_child_nodes(node))


def is_for_annotations(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_every_part_has_a_floor_and_few_are_modules_of_their_own():
    parts = {part_of(path) for path in sources()} - {"__init__", "__main__"}
    assert parts == set(FLOOR), f"without a floor, or gone: {sorted(parts ^ set(FLOOR))}"
    loose = sorted(path.name for path in PACKAGE.glob("*.py") if path.stem != "__init__")
    assert len(loose) <= MOST_MODULES, f"at the root of the package: {loose}"


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_a_floor_or_stay_in_their_room(path):
    part = part_of(path)
    known = {name.split(".")[1] for name in imports(path) if name.startswith("gan_runner.")} - {part}
    above = {other for other in known if FLOOR.get(other, len(FLOORS)) >= FLOOR.get(part, len(FLOORS))}
    wrong = above | known & STRANGERS.get(part, set())
    assert not wrong, f"{path.relative_to(PACKAGE)} imports {sorted(wrong)}"


OPEN = {"base", "capabilities", "observer", "batch_norm", "coder", "mixture", "scaling"}
"""What of systems/ other rooms may import: never a class of system, whose capabilities they ask for instead."""


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_nobody_outside_asks_for_the_class_of_a_system(path):
    if part_of(path) != "systems":
        known = {name.split(".")[2] for name in imports(path) if name.startswith("gan_runner.systems.")}
        assert known <= OPEN


def test_no_modules_import_each_other():
    """Inside a room too; what only annotations name counts."""
    modules = {module_of(path): path for path in sources()}
    edges = {name: known_modules(imports(path), modules) - {name} for name, path in modules.items()}
    while leaves := {name for name, known in edges.items() if not known & edges.keys()}:
        edges = {name: known for name, known in edges.items() if name not in leaves}
    assert not edges, f"in circles, or above one: {sorted(edges)}"


def module_of(path: Path) -> str:
    names = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(names[:-1] if names[-1] == "__init__" else names)


def known_modules(names: Iterable[str], modules: Mapping[str, Path]) -> set[str]:
    """Of the things that are imported, the modules they are in; of a module itself, that one."""
    return {found for name in names for found in (name, name.rpartition(".")[0]) if found in modules} - {"gan_runner"}


# ---- every room is mirrored -----------------------------------------------------------------------------------------

UNTESTED = {"__init__", "__main__"}


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_has_a_test_of_its_name(path):
    if path.stem not in UNTESTED:
        place = TESTS / path.relative_to(PACKAGE).parent / f"test_{path.stem}.py"
        assert place.is_file(), f"no {place.relative_to(TESTS.parent)}"


def test_every_folder_of_tests_is_a_room():
    rooms = {path.relative_to(PACKAGE).parent for path in sources()} | {Path("fixtures"), Path("bad_inputs")}
    places = {path.relative_to(TESTS).parent for path in TESTS.rglob("*.py")}
    assert places <= rooms, f"mirrors nothing: {sorted(map(str, places - rooms))}"


# ---- what may be imported when --------------------------------------------------------------------------------------


IN_FUNCTIONS = {
    "additions", "arguments", "asked", "bare", "earlier", "flags", "keys", "meant", "nodes", "numbers",
    "options_as_values", "pages", "path_keys", "searching", "sentences", "space", "sweeping",
}  # fmt: skip
"""Modules of cli/ that cli/entry imports within its functions: completion and --help wait for none of them."""


def test_commands_import_torch_and_hydra_only_when_they_run():
    for path in (PACKAGE / "cli").glob("*.py"):
        early = set(imports(path, nested=False))
        assert not {name.split(".")[0] for name in early} & {"torch", "torchvision", "pytorch_lightning"}, path.name
        if path.stem not in IN_FUNCTIONS:
            assert not [name for name in early if name.startswith(("hydra", "omegaconf"))], path.name
            ours = {name for name in early if name.startswith("gan_runner.")}
            quick = {
                "gan_runner.config.options",
                *(f"gan_runner.cli.{name}" for name in ("entry", "groups", "printing")),
            }
            assert {name.rpartition(".")[0] for name in ours} <= quick, path.name


def test_only_assemble_turns_configuration_into_objects():
    for path in sources():
        if part_of(path) != "assemble":
            assert "hydra.utils.instantiate" not in set(imports(path)), path.name


def test_things_are_named():
    vague = {"utils", "helpers", "common", "misc", "util", "helper"}
    names = {
        path.stem
        for folder in (PACKAGE, TESTS, CONFIGS)
        for path in folder.rglob("*")
        if "__pycache__" not in str(path)
    }
    assert not names & vague
