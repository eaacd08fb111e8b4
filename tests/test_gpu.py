"""benchmarks/gpu.py without a GPU: what it plays, what it says of what fails, and that it comes to its end."""

import subprocess
import sys
import time
from importlib import import_module
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hydra import compose, initialize_config_dir

from fixtures.recipes import INHERITING, MODELS
from gan_runner.config.options import CONFIGS
from gan_runner.runs.interruption import Interrupted

ROOT = Path(__file__).parent.parent
RUN_OF_A_PART = """
import json, os, signal, sys, time
arguments = sys.argv[1:]
part, *cases = arguments[1 : arguments.index("--folder")]
say = lambda **told: print(json.dumps(told), flush=True)
if "nothing" in cases:
    sys.exit("no torch here")
say(device="a device", machine="a machine")
for case in cases:
    if case == "die":
        os.kill(os.getpid(), signal.SIGSEGV)
    if case == "hang":
        time.sleep(60)
    say(case=case, rows=[(part, case, "failed" if case == "lost" else "ok", "found", 1.0)], trace="")
    if case == "lost":
        break
"""


@pytest.fixture
def on_gpu(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The modules of the benchmark."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    names = ("answering", "engine", "plain", "playing", "processes", "ranks", "recipes", "resume", "rows", "speed",
             "stretch")  # fmt: skip
    return SimpleNamespace(gpu=import_module("gpu"), **{name: import_module(f"on_gpu.{name}") for name in names})


@pytest.fixture
def settings() -> Any:
    """Puts back what a deterministic run sets for the whole process."""
    yield
    torch.use_deterministic_algorithms(False)


# ---- processes ------------------------------------------------------------------------------------------------------


@pytest.fixture
def played(on_gpu: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """played('case', …) -> {case: (verdict, found)}, by processes that do what a case is called."""
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "gpu.py").write_text(RUN_OF_A_PART)
    monkeypatch.setattr(on_gpu.processes, "ROOT", tmp_path)

    def play(*cases: str, seconds: float = 60) -> dict[str, tuple[str, str]]:
        told = list(on_gpu.processes.play("part", cases, tmp_path, time.time() + seconds, dry=True))
        return {row.case: (row.verdict, row.found) for one in told for row in one.rows}

    return play


def test_a_process_that_dies_costs_the_case_it_played(played: Any) -> None:
    rows = played("one", "die", "two")
    assert rows["one"] == rows["two"] == ("ok", "found")
    assert rows["die"] == ("failed", "its process ended by SIGSEGV: it said nothing")


def test_a_process_without_its_device_is_followed_by_another(played: Any) -> None:
    assert played("lost", "one") == {"lost": ("failed", "found"), "one": ("ok", "found")}


def test_what_is_left_when_the_time_is_over_is_skipped(played: Any) -> None:
    rows = played("one", "hang", "two", seconds=2)
    assert rows == {"one": ("ok", "found"), "hang": ("skipped", "no time left"), "two": ("skipped", "no time left")}
    assert played("one", seconds=0) == {"one": ("skipped", "no time left")}


def test_a_process_that_cannot_start_costs_its_part(played: Any) -> None:
    why = "its process ended with 1: no torch here"
    assert played("nothing", "one") == {"nothing": ("failed", why), "one": ("failed", why)}


def test_a_case_that_raises_is_a_row_and_an_error_of_the_device_ends_the_process(on_gpu: Any, tmp_path: Path) -> None:
    shares = []

    def play(case: str, place: Any) -> Any:
        shares.append(place.seconds)
        if case == "good":
            return [on_gpu.rows.Row("part", case, "ok", "found")]
        raise RuntimeError(case)

    def outcomes(*cases: str) -> list[tuple[str, str, bool]]:
        place, until = on_gpu.playing.Place(tmp_path, dry=True), time.time() + 600
        found = on_gpu.answering.outcomes("part", cases, play, place, until)
        return [(row.verdict, row.found, "Traceback" in trace) for _, rows, trace in found for row in rows]

    good = ("ok", "found", False)
    assert outcomes("bad", "good", "good") == [("failed", "RuntimeError: bad", True), good, good]
    assert shares == pytest.approx([200, 300, 600], rel=0.2)
    assert outcomes("CUDA error: misaligned", "good") == [("failed", "RuntimeError: CUDA error: misaligned", True)]


