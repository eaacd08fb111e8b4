"""What --help tells of a topic and of a name."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from fixtures import composing
from fixtures.small_runs import Outcome
from gan_runner.cli import pages
from gan_runner.cli.pages import ABOUT, example, page_about, page_of_topic, topics
from gan_runner.config import described as reading
from gan_runner.config.described import described, names_of
from gan_runner.config.errors import ConfigError
from gan_runner.config.options import CONFIGS, options
from gan_runner.config.plain import plain_config
from gan_runner.config.schema import by_source, check

ALONE = ("tricks", "loss", "metrics", "features", "latent", "likelihood", "network", "schedule", "callbacks", "sweep")
"""Groups whose examples may hold more than the option (tests/test_layout.py composes every option)."""
OPTIONS = [(group, name) for group in ALONE for name in options(CONFIGS / group)]


@pytest.mark.parametrize("topic", topics())
def test_every_topic_has_a_line_for_each_of_its_options(topic: str) -> None:
    page = page_about([topic])
    for name in names_of(pages.CALLED.get(topic, topic)):
        assert f"\n  {name}" in page
    assert max(map(len, page.splitlines())) <= 120


def test_groups_that_are_chosen_from_have_a_topic() -> None:
    groups = {path.name for path in CONFIGS.iterdir() if path.is_dir()}
    assert groups - set(ABOUT) == {"hydra", "paths", "command"}


def test_the_line_of_a_trick_tells_cost_measure_and_source() -> None:
    (line,) = (part for part in page_of_topic("tricks").split("\n  ") if part.startswith("gradient_penalty "))
    told = " ".join((line + page_of_topic("tricks").split(line)[1].split("\n  growing")[0]).split())
    assert "Gradients of norm 1 between reals and fakes (WGAN-GP)" in told
    assert "cost 1.65" in told
    assert "MNIST ahead" in told
    assert "Gulrajani et al. 2017" in told


def test_the_page_of_a_trick() -> None:
    page = page_about(["r1"])
    assert page.startswith("tricks=r1\n")
    assert page.count("Squared gradients of the discriminator on reals") == 1
    assert "- Cost: 1.6" in page
    assert "- Source: Mescheder et al. 2018" in page
    assert "tricks.r1.gamma=10.0" in page
    assert "γ, times half the squared norm" in page
    assert "Example: gan-train 'tricks=[r1]' network.discriminator.norm=layer" in page


def test_a_name_of_several_groups_has_a_page_of_each() -> None:
    page = page_about(["wgan_gp"])
    assert page.startswith("model=wgan_gp\n")
    assert "\nnetwork=wgan_gp\n" in page
    assert page_about(["network=wgan_gp"]).startswith("network=wgan_gp\n")
    assert "model=wgan_gp" not in page_about(["network=wgan_gp"])
    assert page_about(["model=wgan", "loss=hinge"]).count("\nExample") + page_about(["loss=hinge"]).count("Source") >= 1


def test_a_page_of_a_recipe_says_what_it_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    page = page_about(["wgan"])
    assert "Chooses: network=dcgan  loss=wasserstein  optimizer=rmsprop  tricks=[weight_clipping]" in page
    assert "system.discriminator_steps=5" in page


def test_keys_and_words_of_others_lead_on() -> None:
    assert "probability 1/2" in page_about(["data.augment.hflip"])
    assert page_about(["seed"]).strip().startswith("seed=0")
    assert page_about(["bce"]).startswith(
        "bce is called loss=non_saturating or likelihood=bernoulli here.\n\nloss=non_s"
    )
    assert "\ntricks=latent_regression\n" in page_about(["latent", "regularisation"])
    assert "\nloss: what the players" in page_about(["pérdida"])


def test_what_nobody_knows_is_answered_by_what_is_near() -> None:
    with pytest.raises(ConfigError, match=r"nothing is called spectralnorm \(did you mean spectral_norm"):
        page_about(["spectralnorm"])
    with pytest.raises(ConfigError, match="nothing is called xyzzy; topics: model, data"):
        page_about(["xyzzy"])


def test_lessons_are_what_lies_in_their_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lessons = tmp_path / "experiment" / "lesson"
    lessons.mkdir(parents=True)
    (lessons / "collapse.yaml").write_text(
        "# @package _global_\n# gan-train experiment=lesson/collapse\n# Eight modes, and the generator finds one. "
        "And so on.\n# Expected: 1 mode.\ntrainer: {max_steps: 100}\n"
    )
    monkeypatch.setattr(pages, "CONFIGS", tmp_path)
    monkeypatch.setattr(reading, "CONFIGS", tmp_path)
    reading.described.cache_clear()
    assert page_about(["lessons"]).splitlines()[2] == "  collapse  Eight modes, and the generator finds one"
    assert "Example: gan-train experiment=lesson/collapse" in page_about(["collapse"])
    (lessons / "collapse.yaml").unlink()
    assert "There are none" in page_about(["lessons"])
    reading.described.cache_clear()


@pytest.mark.parametrize(("group", "name"), OPTIONS)
def test_the_example_of_a_page_composes(group: str, name: str) -> None:
    command = example(described(group, name))
    if not command:
        assert name == "none"
        return
    words = [word.strip("'") for word in command.split()[1:]]
    words = [word.partition(",")[0] for word in words if word != "-m"]
    config = composing.composed(*words, "paths.run=unused")
    roots = [f"{key}=photos" for key in OmegaConf.missing_keys(config) & {"data.root", "data.of.root"}]
    check(plain_config(composing.composed(*words, *roots, "paths.run=unused")), by_source)


@pytest.mark.parametrize("experiment", options(CONFIGS / "experiment"))
def test_the_example_of_an_experiment_is_the_command_of_its_head(experiment: str) -> None:
    assert f"experiment={experiment}" in example(described("experiment", experiment)).split()


def test_what_no_option_of_gan_train_is_has_no_example() -> None:
    assert example(described("damage", "inpaint")) == ""


def test_a_shell_gets_pages_and_mistakes(run_command: Callable[..., Outcome]) -> None:
    shown = run_command("gan-train", "--help", "losses")
    assert (shown.code, shown.err) == (0, "")
    assert "  hinge " in shown.out
    wrong = run_command("gan-train", "--help", "hing")
    assert wrong.code == 1
    assert wrong.err.startswith("gan-train: nothing is called hing (did you mean hinge")
    assert run_command("gan-sample", "--help", "ema").out.startswith("tricks=ema\n")
    assert run_command("gan-train", "model=dcgan", "--help").out.startswith("gan-train: train a GAN")


def test_a_narrow_terminal_is_filled_and_not_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    page = page_about(["tricks"])
    assert max(len(line) for line in page.splitlines() if " " in line.strip()) <= 60


@pytest.mark.parametrize("arguments", [["--help"], ["--help", "tricks"], ["--cfg", "job"], ["--version"]], ids=" ".join)
def test_whoever_reads_the_first_line_alone_hears_no_more(arguments: list[str], tmp_path: Path) -> None:
    reading_end, writing_end = os.pipe()
    os.close(reading_end)  # head has gone before anything was written
    line = [sys.executable, "-m", "gan_runner", "train", *arguments]
    with os.fdopen(writing_end, "wb") as output:
        ended = subprocess.run(line, stdout=output, stderr=subprocess.PIPE, cwd=tmp_path, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_pages_wait_for_no_torch() -> None:
    code = "import sys; from gan_runner.cli.train import main; sys.argv = ['gan-train', '--help', 'r1']\ntry: main()\n"
    code += "finally: print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert not {"torch", "hydra", "omegaconf", "numpy"} & set(ended.stdout.split())
