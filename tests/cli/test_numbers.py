"""A decimal comma: told wherever a number is wanted, and never played as two values."""

from collections.abc import Callable

import pytest

from fixtures.small_runs import Outcome
from gan_runner.cli.numbers import refuse_decimal_commas, told_of_comma
from gan_runner.config.errors import ConfigError


def test_what_a_comma_makes_of_a_number_is_told() -> None:
    assert told_of_comma("optimizer.lr=0,001") == (
        "optimizer.lr=0,001 has a comma: one number is written with a point, optimizer.lr=0.001; -m plays a run for "
        "each value between commas, here 0 and 001; a list stands in brackets"
    )
    assert "and a text in quotes of its own" in told_of_comma("objective=a,b")
    assert "data.batch_size=1.024, and thousands without one, data.batch_size=1024;" in told_of_comma(
        "data.batch_size=1,024"
    )
    assert "thousands are written without, trainer.max_steps=1000000;" in told_of_comma("trainer.max_steps=1,000,000")


@pytest.mark.parametrize(
    ("argument", "number"),
    [
        ("optimizer.lr=0,001", "0.001"),
        ("optimizer.lr=1,05e-4", "1.05e-4"),
        ("loss.label_smoothing=0,1", "0.1"),  # a share takes no 1
        ("tricks.ema.decay=0,999", "0.999"),
    ],
)
def test_a_sweep_takes_no_number_for_two_values(argument: str, number: str) -> None:
    key = argument.partition("=")[0]
    with pytest.raises(ConfigError, match=f"would be played as {key}=.* written with a point, {key}={number}$"):
        refuse_decimal_commas("train", ["-m", "tricks=[ema]", argument])


def test_values_of_a_sweep_are_left_alone() -> None:
    for argument in ("seed=0,1", "data.batch_size=16,32", "trainer.max_steps=10,20", "optimizer.lr=1e-3,1e-4",
                     "latent.latent_dim=2,100", "loss=hinge,minimax", "callbacks.equilibrium.high=0,1"):  # fmt: skip
        refuse_decimal_commas("train", ["-m", argument])


def test_whoever_types_one_is_told(run_command: Callable[..., Outcome]) -> None:
    assert "optimizer.lr=0.001; -m plays" in run_command("gan-train", "optimizer.lr=0,001").err
    assert "write 0.001, with a point" in run_command("gan-train", "optimizer.lr='0,001'").err
    assert "would be played as optimizer.lr=0 and" in run_command("gan-train", "-m", "optimizer.lr=0,001").err
    assert "a number has a point, [0.5,0.999]" in run_command("gan-train", "optimizer.betas=[0,5,0,999]").err
