"""A game before an audience: who moves, what commands change, and that playing it so changes nothing else."""

from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_lightning import LightningModule

from gan_runner.callbacks.live import COMMANDS, SHARE, Live, Pace, number, steerable
from gan_runner.web.player import prepare

POINTS = (
    "model=vanilla", "data=ring", "data.num_samples=400", "data.batch_size=16", "network.generator.hidden=[8]",
    "network.discriminator.hidden=[8]", "latent.latent_dim=2", "trainer.accelerator=cpu",
)  # fmt: skip
D, G = ("discriminator",), ("generator",)


def step(*players: str) -> dict[str, Any]:
    return {"do": "step", "players": list(players)}


class Over(Exception):  # noqa: N818
    """The audience leaves."""


class Script:
    """An audience that says one thing after the other. A number waits until so many batches are played."""

    def __init__(self, *said: Any) -> None:
        self.said = deque(said)
        self.room = True
        self.shown: list[dict[str, Any]] = []
        self.weights: list[dict[str, torch.Tensor]] = []
        self.refused: list[str] = []
        self.began: dict[str, Any] = {}

    def hear(self, timeout: float | None) -> Any:
        if self.said and isinstance(self.said[0], int):
            if self.system.trainer.global_step < self.said[0]:
                return None
            self.said.popleft()
        if self.said:
            return self.said.popleft()
        if timeout is None:
            raise Over
        return None

    def has_room(self) -> bool:
        return self.room

    def begin(self, system: Any, told: dict[str, Any]) -> None:
        self.system, self.began = system, told

    def show(self, system: Any, told: dict[str, Any]) -> None:
        self.shown.append(told)
        self.weights.append(weights_of(system))

    def refuse(self, sentence: str) -> None:
        self.refused.append(sentence)


def weights_of(system: Any) -> dict[str, torch.Tensor]:
    return {
        player: torch.cat([p.detach().flatten() for p in system.parameters_of(player)]).clone()
        for player in system.players
    }


def live(folder: Path, script: Any, *overrides: str) -> Any:
    """The experiment after the script has come to its end."""
    experiment = prepare([*POINTS, *overrides], folder)
    experiment.trainer.callbacks.append(Live(script))  # type: ignore[attr-defined]
    with suppress(Over):
        experiment.trainer.fit(experiment.system, experiment.data)
    return experiment


def moved(before: dict[str, torch.Tensor], after: dict[str, torch.Tensor]) -> set[str]:
    return {player for player in before if not torch.equal(before[player], after[player])}


def test_a_step_moves_only_who_is_told_to_move(tmp_path: Path) -> None:
    script = Script(step(*D), step(*G), step(*D, *G), step(*G), step(*G))
    experiment = live(tmp_path, script, "tricks=[ema]")
    assert [told["batch"] for told in script.shown] == [0, 1, 2, 3, 4, 5]
    pairs = zip(script.weights[:-1], script.weights[1:], strict=True)
    assert [moved(*pair) for pair in pairs] == [{*D}, {*G}, {*D, *G}, {*G}, {*G}]
    assert [told["moved"] for told in script.shown[1:]] == [[*D], [*G], [*D, *G], [*G], [*G]]
    assert [told["generator_updates"] for told in script.shown] == [0, 0, 1, 2, 3, 4]
    assert not any(told["playing"] for told in script.shown)
    assert experiment.system.steered == G  # of the batch that was played last
    figures = script.shown[1]["figures"]
    assert "discriminator/gan/adversarial" in figures, "each step is told of"
    assert "generator/gan/adversarial" in script.shown[2]["figures"]
    assert script.shown[2]["figures"]["discriminator/gan/adversarial"] == figures["discriminator/gan/adversarial"]


def test_after_steps_the_turns_are_the_games_own(tmp_path: Path) -> None:
    script = Script(step(*G), {"do": "play"}, 4, {"do": "pause"})
    experiment = live(tmp_path, script, "system.discriminator_steps=2")
    assert experiment.system.generator_updates == 1 + 2  # of batches 2, 3, 4 the second and the fourth
    assert experiment.system.steered is None
    assert not experiment.system.reports_next


def test_what_is_told_at_the_beginning(tmp_path: Path) -> None:
    script = Script()
    live(tmp_path, script, "optimizer.generator.lr=0.5")
    assert script.began == {
        "players": {"discriminator": 33, "generator": 42},
        "rates": {"discriminator": 2e-4, "generator": 0.5},
        "discriminator_steps": 1,
        "max_steps": 1_000_000,
    }
    assert [told["batch"] for told in script.shown] == [0], "it begins paused"


