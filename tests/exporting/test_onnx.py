"""format=onnx: one file that any ONNX Runtime loads, for any batch, which says what it is and nothing of where."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx as onnx_package
import pytest
import torch
from torch import Tensor, nn

from gan_runner.exporting import onnx
from gan_runner.exporting.network import Asked, Handed


@pytest.fixture(scope="module")
def written(conditional: Handed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "x.onnx"
    onnx.write(conditional, path)
    return path


def test_one_file_that_the_checker_passes(written: Path) -> None:
    onnx_package.checker.check_model(str(written), full_check=True)
    assert [path.name for path in written.parent.iterdir()] == ["x.onnx"]


def test_dimensions_have_names(written: Path) -> None:
    graph = onnx_package.load(str(written)).graph
    found = {
        one.name: [side.dim_param or side.dim_value for side in one.type.tensor_type.shape.dim]
        for one in (*graph.input, *graph.output)
    }
    assert found == {"latent": ["batch", 6], "label": ["batch"], "truncation": [], "image": ["batch", 1, 8, 16]}
    assert {one.name for one in graph.value_info} <= {one.name for one in graph.initializer}


def test_it_says_what_it_is(written: Path) -> None:
    model = onnx_package.load(str(written))
    told = {one.key: one.value for one in model.metadata_props}
    assert told["prior"] == "standard normal, 6 independent numbers"
    assert told["classes"] == '["0", "1", "2", "3"]'
    assert told["weights"] == "the generator"
    assert model.producer_name == "gan-runner"


def test_it_says_nothing_of_where_it_was_made(written: Path) -> None:
    content = written.read_bytes()
    for word in (str(Path.home()), str(Path.cwd()), str(written.parent), ".py", "s77", "pkg.torch"):
        assert word.encode() not in content, word


@pytest.mark.parametrize("size", [1, 5, 64])
def test_it_answers_as_the_network(written: Path, conditional: Handed, size: int) -> None:
    given = conditional.examples(size, 1)
    found, wanted = onnx.read(written, conditional)(*given), conditional.module(*given)
    assert found.shape == wanted.shape
    assert (found - wanted).abs().max() < 1e-5 * (wanted.max() - wanted.min())


def test_a_class_that_is_not_there_is_refused(written: Path, conditional: Handed) -> None:
    latent, _, truncation = conditional.examples(2, 0)
    with pytest.raises(Exception, match="out of data bounds"):
        onnx.read(written, conditional)(latent, torch.tensor([1, 4]), truncation)


def test_truncation_may_be_left_out(written: Path, conditional: Handed) -> None:
    session = onnx.session(written)
    latent, label, _ = (one.numpy() for one in conditional.examples(5, 0))
    fed = {"latent": latent, "label": label}
    assert [one.name for one in session.get_inputs()] == ["latent", "label"]
    whole, near = session.run(None, fed)[0], session.run(None, fed | {"truncation": np.array(0.5, np.float32)})[0]
    assert np.array_equal(whole, session.run(None, fed | {"truncation": np.array(np.inf, np.float32)})[0])
    wanted = conditional.module(*conditional.examples(5, 0)[:2], torch.tensor(0.5))
    assert np.abs(near - wanted.numpy()).max() < 1e-5 * np.ptp(whole)
    assert not np.array_equal(whole, near)


def of(network: Handed, module: nn.Module) -> Handed:
    return replace(network, module=Asked(module, ["latent"], "__call__", None, False), inputs=network.inputs[:1])


class Unknown(nn.Module):
    """Does what no ONNX operator does."""

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        return torch.erfinv(source).repeat(1, 32).unflatten(1, (3, 8, 8))


def test_what_onnx_does_not_know_is_named(plain: Handed, tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"cannot be written as ONNX: it uses prims\.erf_inv, which ONNX does not know"
    ):
        onnx.write(of(plain, Unknown()), tmp_path / "x.onnx")


def test_weights_that_do_not_fit_one_file(plain: Handed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx, "LARGEST", 100)
    with pytest.raises(ValueError, match=r"an ONNX file holds 2 GB, and these weights have 0\.0 GB: give format=pt2"):
        onnx.write(plain, tmp_path / "x.onnx")


def test_what_does_not_load_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.onnx").write_bytes(b"none")
    with pytest.raises(ValueError, match="ONNX Runtime does not load what was written: "):
        onnx.session(tmp_path / "x.onnx")


def test_images_of_any_side(translators: dict[str, str], network_of: Callable[..., Handed], tmp_path: Path) -> None:
    network = network_of(translators["cyclegan"])
    onnx.write(network, tmp_path / "x.onnx")
    session: Any = onnx.session(tmp_path / "x.onnx")
    assert session.get_inputs()[0].shape == ["batch", 3, "height", "width"]
    assert session.get_outputs()[0].shape == ["batch", 1, "height", "width"]
    given = network.examples(3, 0, larger=2)
    assert (onnx.read(tmp_path / "x.onnx", network)(*given) - network.module(*given)).abs().max() < 1e-5
