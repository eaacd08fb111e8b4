"""Two stages: what stands still in each, what the first learns by, and that a run goes on in the middle of it."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor

from fixtures.noise_pairs import TRANSLATING
from gan_runner.assemble import assemble
from gan_runner.callbacks.checkpoint import Checkpoint
from gan_runner.runs import checkpoints
from gan_runner.types import Batch, Round

QUIET = ("logger=none", "callbacks.checkpoint=null", "callbacks.summary=null", "callbacks.panels=null")
STAGED = ("model=two_stage", *TRANSLATING, "optimizer.lr=1e-2")


ALSO: list[tuple[str, ...]] = [
    (),
    ("tricks=[ema,r1]", "network.discriminator.norm=layer"),
    ("system.accumulate=2", "system.generator_steps=2"),
    ("callbacks.finite.on_bad=skip", "system.gradient_clip.discriminator=1.0"),
    ("trainer.precision=bf16-mixed", "optimizer.generator.weight_decay=0.1"),
]


def parts_of(system: Any) -> dict[str, dict[str, Tensor]]:
    game = system.all_games[0]
    two = game.generator.generator
    modules = {"coarse": two.coarse, "refine": two.refine, "discriminator": game.discriminator}
    return {name: {k: v.clone() for k, v in m.state_dict().items()} for name, m in modules.items()}


def stages_of(system: Any) -> set[str]:
    """Of the generator, and of its average."""
    return {module.stage for module in system.games.modules() if hasattr(module, "set_stage")}


def moved(before: dict[str, dict[str, Tensor]], after: dict[str, dict[str, Tensor]]) -> set[str]:
    return {name for name in before if any(not torch.equal(before[name][k], after[name][k]) for k in before[name])}


def play(composed: Any, *overrides: str, folder: Path | None = None, resume: str | None = None) -> Any:
    where = {} if folder is None else {"folder": folder}
    experiment = assemble(composed(*STAGED, *QUIET, *overrides, **where))
    if folder is not None:
        experiment.trainer.callbacks.append(Checkpoint(f"{folder}/checkpoints"))
    experiment.trainer.fit(experiment.system, experiment.data, ckpt_path=resume, weights_only=True)
    return experiment


@pytest.mark.parametrize("norm", ["batch", "instance"])
@pytest.mark.parametrize("also", ALSO)
def test_each_stage_moves_its_own_part_to_the_bit(composed: Any, also: tuple[str, ...], norm: str) -> None:
    settings = ("system.coarse_batches=3", "trainer.log_every_n_steps=1", f"network.generator.norm={norm}", *also)
    experiment = assemble(composed(*STAGED, *QUIET, *settings, "trainer.max_steps=6"))
    system = experiment.system
    states, figures = [parts_of(system)], []
    step = system.training_step

    def noting(*arguments: Any) -> None:
        step(*arguments)
        states.append(parts_of(system))
        figures.append(dict(system.figures))

    system.training_step = noting
    experiment.trainer.fit(system, experiment.data)
    assert experiment.trainer.global_step == 6
    whats = [moved(a, b) for a, b in pairwise(states)]
    assert whats == [{"coarse"}] * 3 + [{"refine", "discriminator"}] * 3
    for one in figures[:3]:
        assert {name for name in one if name.startswith(("generator/a2b", "discriminator/a2b"))} == set()
        assert one["generator/l1"] > 0
        assert "discriminator/gradient_norm" not in one
    assert {"discriminator/a2b/adversarial", "generator/a2b/adversarial", "generator/l1"} <= set(figures[3])
    assert all(value.isfinite().all() for part in states[-1].values() for value in part.values())


def test_the_first_stage_is_plain_regression(composed: Any) -> None:
    """The same batches, by an optimizer of its own, with no game around it."""
    settings = (*STAGED, *QUIET, "trainer.precision=32-true")
    experiment = assemble(composed(*settings, "system.coarse_batches=9", "trainer.max_steps=3"))
    system = experiment.system
    coarse = assemble(composed(*settings)).system.all_games[0].generator.generator.coarse
    coarse.load_state_dict(system.all_games[0].generator.generator.coarse.state_dict())
    adam = torch.optim.Adam(coarse.parameters(), lr=1e-2, betas=(0.5, 0.999))
    batches: list[Any] = []
    deal = system.deal
    system.deal = lambda batch, turns: batches.append(batch) or deal(batch, turns)
    experiment.trainer.fit(system, experiment.data)
    for batch in batches:
        adam.zero_grad()
        (10 * (coarse(batch.source) - batch.real).abs().mean()).backward()
        adam.step()
    found = system.all_games[0].generator.generator.coarse.state_dict()
    assert len(batches) == 3
    for name, value in coarse.state_dict().items():
        torch.testing.assert_close(found[name], value, rtol=1e-4, atol=1e-5)


def test_an_optimizer_begins_with_its_stage(composed: Any) -> None:
    """Adam counts the steps of what has moved alone."""
    experiment = play(composed, "system.coarse_batches=3", "trainer.max_steps=5")
    two = experiment.system.all_games[0].generator.generator
    of_discriminator, of_generator = (optimizer.state for optimizer in experiment.trainer.optimizers)
    assert {int(of_generator[p]["step"]) for p in two.coarse.parameters()} == {3}
    assert {int(of_generator[p]["step"]) for p in two.refine.parameters()} == {2}
    assert {int(state["step"]) for state in of_discriminator.values()} == {2}


def test_masked_errors_count_twice_by_hand(composed: Any) -> None:
    system = assemble(composed(*STAGED, *QUIET, "system.masked=true", "data.batch_size=2")).system
    source, real = torch.zeros(2, 3, 8, 8), torch.zeros(2, 3, 8, 8)
    source[:, 2, :2] = 1  # a quarter of the pixels
    fake = torch.cat([source, torch.full((2, 3, 8, 8), 0.5)], dim=1)
    round = Round(None, None, None, torch.cat([source, real], 1), source, fake, None, 0)  # type: ignore[arg-type]
    assert system.error(round).item() == pytest.approx(0.5 * (0.75 + 2 * 0.25))
    system.masked = False
    assert system.error(round).item() == pytest.approx(0.5)


@pytest.mark.parametrize("stopped", [3, 5, 8])
def test_a_resumed_run_ends_where_the_whole_one_does_to_the_bit(composed: Any, tmp_path: Path, stopped: int) -> None:
    """Stopped in the middle of the first stage, at its end, and after it."""
    settings = ("system.coarse_batches=5", "tricks=[ema,replay]", "tricks.replay.size=6")
    whole = play(composed, *settings, "trainer.max_steps=9", folder=tmp_path / "whole").system.state_dict()
    play(composed, *settings, f"trainer.max_steps={stopped}", folder=tmp_path / "parts")
    torch.manual_seed(99)
    checkpoint = f"{tmp_path}/parts/checkpoints/last.ckpt"
    found = play(composed, *settings, "trainer.max_steps=9", folder=tmp_path / "parts", resume=checkpoint)
    state = found.system.state_dict()
    assert state.keys() == whole.keys()
    for name, value in whole.items():
        assert torch.equal(state[name], value) if isinstance(value, Tensor) else state[name] == value, name


@pytest.mark.parametrize(("batches", "stage"), [(2, "coarse"), (4, "refine")])
@pytest.mark.parametrize("tricks", ["[]", "[ema]"])
def test_a_checkpoint_translates_by_the_stage_it_was_in(
    composed: Any, tmp_path: Path, batches: int, stage: str, tricks: str
) -> None:
    settings = ("system.coarse_batches=3", f"tricks={tricks}", f"trainer.max_steps={batches}")
    system = play(composed, *settings, folder=tmp_path).system
    again: Any = assemble(composed(*STAGED, *QUIET, *settings)).system
    contents = checkpoints.load(tmp_path / "checkpoints" / "last.ckpt")
    checkpoints.fit(contents, again, tmp_path)
    assert stages_of(again) == stages_of(system) == {stage}
    source = torch.rand(2, 3, 8, 8)
    assert torch.equal(again.translator().eval()(source), system.translator().eval()(source))


def test_panels_show_the_coarse_image_beside_the_refined(played: Any, tmp_path: Path) -> None:
    loud = [part for part in QUIET if "panels" not in part]
    system = played(*STAGED, *loud, "system.coarse_batches=2", "trainer.max_steps=4").system
    with Image.open(tmp_path / "samples" / "a2b_00000004.png") as picture:
        assert picture.width == 4 * 66 + 2
    batch = Batch(torch.rand(2, 3, 8, 8), None, torch.rand(2, 3, 8, 8))
    columns = system.views(batch)["a2b"]
    assert list(columns) == ["input", "coarse", "translated", "target"]
    two = system.all_games[0].generator.generator
    torch.testing.assert_close(columns["coarse"], two.coarse.eval()(batch.source))
    assert not torch.equal(columns["coarse"], columns["translated"])


def test_holes_are_filled_in_two_stages(played: Any) -> None:
    small = ("data.of.image_size=16", "data.of.num_samples=24", "data.batch_size=4", "network.width=2",
             "network.layers=1", "metrics=none")  # fmt: skip
    settings = ("system.keep_known=true", "system.masked=true", "system.coarse_batches=1")
    system = played("model=two_stage", "data=degraded", "data@data.of=synthetic", *small, *settings, *QUIET).system
    source = torch.rand(1, 4, 16, 16)
    source[:, 3] = 0
    assert torch.equal(system.translator()(source), source[:, :3])


def test_with_all_callbacks_from_the_command_line(run_command: Any) -> None:
    settings = ("metrics=images", "trainer=cpu", "trainer.max_steps=6", "hydra.run.dir=run", "callbacks.progress=null",
                "system.coarse_batches=3", "trainer.log_every_n_steps=1")  # fmt: skip
    ended = run_command("gan-train", *STAGED, *settings)
    assert ended.code == 0, ended.err
    rows = Path("run/metrics.csv").read_text().splitlines()
    column = rows[0].split(",").index("discriminator/a2b/adversarial")
    filled = [bool(row.split(",")[column]) for row in rows[1:]]
    assert sum(filled) == 3


def test_a_run_that_ends_in_the_first_stage_says_so(composed: Any, caplog: Any) -> None:
    play(composed, "system.coarse_batches=2")
    assert "trainer.max_steps=2 ends before the game begins: set system.coarse_batches=2" in caplog.text


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (("network=pix2pix",), "this generator is one part: set network=two_stage, or choose model=pix2pix"),
        (("system.l1=0",), r"system\.l1=0 is not valid"),
        (("system.coarse_batches=0",), r"system\.coarse_batches=0 is not valid"),
        (("system.masked=true", "data.source_channels=1"), "system.masked=true takes the source's last channel for"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(composed: Any, overrides: tuple[str, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        assemble(composed(*STAGED, *QUIET, *overrides))


@pytest.mark.parametrize("batches", [2, 3, 8])
def test_the_generator_moves_on_every_batch_of_the_first_stage(composed: Any, batches: int) -> None:
    settings = ("system.coarse_batches=3", "system.discriminator_steps=2", f"trainer.max_steps={batches}")
    system = play(composed, *settings).system
    assert system.generator_updates_in(batches) == system.generator_updates == {2: 2, 3: 3, 8: 6}[batches]