PLAN = (
    {"do": "play"}, 7, {"do": "pause"}, {"do": "speed", "batches_per_second": 500}, {"do": "play"}, 20,
    {"do": "pause"}, {"do": "frames", "per_second": 60}, {"do": "speed", "batches_per_second": None}, {"do": "play"},
)  # fmt: skip


@pytest.mark.parametrize(
    "overrides",
    [
        ("tricks=[ema,instance_noise,r1]", "schedule=cosine", "network.generator.batch_norm=true"),
        ("loss=wasserstein", "tricks=[weight_clipping]", "system.discriminator_steps=3", "seed=7"),
    ],
    ids=lambda overrides: overrides[0],
)
def test_the_same_seed_gives_the_weights_that_gan_train_ends_with(
    tmp_path: Path, run_command: Any, overrides: tuple[str, ...]
) -> None:
    own = (*overrides, "trainer.max_steps=50")
    assert run_command("gan-train", *POINTS, *own, "hydra.run.dir=run", "callbacks.progress=null").code == 0
    saved = torch.load(tmp_path / "run" / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"]
    script = Script(*PLAN)
    played = live(tmp_path, script, *own)
    assert played.trainer.global_step == 50
    assert len(script.shown) > 3
    for name, value in played.system.state_dict().items():
        if isinstance(value, torch.Tensor):
            assert torch.equal(value, saved[name]), name


def test_a_rate_acts_on_the_next_batch(tmp_path: Path) -> None:
    still = {"do": "rate", "player": "generator", "value": 0}
    script = Script(step(*D, *G), still, step(*D, *G), {**still, "value": 1e-3}, step(*D, *G))
    live(tmp_path, script, "optimizer=sgd")
    at = {told["batch"]: weights for told, weights in zip(script.shown, script.weights, strict=True)}
    pairs = [moved(at[batch], at[batch + 1]) for batch in range(3)]
    assert pairs == [{*D, *G}, {*D}, {*D, *G}]
    assert script.shown[-1]["rates"]["generator"] == 1e-3
    assert script.shown[0]["rates"] == script.began["rates"]


def test_a_schedule_goes_on_from_the_new_rate(tmp_path: Path) -> None:
    plain, halved = (
        [told["rates"] for told in run.shown if told["batch"] == 4][-1]
        for run in (
            scheduled(tmp_path),
            scheduled(tmp_path, {"do": "rate", "player": "generator", "value": 0.5e-3}),
        )
    )
    assert plain["generator"] == pytest.approx(0.6e-3)
    assert halved["generator"] == pytest.approx(0.3e-3)
    assert halved["discriminator"] == plain["discriminator"]


def scheduled(folder: Path, *first: dict[str, Any]) -> Script:
    script = Script(*first, *[step(*D, *G)] * 4)
    live(folder, script, "schedule=linear", "trainer.max_steps=10", "optimizer.lr=1e-3")
    return script


def test_steps_of_the_discriminator_change_while_it_plays(tmp_path: Path) -> None:
    script = Script({"do": "play"}, 4, {"do": "steps", "value": 5}, 9, {"do": "pause"})
    experiment = live(tmp_path, script)
    assert experiment.system.generator_updates == 4 + 1
    assert script.shown[-1]["discriminator_steps"] == 5


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ({}, "unknown command None; known: play, pause, step"),
        ({"do": ["play"]}, "unhashable"),
        ({"do": "step", "players": []}, "step: players=[] must be a list of some of discriminator, generator"),
        ({"do": "step", "players": "generator"}, "must be a list"),
        ({"do": "step", "players": [["generator"]]}, "must be a list"),
        ({"do": "rate", "player": "nobody", "value": 1}, "rate: player='nobody' is none of discriminator, generator"),
        ({"do": "rate", "player": "generator", "value": -1}, "rate: value=-1 must be a number from 0 to 10"),
        ({"do": "rate", "player": "generator", "value": float("nan")}, "rate: value=nan must be a number"),
        ({"do": "rate", "player": "generator", "value": True}, "rate: value=True must be a number"),
        ({"do": "rate", "player": "generator"}, "rate: value=None must be a number"),
        ({"do": "steps", "value": 0}, "steps: value=0 must be a whole number from 1 to 100"),
        ({"do": "steps", "value": 1.5}, "steps: value=1.5 must be a whole number"),
        ({"do": "speed", "batches_per_second": 0}, "speed: batches_per_second=0 must be a number from 0.01"),
        ({"do": "frames", "per_second": "all"}, "frames: per_second='all' must be a number from 0.1 to 60"),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_in_a_sentence_and_the_game_goes_on(
    tmp_path: Path, command: dict[str, Any], told: str
) -> None:
    script = Script(command, step(*D))
    experiment = live(tmp_path, script)
    assert len(script.refused) == 1
    assert told in script.refused[0]
    assert experiment.trainer.global_step == 1
    assert script.shown[-1]["rates"] == script.began["rates"]
    assert script.shown[-1]["discriminator_steps"] == 1


def test_a_game_that_finds_no_room_plays_on_and_owes_a_picture(tmp_path: Path) -> None:
    class Crowded(Script):
        def hear(self, timeout: float | None) -> Any:
            self.room = self.system.trainer.global_step in (0, 30)
            return super().hear(timeout)

    script = Crowded({"do": "play"}, 30, {"do": "pause"})
    experiment = live(tmp_path, script)
    assert experiment.trainer.global_step == 30
    assert [told["batch"] for told in script.shown] == [0, 30]


def test_pictures_take_their_share_of_the_time_and_no_more(tmp_path: Path) -> None:
    from time import perf_counter, sleep

    class Slow(Script):
        spent = 0.0

        def show(self, system: Any, told: dict[str, Any]) -> None:
            super().show(system, told)
            if told["playing"]:
                sleep(0.01)
                self.spent += 0.01

    script = Slow({"do": "frames", "per_second": 60}, {"do": "play"}, 600, {"do": "pause"})
    begun = perf_counter()
    live(tmp_path, script)
    assert len(script.shown) > 3
    assert script.spent <= SHARE * (perf_counter() - begun) + 0.02


def test_a_slow_game_waits_between_batches_and_shows_each(tmp_path: Path) -> None:
    from time import perf_counter, sleep

    class Patient(Script):
        def hear(self, timeout: float | None) -> Any:
            command = super().hear(timeout)
            if command is None and timeout:
                sleep(timeout)
            return command

    script = Patient({"do": "speed", "batches_per_second": 20}, {"do": "play"}, 6, {"do": "pause"})
    begun = perf_counter()
    live(tmp_path, script)
    assert perf_counter() - begun > 5 / 20
    assert len({told["batch"] for told in script.shown}) >= 5, "a picture is left out where the machine is busy"


def test_the_monitors_word_and_why(tmp_path: Path) -> None:
    script = Script({"do": "play"}, 60, {"do": "pause"})
    settings = ("callbacks.monitor.patience=10", "callbacks.equilibrium.patience=10", "callbacks.monitor.memory=10")
    live(tmp_path, script, *settings, "callbacks.equilibrium.high=0.01")
    last = script.shown[-1]
    assert script.shown[0]["state"] == "healthy"
    assert last["state"] == "discriminator too strong"
    assert "accuracy" in last["why"]
    script = Script()
    live(tmp_path, script, "callbacks=none")
    assert (script.shown[0]["state"], script.shown[0]["why"]) == ("", "")


def test_a_pace_is_of_stretches_that_were_played() -> None:
    pace = Pace()
    assert pace.at(5, 10.0) is None
    pace.begin(0)
    begun = pace._since[1]  # type: ignore[index]
    assert pace.at(10, begun + 0.1) is None, "too short"
    assert pace.at(100, begun + 1) == pytest.approx(100)
    assert pace.at(110, begun + 1.1) == pytest.approx(100), "the last that was found"
    assert pace.at(200, begun + 2) == pytest.approx(100)


def test_a_number_is_one_within_bounds() -> None:
    assert number("a", 2, 1, 3) == 2.0
    for wrong in (0, 4, "2", None, [2], float("inf")):
        with pytest.raises(ValueError, match=r"a=.* must be a number from 1 to 3"):
            number("a", wrong, 1, 3)


def test_what_has_no_turns_to_take_over_is_refused() -> None:
    with pytest.raises(ValueError, match="system=LightningModule has no turns to take over"):
        steerable(LightningModule())


def test_all_commands_are_told_of() -> None:
    assert all(f'"{command}"' in (Live.__doc__ or "") for command in COMMANDS)
