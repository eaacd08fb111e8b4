"""README.md beside a file: a model card in the form of Hugging Face, of what the checkpoint and its run folder tell.

It goes to anybody: what is told of places and people passes `discreet`.
"""

from __future__ import annotations

from collections.abc import Iterator

import gan_runner
from gan_runner.exporting import licences
from gan_runner.exporting.card_figures import figures
from gan_runner.exporting.card_training import data_of, limits, training
from gan_runner.exporting.card_use import use
from gan_runner.exporting.checking import Checked
from gan_runner.exporting.front_matter import front_matter
from gan_runner.exporting.history import History, history
from gan_runner.exporting.network import Handed
from gan_runner.exporting.snippets import SEED, count_of, named
from gan_runner.images.captions import batches
from gan_runner.report.further import citation, papers


def card(
    handed: Handed, checked: Checked | None, form: str, file: str, licence: str | None, picture: str | None = None
) -> str:
    """Markdown. form: of the file, by its name there; picture: of samples, beside it."""
    told = history(handed)
    data = data_of(handed, told)
    title = f"{model_of(handed, told)} on {data}"
    parts = [
        _head(handed, title, picture),
        use(handed, form, file),
        figures(told),
        training(handed, told, data),
        limits(handed, told),
        _check(handed, checked, form),
        ("", "## Licence", "", licences.sentence(licence)),
        _cite(handed, told),
    ]
    body = "\n".join(line for part in parts for line in part)
    return f"{front_matter(handed, told, form, licence, title, data)}\n{body}\n"


def model_of(handed: Handed, told: History) -> str:
    """What the model is called: the recipe, or the class of its system."""
    return (told.facts.get("choices") or {}).get("model") or type(handed.system).__name__.lower()


def _head(handed: Handed, title: str, picture: str | None) -> Iterator[str]:
    yield f"# {title}"
    yield ""
    yield (
        f"Makes {_made(handed)}: {handed.weights} after {batches(handed.batches)}, trained with gan_runner"
        f"{_of_the_part(handed.part)}."
    )
    if picture is not None:
        yield from ("", f"![samples]({picture})", "", _below_the_picture(handed))


def _made(handed: Handed) -> str:
    """What it makes of what, in words."""
    what = "images" if len(handed.origin.shape) == 3 else "points"
    if handed.part == "generator":
        size = f" of {handed.origin.shape[1]}×{handed.origin.shape[2]} pixels" if what == "images" else ""
        return f"{what}{size} of random numbers{_asked_for(handed)}"
    return f"codes of {what}" if handed.output == "latent" else f"{what} of {what}"


def _asked_for(handed: Handed) -> str:
    label = named(handed, "label")
    if label is None:
        return ""
    return f", and of the {'numbers' if label.dtype.is_floating_point else 'classes'} that are asked for"


def _of_the_part(part: str) -> str:
    told = {
        "a2b": " to translate A into B", "b2a": " to translate B into A", "encoder": "; this is its encoder",
        "reconstruction": "; encoder and decoder in one",
    }  # fmt: skip
    return told.get(part, "")


def _below_the_picture(handed: Handed) -> str:
    label = named(handed, "label")
    turn = ""
    if label is not None:
        turn = ", with labels of training images" if label.dtype.is_floating_point else ", the classes in turn"
    return f"{count_of(handed)} samples, none chosen: those of `gan-sample seed={SEED}`{turn}."


def _check(handed: Handed, checked: Checked | None, form: str) -> Iterator[str]:
    if checked is None:
        return
    yield from ("", "## Check", "")
    yield f"Before the file was handed over: {checked.sentence()}."
    by = [f"{name} {version}" for name, version in _versions(form)]
    yield f"Written with gan_runner {gan_runner.__version__}{''.join(f', {one}' for one in by)}."


def _versions(form: str) -> Iterator[tuple[str, str]]:
    from importlib.metadata import PackageNotFoundError, version

    used = {"onnx": ("onnx", "onnxruntime"), "safetensors": ("safetensors",), "html": ("onnx", "onnxruntime")}
    for name in ("torch", *used.get(form, ())):
        try:
            yield name, version(name)
        except PackageNotFoundError:  # put together by hand
            continue


def _cite(handed: Handed, told: History) -> Iterator[str]:
    found = papers({**told.facts}, handed.origin.config)
    if found:
        yield from ("", "## Papers", "", *(f"- {part}: {paper}" for part, paper in found))
    yield from ("", "```bibtex", citation(told.facts), "```")
