"""A run in Python: what is known of it, and what is done with what it has learned."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from html import escape
from io import StringIO
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from gan_runner.api.asked import name_asked, tell
from gan_runner.api.figures import Figures, table_of
from gan_runner.api.mistakes import in_a_sentence
from gan_runner.config.errors import ConfigError
from gan_runner.files import expanded
from gan_runner.runs.finding import OUTPUTS, found, is_run
from gan_runner.runs.folder import RunFolder, last_of, refuse_no_file
from gan_runner.runs.listing import Listed
from gan_runner.waiting.inline import FONT

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor, nn

    from gan_runner.api.images import Samples, Translations
    from gan_runner.inference.request import FromWeights
    from gan_runner.systems.base import System
    from gan_runner.types import Direction, Label, Split

    Wanted = TypeVar("Wanted", bound=System)
    Request = TypeVar("Request", bound=FromWeights)

MOST_ROWS = 6
"""Figures that a run shows of itself."""
NEEDS_PANDAS = "this needs pandas, which is not installed: pip install 'gan-runner[notebook]'"


def load(
    run: str | PathLike[str] = "last", *, outputs: str | PathLike[str] = OUTPUTS, accelerator: str = "auto",
    trust: bool = False,
) -> Run:  # fmt: skip
    """A run that was played: by its folder, a checkpoint (.ckpt), a part of its name, or "last" for the newest.

    outputs: where names are looked for. accelerator: "auto", "cpu" or "gpu", what is computed on. trust: whether it may
    name classes of your own packages. Nothing is computed yet. Where there was a choice, a line says which run it is,
    as of the commands. Raises FileNotFoundError where no run is meant, with the nearest names; ConfigError for what
    names none.
    """
    from gan_runner.inference.request import FromWeights

    asked = name_asked(run, "load", 'the folder of a run, a part of its name, a .ckpt file, or "last" for the newest')
    FromWeights.from_config({"accelerator": accelerator, "trust": trust})
    path = expanded(asked)
    if asked.endswith(".ckpt") or path.is_file():
        refuse_no_file(path)
        folder = path.absolute().parent.parent
        return Run(folder if is_run(folder) else None, path, accelerator=accelerator, trust=trust)
    meant = found(asked, expanded(outputs))
    tell("run", asked, meant)
    place = meant.run
    if not is_run(place):
        last_of(place)  # says why it is none
    return Run(place, accelerator=accelerator, trust=trust)


class Run:
    """A run: its figures, its history, and what it has learned. `load` and `train` give one.

    path: its folder, from the root on, so that it holds wherever the program goes; None of a checkpoint that lies
    elsewhere. What has to be computed is so when it is asked for.
    """

    def __init__(
        self, path: Path | None, checkpoint: Path | None = None, *, accelerator: str = "auto", trust: bool = False
    ) -> None:
        self.path, self._given = (None if one is None else one.absolute() for one in (path, checkpoint))
        self.accelerator, self.trust = accelerator, trust
        self._rebuilt: tuple[Path, int, System, int] | None = None

    # ---- what is known ------------------------------------------------------------------------------------------

    @property
    def checkpoint(self) -> Path:
        """The file that the weights are read from: the one that was loaded, or the run's newest whole one. Raises
        FileNotFoundError of a run that has saved none.
        """
        return self._given if self._given is not None else last_of(self._folder.path)

    @property
    def name(self) -> str:
        """<model>-<data>/<name>, as gan-runs lists it; of a checkpoint alone that of the file."""
        return str(self._given) if self.path is None else self._folder.called

    @property
    def state(self) -> str:
        """finished, stopped, failed, playing, ended early, or empty; "a checkpoint" of one that lies alone."""
        return "a checkpoint" if self.path is None else self._listed.state

    @property
    def batches(self) -> int:
        """How many it has played."""
        return self._system()[1] if self.path is None else self._listed.batches

    @property
    def facts(self) -> dict[str, Any]:
        """What run.json says: command, seed, versions, hardware, time, states of the monitor, how it ended."""
        return self._folder.facts()

    @property
    def config(self) -> dict[str, Any]:
        """Every setting."""
        if self.path is None or not self._folder.resolved.is_file():
            return dict(self._system()[0].origin.config)
        return self._folder.config()

    @property
    def figures(self) -> Figures:
        """The newest figures, by name: what was measured last, and what was logged last. `evaluate` measures anew."""
        return self._figures_of(self.facts)

    @property
    def history(self) -> pd.DataFrame:
        """All figures over time, a pandas DataFrame: a column for each figure, a row for each batch at which some were
        logged (its index, `step`), NaN where one was not.
        """
        pandas = pandas_of()
        told = _whole_lines(self._folder.metrics)
        if not told:
            raise FileNotFoundError(f"{self.name} has no history: it logs none, or stopped before it had logged")
        table: pd.DataFrame = pandas.read_csv(StringIO(told), index_col="step")
        return table

    def _figures_of(self, facts: Mapping[str, Any]) -> Figures:
        return Figures(facts.get("figures") or dict(_newest(self._folder.metrics)))

    @property
    def _folder(self) -> RunFolder:
        if self.path is None:
            raise ConfigError(f"{self._given} is a checkpoint alone: give the run's folder, which has its figures")
        return RunFolder(self.path)

    @property
    def _listed(self) -> Listed:
        return Listed(self._folder.path, Path(OUTPUTS))

    # ---- what it has learned ------------------------------------------------------------------------------------

    def sample(
        self, count: int = 64, *, label: Label | Sequence[Label] | Mapping[str, float] | None = None, seed: int = 0,
        truncation: float | None = None, batch_size: int = 64,
    ) -> Samples:  # fmt: skip
        """Draw samples: those of gan-sample with the same seed, to the bit.

        label: a class by its number or name, or several in turn; without it all classes in turn. Of a run that is told
        numbers: all of them in order, or some by name. truncation: draws latents nearer to the middle (0.7, say).
        """
        from gan_runner.api.made import samples
        from gan_runner.inference.request import SampleRequest

        with in_a_sentence("sample", []):
            request = self._asked(
                SampleRequest, num_samples=count, label=label, seed=seed, truncation=truncation, batch_size=batch_size
            )
            return samples(request, *self._system())

    def latents(self, count: int = 64, *, seed: int = 0, truncation: float | None = None) -> Tensor:
        """The latents (N, Z) that `sample` starts from with this seed."""
        from gan_runner.api.made import sampling
        from gan_runner.inference.request import SampleRequest
        from gan_runner.inference.sample import deal

        with in_a_sentence("sample", []):
            request = self._asked(SampleRequest, num_samples=count, seed=seed, truncation=truncation)
            return deal(request, sampling(self._system()[0], self.checkpoint).latent, [])[0]

    def translate(
        self, images: Any, *, direction: Direction = "a2b", size: int | Sequence[int] | None = None, mask: Any = None,
        damage: str | Mapping[str, Any] | None = None, label: Label | None = None, cycle: bool = False, seed: int = 0,
        batch_size: int = 8,
    ) -> Translations:  # fmt: skip
        """Translate images, restore them or bring them back from their codes, as gan-translate does.

        images: the path of an image or of a folder, pictures of Pillow, or arrays of uint8 (N, H, W, C), as `images`
        and `sample` give them; of one size, unless `size` makes it so. mask: of runs that fill holes, the same, white
        where the hole is. damage: done to the images first: denoise, inpaint, super_resolution, colorize, deblur, or a
        mapping with the task and its settings, {"task": "denoise", "noise_sigma": [0.3, 0.3]}. label: the class of the
        images, of a run that is told it. cycle: also the way back, where the run has learned it.
        """
        from gan_runner.api.damage import damage_of
        from gan_runner.api.made import translations
        from gan_runner.inference.request import TranslateRequest

        with in_a_sentence("translate", []):
            request = self._asked(
                TranslateRequest,
                direction=direction,
                size=size,
                damage=damage_of(damage),
                label=label,
                cycle=cycle,
                seed=seed,
                batch_size=batch_size,
                mask=None if mask is None else "given",
            )
            return translations(request, *self._system(), images, mask)

    def images(self, count: int = 64, *, split: Split = "test", seed: int = 0) -> Samples:
        """Images of the run's own data, or points: what `translate` takes of a run that makes images of others, else
        reals. split: "test", kept from training, or "train".
        """
        from gan_runner.api.made import of_the_data
        from gan_runner.inference.request import DataRequest

        with in_a_sentence("sample", []):
            request = self._asked(DataRequest, num_samples=count, split=split, seed=seed)
            return of_the_data(request, self._system()[0])

    def evaluate(self, *keys: str) -> Figures:
        """Measure what it has learned against its data, as gan-evaluate does with the same keys, and write nothing.

        run.evaluate("metrics=[frechet]", "features=random_conv", "num_samples=1000")
        """
        from gan_runner.inference.request import EvaluateRequest

        for key in keys:
            if not isinstance(key, str):
                raise ConfigError(
                    f"{key!r} is no key=value: give words as gan-evaluate takes them, evaluate('num_samples=500')"
                )
            if key.startswith("-") or key.partition("=")[0] in ("run", "ckpt", "output", "overwrite", "trust"):
                raise ConfigError(
                    f"{key} is for the command gan-evaluate: give metrics, features, num_samples, root or seed"
                )
        with in_a_sentence("evaluate", keys):
            request = EvaluateRequest.from_config(self._composed(keys))
            request.check_measures()
            from gan_runner.inference.evaluate import measured

            report = measured(request, self.checkpoint).report
        return Figures(report.scalars, report.spreads, report.reasons, of_report=True)

    @property
    def generator(self) -> nn.Module:
        """The network that `sample` asks (of a run that translates, the one that `translate` asks), on its own: in
        evaluation mode, float32, on the processor, with plain weights and without gradients. It is the average where
        the run kept one.

        Called with tensors, latents (N, Z) and, where the run is told a label, that (N,): images (N, C, H, W) in
        [-1, 1].
        """
        from gan_runner.api.made import plain_generator

        return plain_generator(self._system()[0])

    # ---- how it shows itself ------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        played = f", {self.batches:,} batches" if self.path is not None else ""
        return f"Run({self.name}: {self.state}{played})"

    def _repr_html_(self) -> str:
        """The newest picture, how the run stands, its main figures."""
        if self.path is None:
            return f'<div style="{FONT}">{escape(repr(self))}</div>'
        from gan_runner.report.pictures import html_of_file, newest

        picture = newest(self._folder.samples)
        drawn = "" if picture is None else html_of_file(picture[1], f"after {picture[0]:,} batches")
        lines = [f"<b>{escape(self.name)}</b>", escape(f"{self.state}, {self.batches:,} batches"), *self._told()]
        told = "<br>".join(lines)
        return (
            f'<div style="{FONT}; display: flex; flex-wrap: wrap; gap: 1em">{drawn}<div>{told}'
            f"{table_of(self._figures_of(self._listed.facts), MOST_ROWS)}</div></div>"
        )

    def _told(self) -> list[str]:
        """Why it ended so, the last states of the monitor, and what a lesson has come to."""
        listed = self._listed
        facts, told = listed.facts, [listed.why] if listed.why else []  # {} of a record that cannot be read
        if states := [state["state"] for state in facts.get("states") or []]:
            told.append(f"monitor: {' → '.join(dict.fromkeys(states))}")
        if lesson := facts.get("lesson"):
            told.append(f"the lesson {'is shown' if lesson['shown'] else 'is not shown this time'}")
            told.append(str((self.config.get("lesson") or {}).get("look", "")))
        return [escape(one) for one in told]

    # ---- from the checkpoint ------------------------------------------------------------------------------------

    def _asked(self, kind: type[Request], **keys: Any) -> Request:
        from gan_runner.api.plain import plain

        given = {"accelerator": self.accelerator, "trust": self.trust, **keys}
        return kind.from_config({"ckpt": str(self.checkpoint), **{key: plain(one) for key, one in given.items()}})

    def _composed(self, keys: Sequence[str]) -> dict[str, Any]:
        """The configuration of gan-evaluate with keys as it takes them."""
        own = {"ckpt": str(self.checkpoint), "accelerator": self.accelerator, "trust": self.trust}
        if not keys:
            return own
        from gan_runner.cli.arguments import readable
        from gan_runner.cli.flags import composed_as_told
        from gan_runner.config.plain import plain_config

        words = [*readable("evaluate", keys), "paths.run=unused"]
        return {**plain_config(composed_as_told("evaluate", words)), **own}

    def _system(self) -> tuple[System, int]:
        """The players, and the batches that they have seen; read again where the file has changed."""
        from gan_runner.inference.rebuild import rebuild
        from gan_runner.systems.base import System
        from gan_runner.training import libraries

        path = self.checkpoint
        written = path.stat().st_mtime_ns
        if self._rebuilt is None or self._rebuilt[:2] != (path, written):
            libraries.load()
            system, batches = rebuild(System, path, "", self.trust)  # type: ignore[type-abstract]  # any kind
            self._rebuilt = path, written, system, batches
        return self._rebuilt[2:]


def pandas_of() -> Any:
    """The module. Raises ImportError, with the way to install it."""
    try:
        import pandas
    except ImportError as error:
        raise ImportError(NEEDS_PANDAS) from error
    return pandas


def _newest(table: Path) -> Mapping[str, float]:
    """The newest value of each column."""
    found: dict[str, float] = {}
    for row in csv.DictReader(StringIO(_whole_lines(table))):
        found |= {name: float(value) for name, value in row.items() if value and name and name != "step"}
    return found


def _whole_lines(table: Path) -> str:
    """A table as it stands, but for a last line that a run is still writing; "" where there is none."""
    told = table.read_text(encoding="utf-8") if table.is_file() else ""
    return told[: told.rfind("\n") + 1]
