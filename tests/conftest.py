"""What whole-system tests share: composing a configuration as gan-train would, and playing it."""

import http.server
import os
import threading

# Networks of a few channels gain nothing from more threads, and the tests run in as many processes as there are cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from omegaconf import DictConfig

from fixtures import commands, composing

pytest.register_assert_rewrite("fixtures.planted")


@pytest.fixture
def composed(tmp_path: Path) -> Callable[..., DictConfig]:
    """composed('model=dcgan', …) -> the configuration gan-train would run in tmp_path, small unless overridden."""

    def compose_small(*overrides: str, folder: Path = tmp_path) -> DictConfig:
        return composing.small(folder, *overrides)

    return compose_small


@pytest.fixture
def played(composed: Callable[..., DictConfig]) -> Callable[..., Any]:
    """played('model=dcgan', …) -> the experiment after its run."""
    from gan_runner.assemble import assemble

    def play(*overrides: str, **kwargs: Any) -> Any:
        experiment = assemble(composed(*overrides, **kwargs))
        experiment.trainer.fit(experiment.system, experiment.data)
        return experiment

    return play


class Outcome(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def run_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> Callable[..., Outcome]:
    """run_command('gan-train', 'model=dcgan', …) -> exit code, stdout, stderr; runs in this process, in tmp_path."""
    monkeypatch.chdir(tmp_path)

    def run(program: str, *arguments: str) -> Outcome:
        code = commands.play(program, *arguments)
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


Answer = bytes | Callable[[http.server.BaseHTTPRequestHandler, threading.Event], None]
"""A body, or what to do instead of answering well; the event is set when the test is over."""


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """serve(everything) or serve(images_gz=…, …) -> the address of a server on this machine; the rest is 404."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    servers: list[http.server.ThreadingHTTPServer] = []
    released = threading.Event()

    def start(everything: Answer | None = None, **answers: Answer) -> str:
        class Answering(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = answers.get(self.path.strip("/").replace(".", "_"), everything)
                try:
                    if callable(answer):
                        return answer(self, released)
                    self.send_response(404 if answer is None else 200)
                    self.send_header("Content-Length", str(len(answer or b"")))
                    self.end_headers()
                    self.wfile.write(answer or b"")
                except OSError:  # the client has hung up
                    pass

            def log_message(self, format: str, *args: object) -> None: ...

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    released.set()
    for server in servers:
        server.shutdown()
        server.server_close()


def save_run(folder: Path, shape: Any, num_classes: int | None, *overrides: str, source_shape: Any = None) -> Path:
    """A run folder with the checkpoint of an untrained system."""
    import torch

    from gan_runner.assemble import build_system
    from gan_runner.config.plain import plain_config
    from gan_runner.runs import checkpoints

    torch.manual_seed(0)
    config = plain_config(composing.composed(*overrides, "latent.latent_dim=6", "paths.run=unused"))
    system = build_system(config, shape, num_classes, source_shape)
    contents = {"origin": system.origin.plain(), "state_dict": system.state_dict(), "global_step": 12}
    checkpoints.write(contents, folder / "checkpoints" / "last.ckpt")
    return folder


@pytest.fixture
def saved() -> Callable[..., Path]:
    """saved(folder, shape, num_classes, 'model=dcgan', …) -> folder, with the checkpoint of an untrained system."""
    return save_run


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Run folders of untrained systems: plain (3, 8, 8), conditional (1, 8, 16) of 4 classes, points."""
    root = tmp_path_factory.mktemp("runs")
    small = ("network.width=4", "data=synthetic")
    made = {
        "plain": save_run(root / "plain", (3, 8, 8), 10, "model=dcgan", *small, "data.image_size=8", "tricks=[ema]"),
        "conditional": save_run(root / "conditional", (1, 8, 16), 4, "model=cgan", *small),
        "points": save_run(root / "points", (2,), None, "model=vanilla", "data=ring"),
    }
    return {name: str(folder) for name, folder in made.items()}


@pytest.fixture(scope="session")
def translators(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Run folders of untrained systems that translate: cyclegan from (3, 8, 8) to (1, 8, 8), pix2pix of (3, 16, 16),
    inpaint of (3, 8, 8), denoise of digits (1, 8, 8).
    """
    root = tmp_path_factory.mktemp("translators")
    small, any_size = ("network.width=2", "network.layers=1"), ("network=cyclegan", "network.blocks=1")
    made = {
        "cyclegan": save_run(root / "cyclegan", (1, 8, 8), None, "model=cyclegan", "data=unpaired", "network.blocks=1",
                             *small, "tricks=[replay,ema]", source_shape=(3, 8, 8)),
        "pix2pix": save_run(root / "pix2pix", (3, 16, 16), None, "model=pix2pix", "data=paired", *small,
                            source_shape=(3, 16, 16)),
        "inpaint": save_run(root / "inpaint", (3, 8, 8), None, "model=pix2pix", "data=degraded", *any_size, *small,
                            source_shape=(4, 8, 8)),
        "denoise": save_run(root / "denoise", (1, 8, 8), None, "model=pix2pix", "data=degraded", "data.task=denoise",
                            "data.of.image_size=8", *small, source_shape=(1, 8, 8)),
    }  # fmt: skip
    return {name: str(folder) for name, folder in made.items()}


@pytest.fixture
def tampered() -> Callable[..., Path]:
    """tampered(run, path, change) -> path, to which the run's checkpoint was written after change(contents)."""
    import torch

    from gan_runner.runs import checkpoints

    def tamper(run: str, path: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
        contents = torch.load(Path(run) / "checkpoints" / "last.ckpt", weights_only=True)
        change(contents)
        checkpoints.write(contents, path)
        return path

    return tamper
