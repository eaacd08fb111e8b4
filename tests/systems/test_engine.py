"""Compiled steps: equal to eager ones, compiled in the first turns alone, resumed to the bit; what is not."""

import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback
from torch import nn
from torch.optim import SGD, Adam, AdamW, RMSprop

from gan_runner.assemble import assemble
from gan_runner.callbacks.finite import NotFiniteError
from gan_runner.systems import engine
from gan_runner.systems.engine import Mover, move

POINTS = (
    "model=vanilla", "data=ring", "data.batch_size=16", "trainer.accelerator=cpu", "callbacks.samples=null",
    "network.generator.hidden=[16]", "network.discriminator.hidden=[16]", "trainer.log_every_n_steps=4",
)  # fmt: skip
IMAGES = ("data=synthetic", "data.image_size=8", "data.batch_size=8", "trainer.precision=32-true")
FIRST = 12
"""Batches after which every game has met all its turns."""
GAMES = {
    "both move": (*POINTS, "tricks=[ema]", "schedule=linear"),
    "penalties": (*POINTS, "loss=relativistic", "tricks=[r1,r2]", "tricks.r1.every=2"),
    "clipped": (*POINTS, "loss=wasserstein", "tricks=[weight_clipping]", "system.discriminator_steps=2",
                "system.gradient_clip.discriminator=1e-3"),
    "annealed": (*POINTS, "tricks=[instance_noise,lecam]", "tricks.instance_noise.anneal=8", "tricks.lecam.start=3"),
    "generator twice": (*POINTS, "system.generator_steps=2"),
    "batch norm": ("model=dcgan", "network.width=4", *IMAGES),
    "autoencoder": ("model=autoencoder", *IMAGES),
    "vae": ("model=vae", *IMAGES, "system.anneal_batches=5"),
}  # fmt: skip


def play(composed: Any, how: str, *overrides: str, batches: int = 12) -> Any:
    """The experiment after its run."""
    experiment = assemble(composed(*overrides, f"trainer.max_steps={batches}", f"trainer.engine={how}"))
    experiment.trainer.fit(experiment.system, experiment.data)
    return experiment


def apart(one: Any, other: Any) -> float:
    """The largest difference of two systems' weights, buffers and moments."""
    states = [{**one.system.state_dict(), **_moments(one)}, {**other.system.state_dict(), **_moments(other)}]
    tensors = [{key: value for key, value in state.items() if isinstance(value, torch.Tensor)} for state in states]
    assert tensors[0].keys() == tensors[1].keys()
    return max(float((a.double() - tensors[1][key].double()).abs().max()) for key, a in tensors[0].items())


def _moments(experiment: Any) -> dict[str, Any]:
    states = [state for optimizer in experiment.trainer.optimizers for state in optimizer.state.values()]
    return {f"{number}.{key}": value for number, state in enumerate(states) for key, value in state.items()}


@pytest.fixture
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be compiled is played as it stands: whether it is the same step, without a compiler's minute."""
    monkeypatch.setattr(torch, "compile", lambda function, **_: function)


# ---- the same step --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("game", GAMES)
def test_what_is_compiled_is_the_step_of_the_eager_engine(game: str, composed: Any) -> None:
    eager, compiled = (play(composed, how, *GAMES[game]) for how in ("eager", "compile"))
    assert compiled.system._compiled._movers  # it was not left to the eager engine
    assert apart(eager, compiled) < 1e-6
    assert eager.trainer.global_step == compiled.trainer.global_step == 12
    timed = {"images_per_second"}
    for name in eager.system.figures.keys() - timed:
        assert compiled.system.figures[name] == pytest.approx(eager.system.figures[name], rel=1e-3, abs=1e-6), name
    assert compiled.system.figures.keys() == eager.system.figures.keys()


@pytest.mark.parametrize("make", [
    lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True), lambda p: Adam(p, lr=0.01, weight_decay=0.1),
    lambda p: AdamW(p, lr=0.01, amsgrad=True), lambda p: RMSprop(p, lr=0.01, centered=True),
])  # fmt: skip
def test_a_step_moves_weights_and_state_as_the_optimizer_does(make: Any) -> None:
    torch.manual_seed(0)
    ours, theirs = ([nn.Parameter(torch.randn(3, generator=torch.Generator().manual_seed(0)))] for _ in range(2))
    optimizers = [make(parameters) for parameters in (ours, theirs)]
    gradients = torch.randn(5, 3)
    for number, gradient in enumerate(gradients):
        theirs[0].grad = gradient.clone()
        optimizers[1].step()
        if number == 0:  # the first makes the state
            ours[0].grad = gradient.clone()
            optimizers[0].step()
            continue
        group = optimizers[0].param_groups[0]
        with torch.no_grad():
            move(Mover(optimizers[0], ours, [optimizers[0].state[ours[0]]], group, torch.tensor(group["lr"]), None),
                 [gradient])  # fmt: skip
    torch.testing.assert_close(ours[0], theirs[0])
    torch.testing.assert_close(dict(optimizers[0].state[ours[0]]), dict(optimizers[1].state[theirs[0]]))


@pytest.mark.usefixtures("uncompiled")
def test_numbers_that_are_not_finite_are_found_as_in_eager_steps(composed: Any, caplog: Any) -> None:
    def found(how: str) -> str:
        overrides = (*POINTS, "optimizer.lr=1e30", "callbacks.finite.every=4", f"trainer.engine={how}")
        experiment = assemble(composed(*overrides, "trainer.max_steps=8"))
        with pytest.raises(NotFiniteError) as error:
            experiment.trainer.fit(experiment.system, experiment.data)
        return str(error.value).partition(":")[0]

    assert found("compile") == found("eager")