# ---- the table ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("verdict", "fine"), [("ok", True), ("limited", True), ("skipped", True), ("failed", False)])
def test_the_table_says_what_was_found_and_on_what(
    on_gpu: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, verdict: str, fine: bool
) -> None:
    def play(part: str, cases: list[str], *rest: Any) -> Any:
        yield on_gpu.processes.Told("a device", "a machine")
        yield on_gpu.processes.Told(rows=tuple(on_gpu.rows.Row(part, case, verdict, "1|2\n3", 0.5) for case in cases))

    monkeypatch.setattr(on_gpu.gpu, "play", play)
    table = on_gpu.rows.Table(tmp_path / "table.md")
    assert on_gpu.gpu.run(tmp_path, 8, "dcgan 32|recipes dcgan", True, table, "abc") is fine
    lines = (tmp_path / "table.md").read_text().splitlines()
    assert lines == capsys.readouterr().out.splitlines()
    assert lines[0] == "a machine; commit abc"
    assert lines[4] == f"| recipes | dcgan | a device | {verdict} | 1/2 3 | 0.5 |"
    assert f"2 {verdict}" in lines[-1]


def test_every_recipe_is_played_and_composes_at_both_sizes(on_gpu: Any, tmp_path: Path) -> None:
    recipes, resume, *_ = on_gpu.gpu.parts("")
    assert recipes.cases == [model for model in MODELS if model not in INHERITING]
    assert {case.split()[0] for case in resume.cases} == set(on_gpu.resume.SMALL) == set(on_gpu.resume.AS_THEY_COME)
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        for model, size in product(recipes.cases, ("as_it_comes", "small")):
            overrides = on_gpu.playing.filled(getattr(on_gpu.recipes, size)(model), tmp_path)
            assert compose("train", overrides).trainer.max_steps == 10
        for model, own in on_gpu.resume.AS_THEY_COME.items():
            compose("train", on_gpu.playing.filled([f"model={model}", *own, *on_gpu.resume.SHORT], tmp_path))


# ---- the parts ------------------------------------------------------------------------------------------------------


def test_columns_that_differ_fail_and_so_do_figures_that_are_not_finite(on_gpu: Any, tmp_path: Path) -> None:
    row = on_gpu.recipes.verdict("dcgan", {"32-true": {"a", "b"}, "bf16-mixed": {"a"}, "processor": {"a", "b"}})
    assert (row.verdict, row.found.partition(": ")[2]) == ("failed", "only in 32-true: b; only in processor: b")
    (tmp_path / "metrics.csv").write_text("step,a,b\n1,2,\n2,,nan\n")
    with pytest.raises(ValueError, match="b is nan in batch 2"):
        on_gpu.playing.columns(tmp_path)


def test_a_resumed_run_is_compared_to_the_bit(on_gpu: Any, tmp_path: Path, settings: Any) -> None:
    (row,) = on_gpu.resume.rows("dcgan 32-true", on_gpu.playing.Place(tmp_path, dry=True))
    assert row.verdict == "ok"
    checkpoint = tmp_path / "dcgan-32-true" / "strict" / "parts" / "run" / "checkpoints" / "previous.ckpt"
    assert torch.load(checkpoint, weights_only=True)["global_step"] == 10


