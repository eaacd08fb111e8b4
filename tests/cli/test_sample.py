"""gan-sample as a user starts it."""

import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from gan_runner.assemble import build_system
from gan_runner.cli import sample as command
from gan_runner.config.options import CONFIGS
from gan_runner.config.plain import plain_config
from gan_runner.inference.sample import Request
from gan_runner.runs.checkpoints import write


@pytest.fixture
def run(tmp_path) -> Path:
    """A run folder with a checkpoint, as small as can be."""
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose(
            "train", overrides=["model=vanilla", "data=ring", "network.generator.hidden=[4]", "paths.run=x"]
        )
    system = build_system(plain_config(config), (2,), None)
    contents = {"origin": system.origin.plain(), "state_dict": system.state_dict(), "global_step": 3}
    write(contents, tmp_path / "run" / "checkpoints" / "last.ckpt")
    return tmp_path / "run"


def start(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = "import sys; sys.argv[0] = 'gan-sample'; from gan_runner.cli.sample import main; main()"
    line = [sys.executable, "-c", code, *arguments]
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=120)


def compose_sample(*overrides: str):
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        return compose("sample", overrides=list(overrides))


def test_it_writes_its_output_and_nothing_else(run):
    done = start(run.parent, f"run={run.name}", "output=x.npz", "num_samples=5", "accelerator=cpu")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "5 samples of the generator after 3 batches, seed 0: x.npz\n"
    assert sorted(path.name for path in run.parent.iterdir()) == ["run", "x.npz"]
    with np.load(run.parent / "x.npz") as written:
        assert written["points"].shape == (5, 2)


def test_a_mistake_is_one_sentence_and_exit_code_1(tmp_path):
    done = start(tmp_path, "num_sample=5")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "gan-sample: unknown key num_sample (did you mean num_samples?)\n"
    assert list(tmp_path.iterdir()) == []


def test_help_is_a_page_with_examples(tmp_path):
    done = start(tmp_path, "--help")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) < 40
    examples = [line.split() for line in done.stdout.splitlines() if line.startswith("  gan-sample ")]
    assert len(examples) == 6
    for _, *arguments in examples:  # each composes
        keys = [argument.strip("'").replace("<time>", "x") for argument in arguments]
        Request.from_config(OmegaConf.to_container(compose_sample(*keys)))


def test_the_configuration_lists_what_a_request_takes():
    config = compose_sample()
    assert set(config) == set(Request.model_fields)
    defaults = {key: field.default for key, field in Request.model_fields.items()}
    assert OmegaConf.to_container(config) == defaults


def test_in_process(run, tmp_path, capsys):
    command.sample(
        compose_sample(f"ckpt='{run}/checkpoints/last.ckpt'", f"output='{tmp_path}/x.png'", "accelerator=cpu")
    )
    assert capsys.readouterr().out.startswith("64 samples of the generator")
    assert (tmp_path / "x.png").is_file()


def test_the_console_script_is_declared():
    project = CONFIGS.parent / "pyproject.toml"
    if not project.is_file():
        pytest.skip("not a checkout")
    scripts = tomllib.loads(project.read_text())["project"]["scripts"]
    assert scripts["gan-sample"] == f"{command.main.__module__}:main"


def test_only_the_command_line_vouches_for_classes(run, tmp_path, run_command):
    """Not a file, which may come with the run."""
    mine = tmp_path / "configs" / "debug" / "mine.yaml"
    mine.parent.mkdir(parents=True)
    mine.write_text("# @package _global_\ntrust: true\n")
    asked = ("--config-dir", str(tmp_path / "configs"), "debug=mine", f"run={run}", "output=x.npz", "accelerator=cpu")
    refused = run_command("gan-sample", *asked)
    assert refused.err == "gan-sample: trust=true counts on the command line alone: a file cannot vouch for classes\n"
    assert run_command("gan-sample", *asked, "trust=true").code == 0
