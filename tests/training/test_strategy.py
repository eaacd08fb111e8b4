"""Several ranks play one game: equal weights, own data and random numbers, the same steps as one rank alone."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_lightning.accelerators import CPUAccelerator
from pytorch_lightning.plugins.environments import LightningEnvironment

from fixtures import noise_pairs
from fixtures.composing import GROWING
from fixtures.on_ranks import Findings, play_on_ranks
from fixtures.recipes import ALONE, FROM_LATENTS, TRANSLATING, with_tricks
from gan_runner.runs.initial import pinned
from gan_runner.training.strategy import AveragedGradients


@pytest.fixture
def on_ranks(tmp_path: Path) -> Callable[..., Findings]:
    """on_ranks(2, 'model=dcgan', …) -> each rank's findings."""
    return partial(play_on_ranks, tmp_path)


@pytest.mark.parametrize(
    ("model", "settings"),
    [*((m, ()) for m in (*FROM_LATENTS, *ALONE)), *((m, noise_pairs.TRANSLATING) for m in TRANSLATING)],
)
def test_ranks_agree_to_the_bit_and_draw_apart(on_ranks: Any, model: str, settings: tuple[str, ...]) -> None:
    if model.startswith("progan"):
        settings = (*GROWING, "tricks.growing.batch_sizes=[4]")
    one, other = on_ranks(2, f"model={model}", *settings, *with_tricks(model), "schedule=linear")
    assert one["batches"] == other["batches"] == 5
    assert one["images_seen"] == 5 * 8
    assert one["moments_count"] > 0
    for same in ("weights", "moments", "figures"):
        assert one[same] == other[same]
    assert not set(one["sources"]) & set(other["sources"])
    assert one["noise"] != other["noise"]
    assert len(set(one["reals"]) | set(other["reals"])) == 5 * 8  # no duplicates, within a rank or between them


@pytest.mark.slow
def test_ranks_leave_out_the_same_updates_in_float16(on_ranks: Any) -> None:
    """A critic's gradients overflow at first; what overflows on one rank is left out on both."""
    settings = ("model=wgan_gp", "network.width=4", "trainer.precision=16-mixed")
    one, other = on_ranks(2, *settings)
    assert one["figures"]["discriminator/loss_scale"] < 65536
    for same in ("weights", "moments", "figures"):
        assert one[same] == other[same]


def test_ranks_begin_with_what_the_first_one_has_taken(on_ranks: Any, played: Any, tmp_path: Path) -> None:
    """Counters too, such as what an average stands for."""
    tricks = "tricks=[ema,historical_averaging]"
    folder = tmp_path / "9"  # play_on_ranks counts what there is
    played("model=vanilla", tricks, "data.image_size=8", "trainer.max_steps=4", folder=folder)
    one, other = on_ranks(2, "model=vanilla", tricks, initial=pinned(str(folder)))
    assert one["counters"]["games.gan.tricks.ema._extra_state"] == {"updates": 4 + 5}
    for same in ("weights", "moments", "statistics", "counters"):
        assert one[same] == other[same], same


def test_ranks_grow_together_when_their_generator_fools(on_ranks: Any) -> None:
    clock = ("tricks.growing.when=fooled", "tricks.growing.fooled=0.01", "tricks.growing.memory=2")
    settings = (*GROWING, "tricks.growing.stable_images=1000", "tricks.growing.batch_sizes=[4]")
    one, other = on_ranks(2, "model=progan_small", *settings, *clock)
    assert one["weights"] == other["weights"]
    assert one["figures"] == other["figures"]
    assert one["figures"]["tricks/gan/growing/level"] == pytest.approx(
        0.4
    )  # after two batches of eight a fade of five began


@pytest.mark.parametrize(
    "overrides",
    [
        ("model=vanilla",),
        pytest.param(("model=vanilla", "loss=wasserstein", "system.discriminator_steps=2"), marks=pytest.mark.slow),
        ("model=vanilla", "system.accumulate=2", "system.gradient_clip.generator=0.005"),
        pytest.param(("model=wgan_gp", "tricks=[]", "system.discriminator_steps=1"), marks=pytest.mark.slow),
        pytest.param(("model=r3gan", "tricks=[r1,r2]"), marks=pytest.mark.slow),
    ],
)
def test_two_ranks_at_half_the_batch_step_as_one_at_the_whole(on_ranks: Any, overrides: tuple[str, ...]) -> None:
    settings = (*overrides, "optimizer=sgd", "optimizer.lr=0.05", "callbacks.samples=null")
    (alone,) = on_ranks(1, *settings, one_stream=True)
    together = on_ranks(2, *settings, one_stream=True)
    apart = on_ranks(2, *settings, one_stream=True, average=False)
    torch.testing.assert_close(together[0]["vector"], alone["vector"], rtol=1e-4, atol=2e-6)
    assert set(alone["reals"]) == set(together[0]["reals"]) | set(together[1]["reals"])
    assert apart[0]["weights"] != apart[1]["weights"]  # what the test would say of ranks that do not average
    distance = (apart[0]["vector"] - alone["vector"]).abs().max()
    assert distance > 100 * (together[0]["vector"] - alone["vector"]).abs().max()


@pytest.mark.parametrize(
    ("on_bad", "told"),
    [("skip", "1 update(s) skipped, 1 in all"), ("rollback", "went back to the state after batch 2")],
)
def test_what_one_rank_finds_all_mend(on_ranks: Any, on_bad: str, told: str) -> None:
    """The last rank's fourth batch is spoiled; its running statistics, which no gradient is averaged into, are too."""
    mending = (f"callbacks.finite.on_bad={on_bad}", "callbacks.finite.every=2", "callbacks.checkpoint.every=2")
    one, other = on_ranks(2, "model=dcgan", "tricks=[ema]", *mending, planted=4)
    assert one["batches"] == other["batches"] == 5
    assert one["notes"] == other["notes"]
    (note,) = one["notes"]
    assert "not finite in batch 4" in note
    assert told in note
    for same in ("weights", "moments", "figures"):
        assert one[same] == other[same]
    for rank in (one, other):
        assert rank["vector"].isfinite().all()
        assert all(rank["buffers"])


def test_ranks_resume_to_the_bit(on_ranks: Any, tmp_path: Path) -> None:
    """Each rank has random numbers, running statistics and pools of its own."""
    settings = (
        "model=dcgan",
        "tricks=[ema,lecam,replay,minibatch_stddev]",
        "tricks.lecam.start=2",
        "data.num_samples=64",
    )
    whole = on_ranks(2, *settings, "trainer.max_steps=12")
    begun = on_ranks(2, *settings, "trainer.max_steps=6")
    assert begun[0]["statistics"] != begun[1]["statistics"]
    (last,) = (path for path in tmp_path.glob("*/checkpoints/last.ckpt") if torch.load(path)["global_step"] == 6)
    resumed = on_ranks(2, *settings, "trainer.max_steps=12", resume=last)
    for rank in (0, 1):
        for same in ("weights", "moments", "noise", "statistics"):
            assert resumed[rank][same] == whole[rank][same], (rank, same)
        assert resumed[rank]["sources"][-6:] == whole[rank]["sources"][-6:]


def test_hosts_talk_beside_the_devices() -> None:
    strategy = AveragedGradients(accelerator=CPUAccelerator(), parallel_devices=[torch.device("cuda", 0)])
    strategy.cluster_environment = LightningEnvironment()
    assert strategy._get_process_group_backend() == "cpu:gloo,cuda:nccl"


def test_configuring_what_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError, match="find_unused_parameters"):
        AveragedGradients(find_unused_parameters=True)