@pytest.fixture
def fake_runs(on_gpu: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """fake_runs(differing) lets runs be files; those of the folders named so have other weights."""

    def allow(*differing: str, error: str | None = None) -> None:
        def play(run: Path, place: Any, overrides: list[str], *callbacks: Any, resume: Path | None = None) -> None:
            if error and "trainer.deterministic=true" in overrides:
                raise RuntimeError(error)
            (run / "checkpoints").mkdir(parents=True, exist_ok=True)
            weight = torch.tensor([2.0 if run.parent.name in differing else 1.0])
            torch.save({"state_dict": {"weight": weight}}, run / "checkpoints" / "last.ckpt")
            (run / "metrics.csv").write_text("step,a\n1,2\n")
            if callbacks:
                raise Interrupted(75)

        monkeypatch.setattr(on_gpu.resume, "play", play)

    return allow


@pytest.mark.parametrize(
    ("differing", "blamed"),
    [(["parts"], "two whole runs are equal"), (["parts", "again"], "two whole runs are not equal either")],
)
def test_a_resumed_run_that_differs_fails_and_is_told_from_a_device_that_differs(
    on_gpu: Any, tmp_path: Path, fake_runs: Any, differing: list[str], blamed: str
) -> None:
    fake_runs(*differing)
    (row,) = on_gpu.resume.rows("dcgan 32-true", on_gpu.playing.Place(tmp_path, dry=True))
    assert row.verdict == "failed"
    assert "0 of 1 tensors and numbers" in row.found
    assert f"; {blamed}; differs: `state_dict.weight` (by 1)" in row.found


def test_what_torch_has_no_deterministic_kernel_for_is_limited(on_gpu: Any, tmp_path: Path, fake_runs: Any) -> None:
    fake_runs(error="some_backward_cuda does not have a deterministic implementation, but you set it")
    (row,) = on_gpu.resume.rows("dcgan 32-true", on_gpu.playing.Place(tmp_path, dry=True))
    assert row.verdict == "limited"
    assert row.found.startswith("torch has no deterministic some_backward_cuda; with trainer.deterministic=warn: 20 ba")
    fake_runs(error="something else")
    with pytest.raises(RuntimeError, match="something else"):
        on_gpu.resume.rows("dcgan 32-true", on_gpu.playing.Place(tmp_path, dry=True))


def test_time_and_memory_are_rows_of_one_case(on_gpu: Any, tmp_path: Path) -> None:
    time, memory = on_gpu.speed.rows("dcgan-32x32x1-of-64 auto", on_gpu.playing.Place(tmp_path, dry=True))
    assert (time.part, memory.part, time.verdict, memory.verdict) == ("speed", "memory", "ok", "ok")
    assert time.found == "both loops ran, too few batches to time"
    assert memory.found == "both loops ran; memory is counted on a GPU alone"


def test_what_is_timed_is_listed_where_torch_is_not_loaded(on_gpu: Any) -> None:
    speed = next(part for part in on_gpu.gpu.parts("") if part.name == "speed")
    assert speed.cases == [f"{game} {precision}" for game in on_gpu.speed.CASES for precision in on_gpu.speed.PLAYED]
    engine = next(part for part in on_gpu.gpu.parts("") if part.name == "engine")
    assert engine.cases == [*on_gpu.engine.GAMES]
    stretch = next(part for part in on_gpu.gpu.parts("") if part.name == "stretch")
    assert stretch.cases == [*on_gpu.stretch.GAMES] == [*on_gpu.stretch.SMALL]


@pytest.mark.parametrize("game", ["wgan_gp-28x28x1-of-50", "progan-64x64x3-of-16"])
def test_a_plain_critic_moves_by_its_turns_and_its_penalty(on_gpu: Any, tmp_path: Path, game: str) -> None:
    case, device = on_gpu.speed.shortened(on_gpu.speed.CASES[game], dry=True), torch.device("cpu")
    experiment = on_gpu.plain.experiment([*case.overrides, "trainer.max_steps=1"], str(tmp_path))
    step, players = on_gpu.plain.STEPS[on_gpu.plain.kind_of(case)](experiment.system, device), experiment.system.game
    batches = on_gpu.plain.endless(
        on_gpu.plain.Pictures(experiment.data.deck("train").images), experiment.data.batch_size, device, 0
    )

    def weights(net: Any) -> torch.Tensor:
        return torch.cat([p.detach().flatten() for p in net.parameters()])

    moved = []
    for _ in range(5):
        before = weights(players.generator), weights(players.discriminator)
        real = next(batches)
        assert -1 <= real.min() < -0.9
        step(real)
        moved.append(
            (not before[0].equal(weights(players.generator)), not before[1].equal(weights(players.discriminator)))
        )
    alone = 4 if game.startswith("wgan_gp") else 0
    assert moved == [(False, True)] * alone + [(True, True)] * (5 - alone)
    assert weights(players.discriminator).isfinite().all()


@pytest.mark.parametrize(
    ("apart", "left", "verdict", "found"),
    [
        (1e-7, "", "ok", "differ from eager by 1.0e-07 at most"),
        (1e-7, "no compiler", "limited", "played eagerly: no compiler; after 12 batches"),
        (1e-3, "", "failed", "(0.0001 allowed)"),
        (float("nan"), "", "failed", "(0.0001 allowed)"),
    ],
)
def test_a_compiled_run_is_held_against_the_eager_one(
    on_gpu: Any, apart: float, left: str, verdict: str, found: str
) -> None:
    row = on_gpu.engine.verdict("ring", apart, left)
    assert row.verdict == verdict
    assert found in row.found


def test_what_is_left_to_eager_steps_says_why(on_gpu: Any, tmp_path: Path, monkeypatch: Any, settings: Any) -> None:
    monkeypatch.setattr(on_gpu.engine, "PLAIN", [*on_gpu.engine.PLAIN, "system.accumulate=2"])
    (row,) = on_gpu.engine.rows("ring", on_gpu.playing.Place(tmp_path, dry=True))
    assert row.verdict == "limited"
    assert row.found.startswith("played eagerly: system.accumulate=2 slices each batch; after 12 batches")
    assert row.found.endswith("by 0.0e+00 at most")


def test_ranks_need_two_gpus(on_gpu: Any, tmp_path: Path) -> None:
    (row,) = on_gpu.ranks.rows("SyncBatchNorm", on_gpu.playing.Place(tmp_path, dry=True))
    assert (row.verdict, row.found) == ("skipped", "needs 2 GPUs, and there are 0")


def test_a_stretch_ends_by_the_clock_and_tells_its_speed(on_gpu: Any, tmp_path: Path) -> None:
    clock, place = on_gpu.stretch.Clock(0.0, torch.device("cpu")), on_gpu.playing.Place(tmp_path, dry=True)
    game = ["model=vanilla", "data=ring", "trainer.max_steps=200", *on_gpu.stretch.QUIET, "trainer.log_every_n_steps=1"]
    on_gpu.playing.play(tmp_path / "short", place, game, clock)
    assert clock.batches == on_gpu.stretch.WARM + 1
    assert clock.images == 64
    found = on_gpu.stretch.told(clock, tmp_path / "short", place)
    assert found.startswith("6 batches, finite in ")
    assert found.endswith(" columns; made small, too short to time")


def test_rounds_are_fewer_where_time_is_short(on_gpu: Any, tmp_path: Path) -> None:
    def loop() -> Any:
        time.sleep(0.01)
        return on_gpu.speed.Stretch(1.0, 0)

    rounds = {seconds: len(on_gpu.speed.in_turn(loop, loop, on_gpu.playing.Place(tmp_path, False, seconds)))
              for seconds in (0, 0.05, 60)}  # fmt: skip
    assert rounds[0] == 1
    assert rounds[0.05] in (1, 2)
    assert rounds[60] == on_gpu.speed.ROUNDS


def test_peak_memory_is_counted_above_what_was_there(on_gpu: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    for name, answer in (("empty_cache", None), ("reset_peak_memory_stats", None), ("memory_allocated", 100),
                         ("max_memory_allocated", 350)):  # fmt: skip
        monkeypatch.setattr(torch.cuda, name, lambda name=name, answer=answer: called.append(name) or answer)
    assert on_gpu.speed.stretch(lambda: called.append("loop") or 0.5, dry=False) == (0.5, 250)
    assert called == ["empty_cache", "reset_peak_memory_stats", "memory_allocated", "loop", "max_memory_allocated"]


# ---- the whole ------------------------------------------------------------------------------------------------------


def dry_run(*arguments: str) -> list[list[str]]:
    """The rows of the table; every cell."""
    command = [sys.executable, str(ROOT / "benchmarks" / "gpu.py"), "--dry-run", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, cwd="/")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    rows = [line.strip("| ").split(" | ") for line in ended.stdout.splitlines() if line.startswith("| ")]
    assert all(row[2].startswith("processor, a dry run") for row in rows[1:])
    return rows[1:]


def test_a_dry_run_of_a_few_cases() -> None:
    rows = dry_run("--only", "recipes (vanilla|pix2pix)")
    assert [(row[1], row[3]) for row in rows] == [("pix2pix", "ok"), ("vanilla", "ok")]


@pytest.mark.slow
def test_a_whole_dry_run() -> None:
    rows = dry_run("--minutes", "30")
    assert len(rows) == len([m for m in MODELS if m not in INHERITING]) + 7 + 2 + 1 + 2 * 12 + 2
    assert {row[0] + row[1]: row[3] for row in rows if row[3] != "ok"} == {
        "enginedcgan": "skipped", "ranksSyncBatchNorm": "skipped"
    }  # fmt: skip
