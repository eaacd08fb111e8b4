"""Restoring: every recipe learns from one set of images, and filling in keeps what is known to the bit."""

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from fixtures.recipes import RESTORING
from gan_runner.assemble import assemble
from gan_runner.callbacks.checkpoint import Checkpoint
from gan_runner.data.degraded import Degraded
from gan_runner.inference.rebuild import rebuild
from gan_runner.systems.capabilities import Translates
from gan_runner.systems.paired import FillingIn
from gan_runner.types import Batch

SMALL = ("data.of.image_size=16", "data.of.num_samples=24", "data.batch_size=4", "network.width=2", "network.layers=1")
QUIET = ("logger=none", "callbacks.checkpoint=null", "callbacks.summary=null", "callbacks.panels=null", "metrics=none")
TASKS = {"inpainting": "inpaint", "super_resolution": "super_resolution", "colorization": "colorize",
         "denoising": "denoise", "deblurring": "deblur"}  # fmt: skip


def settings(model: str, *overrides: str) -> tuple[str, ...]:
    return (f"model={model}", "data=degraded", *SMALL, "data.blur_sigma=[0.5,1.0]", *overrides)


def test_there_is_a_recipe_for_every_task() -> None:
    assert sorted(TASKS) == RESTORING


@pytest.mark.parametrize("model", RESTORING)
def test_every_recipe_trains(composed: Any, tmp_path: Path, model: str) -> None:
    quiet = tuple(part for part in QUIET if "panels" not in part)
    experiment = assemble(composed(*settings(model, *quiet), "trainer.log_every_n_steps=1"))
    assert isinstance(experiment.data, Degraded)
    assert experiment.data.task == TASKS[model]
    before = [p.detach().clone() for p in experiment.system.parameters()]
    experiment.trainer.fit(experiment.system, experiment.data)
    assert experiment.trainer.global_step == 2
    for old, new in zip(before, experiment.system.parameters(), strict=True):
        assert new.isfinite().all()
        assert new.ndim == 1 or not torch.equal(old, new)  # a shift before a norm has no gradient
    assert experiment.system.figures["generator/l1"] > 0
    with Image.open(tmp_path / "samples" / "a2b_00000002.png") as picture:
        assert picture.width == 3 * 66 + 2


@pytest.mark.parametrize("model", RESTORING)
@pytest.mark.parametrize("of", ["digits", "synthetic"])
def test_every_recipe_takes_other_sets(composed: Any, model: str, of: str) -> None:
    colour = ("data.of.channels=3",) if model == "colorization" else ()
    small = [part for part in SMALL if "num_samples" not in part]
    system = assemble(composed(f"model={model}", "data=degraded", f"data@data.of={of}", *small, *colour, *QUIET,
                               "data.of.image_size=32")).system  # fmt: skip
    shape = system.origin.shape
    assert system.translator()(torch.zeros(2, *system.origin.source_shape)).shape == (2, *shape)


# ---- what is known --------------------------------------------------------------------------------------------------


class Constant(nn.Module):
    """Answers one learned number everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.value = nn.Parameter(torch.tensor(0.25))

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        return self.value.expand(len(source), source.shape[1] - 1, *source.shape[2:])


def with_hole(batch: int = 2, channels: int = 3) -> tuple[Tensor, Tensor]:
    """Images, and sources of them with a hole of 3 × 4 pixels of 8 × 8."""
    image = 2 * torch.rand(batch, channels, 8, 8, generator=torch.Generator().manual_seed(0)) - 1
    hole = torch.zeros(batch, 1, 8, 8)
    hole[:, :, 2:5, 1:5] = 1
    return image, torch.cat([image * (1 - hole), hole], dim=1)


def test_filling_in_by_hand() -> None:
    image, source = with_hole()
    filled = FillingIn(Constant())(source)
    assert (filled[:, :, 2:5, 1:5] == 0.25).all()
    filled = filled.detach().clone()
    filled[:, :, 2:5, 1:5] = image[:, :, 2:5, 1:5]
    assert torch.equal(filled, image)


def test_only_the_hole_teaches_the_generator() -> None:
    _, source = with_hole()
    generator = Constant()
    FillingIn(generator)(source).mean().backward()
    assert generator.value.grad is not None
    assert generator.value.grad.item() == pytest.approx(12 / 64)


@pytest.mark.parametrize("precision", ["32-true", "bf16-mixed"])
@pytest.mark.parametrize("tricks", ["[]", "[ema]"])
def test_known_pixels_are_kept_to_the_bit_in_training_and_in_use(
    composed: Any, tmp_path: Path, tricks: str, precision: str
) -> None:
    overrides = (f"tricks={tricks}", f"trainer.precision={precision}", *QUIET)
    experiment = assemble(composed(*settings("inpainting"), *overrides))
    experiment.trainer.callbacks.append(Checkpoint(str(tmp_path / "checkpoints")))
    seen: list[tuple[Tensor, Tensor]] = []
    game = experiment.system.all_games[0]
    game.generator.register_forward_hook(lambda _, given, fake: seen.append((given[0], fake.detach())))
    experiment.trainer.fit(experiment.system, experiment.data)
    again, _ = rebuild(Translates, tmp_path / "checkpoints" / "last.ckpt", "")
    assert len(seen) == 2
    image, source = with_hole(batch=1)
    source = source.repeat(1, 1, 2, 2)
    for system in (experiment.system, again):
        seen.append((source, torch.cat([source, system.translator()(source).detach()], dim=1)))
    shown = experiment.system.views(Batch(image.repeat(1, 1, 2, 2), None, source))["a2b"]["translated"]
    seen.append((source, torch.cat([source, shown], dim=1)))
    for given, pair in seen:
        known = (given[:, -1:] == 0).expand_as(given[:, :-1])
        assert torch.equal(pair[:, 4:][known], given[:, :-1][known])
        assert not known.all()
        assert (pair[:, 4:][~known] != given[:, :-1][~known]).any()


def test_the_real_and_the_fake_differ_in_the_hole_alone(composed: Any) -> None:
    """So that the discriminator cannot go by what is known."""
    experiment = assemble(composed(*settings("inpainting"), *QUIET))
    data, system = experiment.data, experiment.system
    batch = data.on_after_batch_transfer(next(iter(data.train_dataloader())), 0)
    hand = system.hands(batch)["a2b"]
    fake = system.all_games[0].generate(hand, graph=False)
    known = batch.source[:, -1:] == 0
    assert torch.equal(torch.where(known, fake, 0), torch.where(known, hand.real, 0))


@pytest.mark.parametrize("task", ["denoise", "colorize"])
def test_a_source_without_its_hole_keeps_nothing(composed: Any, task: str) -> None:
    config = composed(*settings("inpainting", f"data.task={task}"), *QUIET)
    said = "system.keep_known=true copies .* of 3 channel.* set data=degraded and data.task=inpaint, or system.keep_kn"
    with pytest.raises(ValueError, match=said):
        assemble(config)


def test_a_set_in_the_place_of_the_degraded_one_is_told_how_it_is_damaged(run_command: Any) -> None:
    ended = run_command("gan-train", "model=inpainting", "data=mnist", "trainer=cpu")
    assert ended.code != 0
    assert "leave data=mnist out (data@data.of=mnist damages that)" in ended.err
