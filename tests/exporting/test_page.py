"""A page is one file with all that it needs; what it cannot walk through is refused before anything is fetched."""

import re
from pathlib import Path

import pytest
import torch

from gan_runner.config.errors import ConfigError
from gan_runner.exporting import page
from gan_runner.exporting.network import handed
from gan_runner.exporting.page import prepare, read, space_of, takes_images, walkable, write
from gan_runner.exporting.request import ExportRequest
from gan_runner.exporting.runtime import Runtime

RUNTIME = Runtime(b"export const code = 1;", b"\0asm")


def network_of(run: str | Path, **keys):
    return handed(ExportRequest.from_config({"run": str(run), **keys}))


@pytest.fixture(scope="module")
def written(runs, tmp_path_factory):
    """A page of classes, with a runtime that runs nothing: its path and the network in it."""
    path, network = tmp_path_factory.mktemp("page") / "page.html", network_of(runs["conditional"])
    with pytest.MonkeyPatch.context() as patches:
        patches.setattr(page, "known", lambda: RUNTIME)
        write(network, path)
    return path, network


def test_a_page_holds_all_it_needs_and_names_nothing_outside(written):
    text = written[0].read_text("utf-8")
    assert not re.search(r"(?:src|href)=(?!\"data:)", text)
    assert not re.search(r"^(import|export) ", text, re.MULTILINE)
    assert "/static/" not in text
    assert 'http-equiv="content-security-policy" content="default-src \'none\'' in text
    assert "Copyright (c) Microsoft Corporation, MIT License" in text
    for part in ("runtime", "wasm", "model", "facts", "words"):
        assert text.count(f'id="{part}"') == 1
    assert 'id="encoder"' not in text
    assert re.search(r"<title>[^<]*conditional</title>", text)


def test_nothing_of_this_machine_is_in_a_page(written, runs):
    assert str(Path(runs["conditional"]).parent.parent) not in written[0].read_text("utf-8")


def test_the_network_in_a_page_is_that_of_the_run(written):
    path, network = written
    given = network.examples(13, 0)
    ask = read(path, network)
    assert torch.allclose(ask(*given), network.module(*given), atol=1e-5)


def test_the_same_run_gives_the_same_page(written, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "known", lambda: RUNTIME)
    write(written[1], tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == written[0].read_bytes()


def test_codes_are_walked_through_behind_a_mixture(saved, tmp_path):
    keys = ("model=vae", "system.sample_from=mixture", "data=synthetic", "data.image_size=8")
    network = network_of(saved(tmp_path / "run", (1, 8, 8), 10, *keys))
    inner = walkable(network, space_of(network))
    assert [one.shape for one in inner.inputs] == [(6,)]
    latents, *_ = inner.examples(5, 0)
    drawn = network.examples(5, 0)
    assert latents.shape == (5, 6)
    assert torch.allclose(inner.module(latents), network.module(*drawn), atol=1e-6)


@pytest.mark.parametrize(
    ("model", "shape", "takes"),
    [("vae", (1, 8, 8), True), ("cvae", (3, 8, 8), True), ("vae", (2, 8, 8), False), ("dcgan", (1, 8, 8), False)],
)
def test_an_encoder_can_be_shown_images_of_one_band_or_three(model, shape, takes, saved, tmp_path):
    network = network_of(saved(tmp_path / "run", shape, 10, f"model={model}", "data=synthetic", "data.image_size=8"))
    assert takes_images(space_of(network)) is takes


def test_an_encoder_goes_into_the_page(saved, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "known", lambda: RUNTIME)
    run = saved(tmp_path / "run", (1, 8, 8), 10, "model=vae", "data=synthetic", "data.image_size=8")
    write(network_of(run), tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text("utf-8")
    assert 'id="encoder"' in text
    assert '"takes_images": true' in text


@pytest.mark.parametrize(
    ("run", "keys", "said"),
    [
        ("points", {}, "part=generator of this run makes points: give format=onnx"),
        ("plain", {"bytes": True}, "nobody asks a page: leave it out"),
    ],
)
def test_what_is_no_latent_space_of_images_is_refused_at_once(run, keys, said, runs, monkeypatch):
    monkeypatch.setattr(page, "bring", lambda runtime: pytest.fail("this was fetched for nothing"))
    with pytest.raises(ConfigError, match=said):
        prepare(network_of(runs[run], **keys))


def test_translations_are_refused(translators):
    with pytest.raises(ConfigError, match="makes a translation: give format=onnx"):
        prepare(network_of(translators["cyclegan"]))
