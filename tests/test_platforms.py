"""Nothing relies on what only POSIX systems have: fork, their signals, their modules."""

import ast
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fixtures import as_on_windows

PACKAGE = Path(as_on_windows.__file__).parents[2] / "gan_runner"
SCRIPT = [sys.executable, as_on_windows.__file__]
POSIX = {"os": as_on_windows.OF_OS.split(), "signal": as_on_windows.OF_SIGNAL.split()}


def functions(source: str) -> Iterator[tuple[str, ast.AST]]:
    """The functions of a module, by name; what stands outside of them comes as one more."""
    tree = ast.parse(source)
    inner = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    yield from ((node.name, node) for node in inner)
    loose = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    yield "module", ast.Module(loose, [])


def relied_on(node: ast.AST) -> set[str]:
    """os.killpg, signal.SIGKILL, … where nothing asks first: by hasattr, or by sys.platform."""
    asks = "hasattr(" in (text := ast.unparse(node)) or "sys.platform" in text
    found = [
        f"{one.value.id}.{one.attr}"
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name)
        if one.attr in POSIX.get(one.value.id, ())
    ]
    return set() if asks else set(found)


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_windows_lacks_is_asked_for_first(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert {name: found for name, node in functions(source) if (found := relied_on(node))} == {}


def test_the_test_sees_it() -> None:
    source = "def rude(): os.killpg(1, signal.SIGKILL)\ndef polite(): hasattr(os, 'fork') and os.fork()\nos.WNOHANG"
    found = {name: relied_on(node) for name, node in functions(source)}
    assert found == {"rude": {"os.killpg", "signal.SIGKILL"}, "polite": set(), "module": {"os.WNOHANG"}}


def test_every_module_is_imported_without_it(tmp_path: Path) -> None:
    ended = subprocess.run([*SCRIPT, "import"], cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


@pytest.mark.slow
def test_a_run_is_trained_with_workers_that_are_spawned(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for number in range(64):
        noise = np.random.default_rng(number).integers(0, 256, (16, 16, 3), np.uint8)
        Image.fromarray(noise).save(tmp_path / "images" / f"{number}.png")
    words = ["model=dcgan", "data=folder", "data.root=images", "data.image_size=16"]
    few = ["data.num_workers=2", "data.batch_size=8", "trainer.max_steps=3", "metrics=none", "hydra.run.dir=run"]
    ended = subprocess.run([*SCRIPT, "train", *words, *few], cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "run/checkpoints/last.ckpt").is_file()


@pytest.mark.slow
def test_control_c_saves_the_run(tmp_path: Path) -> None:
    words = ["experiment=ring/gan", "trainer.max_steps=100000", "hydra.run.dir=run"]
    process = subprocess.Popen([*SCRIPT, "train", *words], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if "batches/s" in line:
                break
        process.send_signal(signal.SIGINT)
        said = process.stdout.read()
        assert (process.wait(60), "resume=" in said) == (130, True), said
    finally:
        process.kill()
    assert (tmp_path / "run/checkpoints/last.ckpt").is_file()
