"""What is asked of a checkpoint, and what is wrong with it before the file is read."""

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from gan_runner.config.errors import ConfigError
from gan_runner.inference.request import EvaluateRequest, FromWeights, SampleRequest, TranslateRequest


@pytest.fixture
def ckpt(tmp_path: Path) -> str:
    """A file that nobody reads here."""
    (tmp_path / "x.ckpt").write_bytes(b"")
    return str(tmp_path / "x.ckpt")


@pytest.mark.parametrize("kind", [SampleRequest, TranslateRequest])
def test_keys_and_values_are_checked(kind: type[FromWeights]) -> None:
    with pytest.raises(ConfigError, match=r"unknown key outptu \(did you mean output\?\)"):
        kind.from_config({"outptu": "x"})
    with pytest.raises(ConfigError, match=r"batch_size=0 is not valid: it should be greater than or equal to 1"):
        kind.from_config({"batch_size": 0})
    with pytest.raises(ConfigError, match=r"accelerator='tpu' is not valid"):
        kind.from_config({"accelerator": "tpu"})


@pytest.mark.parametrize("label", [object(), (1, 2), Path("cat")])
def test_objects_that_no_file_gives_are_told_too(label: object) -> None:
    with pytest.raises(ConfigError, match=r"^label=.* is not valid: it should be "):
        SampleRequest.from_config({"label": label})


def test_which_checkpoint_is_looked_for_first(tmp_path: Path) -> None:
    for request in (SampleRequest(), EvaluateRequest(), TranslateRequest()):
        with pytest.raises(ConfigError, match="give either run="):
            request.check()
    for request in (SampleRequest(run="nowhere"), EvaluateRequest(ckpt=str(tmp_path / "x"))):
        with pytest.raises(FileNotFoundError):
            request.check()


def test_samples_are_not_written_over_others(ckpt: str, tmp_path: Path) -> None:
    (tmp_path / "there.png").write_bytes(b"mine")
    for output, said in ((None, "output has no value"), ("x.mp4", "output=x.mp4"), ("there.png", "exists already")):
        path = output and str(tmp_path / output)
        with pytest.raises(ConfigError, match=said.replace("=", f"={tmp_path}/")):
            SampleRequest(ckpt=ckpt, output=path).check()
    SampleRequest(ckpt=ckpt, output=str(tmp_path / "there.png"), overwrite=True).check()
    assert SampleRequest(ckpt=ckpt, output=f"{tmp_path}/folder/").form == "folder"


def test_findings_lie_in_the_run_folder_or_beside_the_checkpoint(ckpt: str, tmp_path: Path) -> None:
    assert EvaluateRequest(ckpt=ckpt).destination(Path(ckpt)) == tmp_path / "metrics.json"
    assert EvaluateRequest(run="a/run").destination(Path(ckpt)) == Path("a/run/metrics.json")
    with pytest.raises(ConfigError, match=r"give <file>\.json"):
        EvaluateRequest(ckpt=ckpt, output="x.csv").check()


def test_metrics_of_ones_own_choice_are_checked_without_importing_them(
    ckpt: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kid = {"_target_": "gan_runner.metrics.kid.KID", "subsets": 0}
    with pytest.raises(ConfigError, match=r"metrics\.kid\.subsets=0 is not valid"):
        EvaluateRequest(ckpt=ckpt, metrics={"kid": kid}).check()
    (tmp_path / "mine_of_request.py").write_text("raise SystemExit('imported')\n")
    monkeypatch.syspath_prepend(tmp_path)
    EvaluateRequest(ckpt=ckpt, metrics={"mine": {"_target_": "mine_of_request.Metric", "subsets": 0}}).check()
    with pytest.raises(ConfigError, match="there is no module no_such_module"):
        EvaluateRequest(ckpt=ckpt, metrics={"mine": {"_target_": "no_such_module.Metric"}}).check()


def test_images_to_translate_are_looked_for(ckpt: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="input=nothing does not exist"):
        TranslateRequest(ckpt=ckpt, input="nothing", output="x.png").check()
    Image.new("L", (1, 1)).save(tmp_path / "a.jpg")
    asked = TranslateRequest(ckpt=ckpt, input=str(tmp_path / "a.jpg"), output=f"{tmp_path}/")
    asked.check()
    assert [job.target.name for job in asked.planned] == ["a.png"]
    assert asked.planned is asked.planned  # looked for once


def test_a_size_is_that_of_both_sides_or_of_each() -> None:
    assert TranslateRequest().wanted_size is None
    assert TranslateRequest(size=8).wanted_size == (8, 8)
    assert TranslateRequest.from_config({"size": [8, 16]}).wanted_size == (8, 16)
    with pytest.raises(ConfigError, match="size="):
        TranslateRequest.from_config({"size": [8, 16, 24]})


def test_it_imports_no_torch() -> None:
    code = "import sys, gan_runner.inference.request; sys.exit(bool({'torch', 'numpy'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True)
