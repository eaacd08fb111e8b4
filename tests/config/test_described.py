"""What is read of an option is what its files say."""

import subprocess
import sys

import pytest

from gan_runner.config import described as module
from gan_runner.config.described import Key, at_a_glance, described, docstring, names_of, of_trick, unmarked
from gan_runner.config.options import CONFIGS, options

GROUPS = sorted(path.name for path in CONFIGS.iterdir() if path.is_dir() and path.name not in ("hydra", "command"))


@pytest.mark.parametrize("group", GROUPS)
def test_every_option_can_be_read_and_says_what_it_is(group: str) -> None:
    for name in options(CONFIGS / group):
        option = described(group, name)
        assert option.summary[:1] not in ("", "."), name
        assert option.summary.endswith("."), name
        assert all(key and key[0].isalpha() for key in option.keys), name


def test_keys_are_those_of_the_files_that_it_builds_on_too() -> None:
    digits = described("data", "digits").keys
    assert digits["data.image_size"] == Key("16", "or [height, width]")
    assert digits["data.batch_size"] == Key("64")
    assert digits["data.augment.hflip"].comment == "true: mirror each image with probability 1/2"
    adam = described("optimizer", "adam").keys
    assert adam["optimizer.lr"] == Key("2e-4")
    assert adam["optimizer.generator.fused"] == Key("true")
    assert "optimizer.generator.lr" not in adam  # it is optimizer.lr
    small = described("model", "progan_small")
    assert small.keys["tricks.growing.stable_images"].value == "16000"
    assert small.keys["tricks.gradient_penalty.drift"].value == "0.001"  # of progan
    assert small.chooses["network"] == "progan"
    assert small.chooses["tricks"] == "[growing, minibatch_stddev, gradient_penalty, ema]"


def test_an_experiment_is_told_by_what_stands_between_its_command_and_what_is_expected() -> None:
    assert described("experiment", "flowers/progan").summary.endswith("24,000 at full size.")
    assert described("experiment", "ring/gan").summary.startswith("The plain game")


def test_a_warm_up_is_read_where_it_stands() -> None:
    assert described("model", "wgan").keys["system.warmup.again_every"] == Key(
        "500", "turns from one long turn to the next afterwards; null: none"
    )


def test_what_docstrings_say() -> None:
    assert docstring("gan_runner.losses.hinge.Hinge").startswith("Stop pushing a sample")
    assert docstring("gan_runner.losses.hinge.Nothing") == ""
    assert docstring("elsewhere.Hinge") == ""
    assert described("loss", "hinge").source == "Lim & Ye 2017"
    assert described("metrics", "memorization").source == "Meehan et al. 2020"
    assert described("loss", "minimax").source == "Goodfellow et al. 2014"
    assert described("data", "mnist").source == "LeCun, Bottou, Bengio & Haffner 1998"
    assert described("metrics", "labels").source == ""  # its parts have theirs
    assert list(described("network", "mlp").documented) == ["network.generator", "network.discriminator"]


@pytest.mark.parametrize("trick", options(CONFIGS / "tricks"))
def test_every_trick_has_its_section_and_its_row(trick: str) -> None:
    told = of_trick(trick)
    assert all(f"- {word}" in told for word in ("Helps", "Cost", "Source"))
    assert "](" not in told
    assert "**" not in told
    assert at_a_glance(trick)[0] or "little" in told or trick == "growing"


def test_without_the_pages_nothing_is_told_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DOCS", None)
    module._page.cache_clear()
    assert of_trick("r1") == ""
    assert at_a_glance("r1") == ("", "")
    module._page.cache_clear()


def test_markdown_is_read_as_text() -> None:
    assert unmarked("**Source:** [arXiv:1](https://x/1), `tricks.r1`") == "Source: arXiv:1, `tricks.r1`"


def test_what_is_not_there_has_no_names() -> None:
    assert names_of("experiment/nothing") == []


def test_nothing_is_imported_to_read() -> None:
    code = (
        "import sys; from gan_runner.config.described import described; described('tricks', 'r1').documented; "
        "print(*sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "hydra", "numpy", "omegaconf"} & set(found)