class Breaks(Callback):
    """Spoils a weight between two batches."""

    @torch.no_grad()
    def on_train_batch_end(self, trainer: Any, pl_module: Any, *given: Any) -> None:
        if trainer.global_step == 5:
            pl_module.parameters_of("discriminator")[0][0] = torch.inf


@pytest.mark.usefixtures("uncompiled")
def test_a_weight_that_went_wrong_between_batches_is_named_as_in_eager_steps(composed: Any) -> None:
    def found(how: str) -> str:
        overrides = (*POINTS, "callbacks.finite.every=4", f"trainer.engine={how}", "trainer.max_steps=8")
        experiment = assemble(composed(*overrides))
        experiment.trainer.callbacks.append(Breaks())  # type: ignore[attr-defined]
        with pytest.raises(NotFiniteError) as error:
            experiment.trainer.fit(experiment.system, experiment.data)
        return str(error.value).partition(";")[0]

    name = found("compile")
    assert name == found("eager")
    assert "batch 6: weights of games.gan.discriminator" in name


# ---- what is left to the eager engine -------------------------------------------------------------------------------


@pytest.mark.parametrize(("overrides", "reason"), [
    (["system.accumulate=2"], "system.accumulate=2 slices each batch"),
    (["trainer.precision=bf16-mixed"], "trainer.precision=bf16-mixed has no compiled step yet"),
    (["trainer.precision=16-mixed"], "trainer.precision=16-mixed has no compiled step yet"),
    (["tricks=[ema,top_k]"], "tricks.top_k has no compiled step yet"),
    (["callbacks.finite.on_bad=skip"], "callbacks.finite.on_bad=skip decides on each update"),
    ([], "optimizer.discriminator=Adam has no step to compile (those that have: SGD)"),
])  # fmt: skip
def test_what_cannot_be_compiled_is_played_eagerly_and_told_once(
    overrides: list[str], reason: str, composed: Any, caplog: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not overrides:
        monkeypatch.setattr(engine, "STEPS", {SGD: engine.STEPS[SGD]})
    with caplog.at_level(logging.WARNING):
        compiled = play(composed, "compile", *POINTS, *overrides, batches=3)
    told = [record.message for record in caplog.records if "trainer.engine" in record.message]
    assert len(told) == 1
    assert reason in told[0]
    assert apart(play(composed, "eager", *POINTS, *overrides, batches=3), compiled) == 0


def test_a_gpu_is_left_to_the_eager_engine() -> None:
    system: Any = SimpleNamespace(device=torch.device("cuda"), trainer=None)
    assert "processors alone" in engine.obstacle_of(system)


def test_a_system_that_deals_more_than_its_base_is_not_compiled(composed: Any, caplog: Any) -> None:
    play(composed, "compile", "model=vae_gan", *IMAGES, batches=1)
    assert [record for record in caplog.records if "system=VAEGAN has no compiled step yet" in record.message]


def test_a_failure_of_the_compiler_costs_no_batch(composed: Any, caplog: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(function: Any, **_: Any) -> Any:
        def refused(*_: Any) -> Any:
            raise torch._dynamo.exc.TorchDynamoException("no C++ compiler\nand more")

        return refused

    monkeypatch.setattr(torch, "compile", refuse)
    compiled = play(composed, "compile", *POINTS, batches=3)
    assert [r.message for r in caplog.records if "no C++ compiler" in r.message and "and more" not in r.message]
    assert apart(play(composed, "eager", *POINTS, batches=3), compiled) == 0


# ---- compiled indeed ------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("game", GAMES)
def test_compiled_steps_equal_eager_ones_and_are_compiled_in_the_first_turns_alone(game: str, composed: Any) -> None:
    torch._dynamo.utils.counters.clear()
    experiments = []
    for how in ("eager", "compile"):
        experiments.append(assemble(composed(*GAMES[game], "trainer.max_steps=30", f"trainer.engine={how}")))
        experiments[-1].trainer.callbacks.append(counting := Counting())  # type: ignore[attr-defined]
        experiments[-1].trainer.fit(experiments[-1].system, experiments[-1].data)
    assert apart(*experiments) < 2e-5  # of weights that move by 2e-4 a batch
    assert not experiments[1].system._compiled._is_out  # type: ignore[union-attr]
    assert 1 <= counting.graphs[FIRST] == counting.graphs[30]


class Counting(Callback):
    """Notes after each batch how many graphs were compiled so far."""

    def __init__(self) -> None:
        self.graphs: dict[int, int] = {}

    def on_train_batch_end(self, trainer: Any, *_: Any) -> None:
        self.graphs[trainer.global_step] = torch._dynamo.utils.counters["stats"]["unique_graphs"]


@pytest.mark.slow
def test_a_compiled_run_goes_on_to_the_bit(run_command: Any, tmp_path: Path) -> None:
    def run(name: str, *overrides: str) -> dict[str, Any]:
        folder = tmp_path / name
        ended = run_command("gan-train", *overrides)
        assert ended.code == 0, ended.err
        return torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]  # type: ignore[no-any-return]

    shared = (*POINTS, "tricks=[ema]", "trainer.engine=compile", "metrics=none")
    whole = run("whole", *shared, f"hydra.run.dir={tmp_path / 'whole'}", "trainer.max_steps=12")
    run("parts", *shared, f"hydra.run.dir={tmp_path / 'parts'}", "trainer.max_steps=5")
    parts = run("parts", f"resume={tmp_path / 'parts'}", "trainer.max_steps=12")
    torch.testing.assert_close(parts, whole, rtol=0, atol=0)
