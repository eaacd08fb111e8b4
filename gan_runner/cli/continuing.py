"""resume=… on the command line: which run goes on, and from whose configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gan_runner.config.options import CONFIGS

if TYPE_CHECKING:
    from gan_runner.runs.resuming import Choice


def continuing(name: str, arguments: list[str]) -> list[str]:
    """resume=<run folder> composes that run's own configuration and writes into that folder.

    resume=auto composes what the command says: of the run that it finds it is the configuration, but for what does not
    decide the outcome.
    """
    from gan_runner.cli.earlier import with_new_keys
    from gan_runner.cli.options_as_values import as_values
    from gan_runner.config.overrides import quoted_path, value_of
    from gan_runner.files import expanded
    from gan_runner.runs.folder import RunFolder
    from gan_runner.training.launch import in_place, writing_in

    given = [argument for argument in arguments if argument.startswith("resume=")]
    if not given or given[-1] in ("resume=", "resume=null"):
        return arguments
    rest = [argument for argument in arguments if argument not in given]
    _refuse_a_sweep(given[-1], rest)
    if given[-1] == "resume=auto":
        choice = _unfinished(name, rest)
        begun = "a new one begins" if choice.run is None else f"going on with {choice.run}"
        print(f"resume=auto: {begun}: {choice.why}", flush=True)
        return rest if choice.run is None else [*writing_in(choice.run), f"resume={quoted_path(choice.run)}", *rest]
    run = expanded(value_of(given[-1]) or "").resolve()
    composed = RunFolder(run).composed
    if not composed.is_file():
        raise FileNotFoundError(f"resume={run} is no run folder (it has no {composed.relative_to(run)})")
    _check_folder_configuration(composed)
    rest = [value for override in rest for value in as_values(override)]
    _refuse_other_parts(run, rest)
    _refuse_other_weights(run, rest)
    _refuse_a_name(run, rest)
    # Hydra would write the new overrides into the folder before anyone knows whether the run can go on with them.
    return [*in_place(run), *_logging(rest), f"resume={quoted_path(run)}", *with_new_keys(composed, rest)]


def _logging(overrides: list[str]) -> list[str]:
    """A run folder's configuration says nothing of Hydra itself: what is logged, and how, is told beside it."""
    if any(override.startswith("hydra/job_logging=") for override in overrides):
        return []
    from yaml import safe_load  # type: ignore[import-untyped]

    from gan_runner.cli.options_as_values import written

    # As a value: with configs/ to search, Hydra would take a key such as schedule for that group.
    lines = safe_load((CONFIGS / "hydra" / "job_logging" / "_lines.yaml").read_text())
    return [f"++hydra.job_logging={written(lines)}"]


def _refuse_a_sweep(given: str, arguments: list[str]) -> None:
    from gan_runner.config.errors import ConfigError

    if {"-m", "--multirun"} & {*arguments}:
        raise ConfigError(
            f"{given} continues one run, not a sweep: leave -m out, and give resume=<folder of a job> for each"
        )


def _refuse_other_parts(run: Path, overrides: list[str]) -> None:
    """Raises ConfigError for model=…, data=…: the folder holds what they were composed to, not the choice."""
    from gan_runner.config.errors import ConfigError
    from gan_runner.config.options import groups

    for override in overrides:
        if override.partition("=")[0] in groups("train"):
            raise ConfigError(
                f"{override} chooses a part anew, and resume={run} goes on with the parts that run began with: "
                "leave it out; single keys (trainer.max_steps=…), loss, optimizer, schedule and tricks may be given"
            )


def _refuse_other_weights(run: Path, overrides: list[str]) -> None:
    """Raises ConfigError for init_from=… beside a run to go on with."""
    from gan_runner.config.errors import ConfigError

    for override in overrides:
        if override.startswith("init_from=") and override not in ("init_from=", "init_from=null"):
            raise ConfigError(
                f"resume={run} goes on with that run's own weights, and {override} begins a new run: "
                "give one of the two"
            )


def _refuse_a_name(run: Path, overrides: list[str]) -> None:
    """Raises ConfigError for name=… beside a run to go on with."""
    from gan_runner.config.errors import ConfigError

    for override in overrides:
        if override.startswith("name=") and override not in ("name=", "name=null"):
            raise ConfigError(
                f"{override} names a new run, and resume={run} goes on in its own folder: leave {override} out"
            )


def _check_folder_configuration(path: Path) -> None:
    """Hydra obeys what a configuration says of Hydra itself before the rest is checked: a run's says nothing of it."""
    from omegaconf import DictConfig, OmegaConf
    from yaml import YAMLError

    from gan_runner.config.errors import ConfigError

    try:
        config = OmegaConf.load(path)
    except (YAMLError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{path} is damaged ({type(error).__name__}): restore it, or begin a new run") from error
    if not isinstance(config, DictConfig):
        raise ConfigError(f"{path} is damaged (no mapping): restore it, or begin a new run")
    foreign = [key for key in ("hydra", "defaults") if key in config]
    if foreign:
        raise ConfigError(f"{path} has the key {foreign[0]}, which is not trusted: gan-train writes none")
    # All of the folder is searched for groups, those of Hydra's own settings among them.
    if inside := [entry for entry in path.parent.iterdir() if entry.is_dir()]:
        raise ConfigError(f"{inside[0]} is not trusted: gan-train writes no folder there")


def _unfinished(name: str, overrides: list[str]) -> Choice:
    """The newest unfinished run of the configuration that the command composes."""
    from omegaconf import OmegaConf

    from gan_runner.cli.flags import composed_as_told
    from gan_runner.config.errors import ConfigError
    from gan_runner.config.schema import by_source, check
    from gan_runner.runs.initial import pinned
    from gan_runner.runs.resuming import newest_unfinished
    from gan_runner.runs.settings import GROUPS
    from gan_runner.training.finished import fingerprint

    config = composed_as_told(name, overrides)
    for key in ("seed", "trainer", *GROUPS):
        if missing := sorted(OmegaConf.missing_keys(config.get(key))) if OmegaConf.is_config(config.get(key)) else []:
            raise ConfigError(f"{missing[0]} has no value: give one as {missing[0]}=…")
    parts = {key: config[key] for key in ("seed", "trainer", "init_from", *GROUPS) if key in config}
    plain = {
        key: OmegaConf.to_container(part, resolve=True) if OmegaConf.is_config(part) else part
        for key, part in parts.items()
    }
    check(plain, by_source)
    if plain.get("init_from"):
        # Once, not for each run that it is held against; check() has seen that it may be pinned.
        plain["init_from"] = pinned(plain["init_from"])  # type: ignore[arg-type]
    return newest_unfinished(Path(config.paths.outputs).resolve() / "runs", plain, lambda: fingerprint(plain))
