"""One sentence for any error."""

import errno
import shlex
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import ConfigCompositionException, MissingConfigException, OverrideParseException

from gan_runner.cli.sentences import sentence
from gan_runner.config.options import CONFIGS


def said(error: BaseException) -> str:
    return sentence(error, CONFIGS, "train", [])


@pytest.mark.parametrize(
    ("files", "named"), [(("/a/x",), "/a/x"), (("/c/x", None, "/b/x"), "/b/x"), ((), "the run folder")]
)
def test_a_full_disk(files, named):
    error = OSError(errno.ENOSPC, "No space left on device", *files)
    expected = f"no space left on the disk that holds {named}; what was saved before is whole"
    assert said(error) == expected
    wrapped = RuntimeError("while saving")
    wrapped.__cause__ = error
    assert said(wrapped) == expected


@pytest.mark.parametrize("file", [None, ".x.0123abcd.onnx", "x.onnx"])
def test_a_full_disk_where_the_output_goes(file: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["run=run", "output=x.onnx"]
    error = OSError(errno.ENOSPC, "No space left on device", file)
    told = sentence(error, CONFIGS, "export", arguments)
    assert told == "no space left on the disk that holds output=x.onnx; make room, or choose another"
    elsewhere = OSError(errno.ENOSPC, "No space left on device", "/cache/.x.0123abcd.wasm")
    assert "holds /cache/x.wasm; what was saved" in sentence(elsewhere, CONFIGS, "export", arguments)


def test_files_are_named_as_they_were_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    error = PermissionError(errno.EACCES, "Permission denied", "o/.gan-export-x/.generator.0123abcd.onnx")
    assert sentence(error, CONFIGS, "export", ["output=o/"]) == "cannot use output=o/: permission denied"
    assert sentence(error, CONFIGS, "export", ["output=p/"]).startswith("cannot use o/.gan-export-x/generator.onnx: ")
    error = PermissionError(errno.EACCES, "Permission denied", "run/last.ckpt")
    assert sentence(error, CONFIGS, "export", ["output=."]) == "cannot use run/last.ckpt: permission denied"


def test_several_lines_become_one():
    assert said(ValueError("first\n   second\n")) == "first second"


def test_an_error_nobody_thought_of_names_its_kind_and_the_way_to_its_trace():
    assert (
        said(ZeroDivisionError("division by zero")) == "ZeroDivisionError: division by zero (debug=trace shows where)"
    )
    assert said(RuntimeError()) == "RuntimeError: no further explanation (debug=trace shows where)"


def test_a_launcher_that_is_not_installed():
    error = MissingConfigException("x", "hydra/launcher/joblib", ["basic"])
    assert said(error) == "hydra/launcher=joblib is not installed: pip install 'gan-runner[sweep]'"


@pytest.mark.parametrize(
    ("missing", "start"),
    [
        (
            "experiment/ring",
            "experiment=ring does not exist (did you mean ring/gan?); known: digits, mine, cyclegan/{horse2zebra}, ",
        ),
        ("experiment/ring/gann", "experiment=ring/gann does not exist (did you mean ring/gan?); known: digits, mine, "),
        (
            "train_all",
            "configuration train_all does not exist (did you mean train?); known: detect, doctor, evaluate, export, "
            "gan_data, play, report, runs, sample, train, translate",
        ),
    ],
)
def test_an_option_in_a_folder_that_does_not_exist(missing, start):
    """`mine` is an option of a --config-dir; those in folders come last."""
    assert said(MissingConfigException("x", missing, ["mine"])).startswith(start)


def test_what_options_share_is_not_among_those_known():
    """Hydra lists it."""
    error = MissingConfigException(
        "x", "system/pair", ["_adversarial", "gan", "mine", "paired", "two_stage", "unpaired"]
    )
    assert said(error) == (
        "system=pair does not exist (did you mean paired?); known: aae, autoencoder, "
        "f_anogan, gan, ganomaly, paired, two_stage, unpaired, vae, "
        "vae_gan, wae, mine"
    )


def test_a_key_that_only_the_options_of_a_sweep_have():
    error = ConfigCompositionException("Could not override 'data.num_samples'.")
    told = sentence(error, CONFIGS, "train", ["-m", "experiment=ring/gan,grid/gan", "data.num_samples=400"])
    assert told.startswith("unknown key data.num_samples")
    assert told.endswith("; if it is a key of what experiment is swept over: ++data.num_samples=…")
    assert "swept" not in sentence(error, CONFIGS, "train", ["experiment=digits", "data.num_samples=400"])


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("data.only=[a(b), dog]", ["a(b)", "dog"]),
        ("data.only=[it's]", ["it's"]),
        ("data.only=[é,'a,b']", ["é", "a,b"]),
        ("seed=a(b)", "a(b)"),
    ],
)
def test_what_cannot_be_read_is_quoted_so_that_it_can(typed: str, read: object) -> None:
    parser = OverridesParser.create()
    with pytest.raises(OverrideParseException) as error:
        parser.parse_overrides([typed])
    told = sentence(error.value, CONFIGS, "train", [typed]).partition("quote what is special: ")[2]
    (argument,) = shlex.split(told)  # as a shell hands it over
    assert parser.parse_override(argument).value() == read


@pytest.mark.parametrize(
    ("missing", "meant"),
    [
        ("loss/bce", "loss=bce does not exist (did you mean loss=non_saturating?); known: hinge"),
        (
            "tricks/dropout",
            "tricks=dropout does not exist (did you mean network=mlp network.discriminator.dropout=0.3?)",
        ),
        ("model/hinge", "model=hinge does not exist (did you mean loss=hinge?)"),  # nothing here is near it
        ("loss/hing", "loss=hing does not exist (did you mean hinge?)"),
    ],
)
def test_words_of_slides_lead_to_ours(missing: str, meant: str) -> None:
    assert said(MissingConfigException("x", missing, [])).startswith(meant)


def test_a_key_that_the_grammar_cannot_read_may_be_a_word() -> None:
    with pytest.raises(OverrideParseException) as error:
        OverridesParser.create().parse_overrides(["épocas=3"])
    told = sentence(error.value, CONFIGS, "train", ["épocas=3"])
    assert told == "unknown key épocas (did you mean trainer.max_epochs=3 trainer.max_steps=-1?)"
