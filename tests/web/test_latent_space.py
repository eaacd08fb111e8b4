"""What the page of a latent space may ask, and what it is answered: JSON, files, or one sentence."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gan_runner.runs.folder import RunFolder
from gan_runner.web.latent_space import MOST, Opened, routes


def client_of(run: str) -> TestClient:
    return TestClient(Starlette(routes=routes(Opened(RunFolder(Path(run))))))


@pytest.fixture
def plain(runs) -> TestClient:
    return client_of(runs["plain"])


@pytest.fixture
def conditional(runs) -> TestClient:
    return client_of(runs["conditional"])


def test_what_the_page_is_told_first(plain, conditional):
    told = plain.get("/explore/about.json").json()
    assert (told["size"], told["batches"], told["classes"], told["takes_images"]) == (6, 12, [], False)
    assert told["weights"] == "the generator's average (tricks.ema)"
    assert conditional.get("/explore/about.json").json()["classes"] == ["0", "1", "2", "3"]
    found = plain.get("/explore/directions.json").json()
    assert found["of"] == "features"
    assert 1 <= len(found["shares"]) <= 6
    assert "<title>" in plain.get("/explore/").text


def test_the_same_seed_gives_the_same_tiles_and_the_command_for_them(plain):
    first, again, other = (plain.post("/explore/tiles", json={"seed": s, "count": 5}).json() for s in (1, 1, 2))
    assert first == again
    assert first["images"] != other["images"]
    assert len(first["latents"]) == 5
    assert len(first["latents"][0]) == 6
    assert all(uri.startswith("data:image/png;base64,") for uri in first["images"])
    assert "num_samples=5 seed=1 output=" in first["command"]


def test_a_latent_survives_its_way_to_the_browser_and_back(plain):
    tiles = plain.post("/explore/tiles", json={"seed": 1, "count": 1}).json()
    moved = plain.post("/explore/move", json={"latent": tiles["latents"][0], "along": [0.0]}).json()
    assert moved["latents"] == tiles["latents"]
    assert moved["images"] == tiles["images"]


def test_rows_and_paths(plain):
    latents = plain.post("/explore/tiles", json={"seed": 1, "count": 3}).json()["latents"]
    row = plain.post("/explore/row", json={"latent": latents[0], "direction": 1, "count": 5}).json()
    assert len(row["images"]) == 5
    path = plain.post("/explore/path", json={"latents": latents, "leg": 4}).json()
    assert len(path["images"]) == 9
    assert np.allclose(path["latents"][8], latents[2], atol=1e-5)


def test_samples_are_saved_with_their_latents(conditional):
    tiles = conditional.post("/explore/tiles", json={"seed": 1, "count": 4}).json()
    asked = {"latents": tiles["latents"], "labels": tiles["labels"]}
    answer = conditional.post("/explore/save", json={"form": "npz", **asked})
    assert "attachment" in answer.headers["content-disposition"]
    with np.load(io.BytesIO(answer.content)) as file:
        assert file["images"].shape == (4, 8, 16, 1)
        assert np.array_equal(file["latents"], torch.tensor(tiles["latents"]).numpy())
        assert file["labels"].tolist() == [0, 1, 2, 3]
    picture = conditional.post("/explore/save", json={"form": "png", **asked, "columns": 2})
    assert Image.open(io.BytesIO(picture.content)).width > 256


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("tiles", "{"), ("tiles", "[]"), ("tiles", '{"seed": 1}'), ("tiles", '{"seed": -1, "count": 1}'),
        ("tiles", '{"seed": 1, "count": 0}'), ("tiles", f'{{"seed": 1, "count": {MOST + 1}}}'),
        ("tiles", '{"seed": "1", "count": 1}'), ("tiles", '{"seed": 1, "count": 1, "path": "/etc"}'),
        ("tiles", '{"seed": 1, "count": 1, "truncation": 0}'), ("tiles", '{"seed": 1, "count": 1.5}'),
        ("move", '{"latent": []}'), ("move", '{"latent": [1, 2]}'), ("move", '{"latent": [NaN,1,1,1,1,1]}'),
        ("move", '{"latent": [1e999,1,1,1,1,1]}'), ("move", '{"latent": [1e9,1,1,1,1,1]}'),
        ("move", '{"latent": [1,1,1,1,1,1], "along": [21]}'), ("move", '{"latent": [1,1,1,1,1,1], "label": -1}'),
        ("move", '{"latent": [1,1,1,1,1,1], "along": [0,0,0,0,0,0,0,0,0]}'),
        ("row", '{"latent": [1,1,1,1,1,1], "direction": 60}'), ("path", '{"latents": [[1,1,1,1,1,1]]}'),
        ("path", '{"latents": [[1,1,1,1,1,1],[1]]}'), ("nearest", "null"), ("encode", "no image"),
        ("path", '{"latents": [[1,1,1,1,1,1],[1,1,1,1,1,1]], "labels": [0,0,0]}'),
        ("save", '{"form": "exe", "latents": [[1,1,1,1,1,1]]}'), ("save", '{"form": "png", "latents": []}'),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_answered_by_one_sentence_and_changes_nothing(plain, name, body):
    before = plain.post("/explore/tiles", json={"seed": 1, "count": 1}).json()
    answer = plain.post(f"/explore/{name}", content=body)
    assert answer.status_code == 400
    told = answer.json()
    assert list(told) == ["error"]
    assert told["error"]
    assert "\n" not in told["error"]
    assert plain.post("/explore/tiles", json={"seed": 1, "count": 1}).json() == before


def test_labels_that_are_no_numbers_and_images_that_are_too_large_are_refused(plain, monkeypatch):
    monkeypatch.setattr("gan_runner.web.latent_space.LARGEST_IMAGE", 4)
    assert "too large" in plain.post("/explore/encode", content=b"12345").json()["error"]
    assert "label" in plain.post("/explore/encode?label=x", content=b"1").json()["error"]


def test_a_run_without_weights_is_told_when_it_is_asked_and_may_have_some_later(tmp_path, runs):
    client = client_of(str(tmp_path / "none"))
    assert client.get("/explore/").status_code == 200
    assert "no run folder" in client.get("/explore/about.json").json()["error"]
    (tmp_path / "none" / "checkpoints").mkdir(parents=True)
    whole = (Path(runs["plain"]) / "checkpoints" / "last.ckpt").read_bytes()
    (tmp_path / "none" / "checkpoints" / "last.ckpt").write_bytes(whole)
    assert client.get("/explore/about.json").json()["batches"] == 12


def test_newer_weights_are_taken_when_asked_for_and_damaged_ones_change_nothing(tmp_path, runs, tampered):
    last = tmp_path / "run" / "checkpoints" / "last.ckpt"
    tampered(runs["plain"], last, lambda contents: None)
    client = client_of(str(tmp_path / "run"))
    assert client.get("/explore/about.json").json()["batches"] == 12
    tampered(runs["plain"], last, lambda contents: contents.update(global_step=20))
    assert client.post("/explore/newest").json()["batches"] == 20
    for path in (last, last.with_name("previous.ckpt")):
        path.write_bytes(b"half a file")
    assert client.post("/explore/newest").status_code == 400
    assert client.get("/explore/about.json").json()["batches"] == 20


def test_json_of_an_answer_is_strict(plain):
    answer = plain.post("/explore/tiles", json={"seed": 1, "count": 1})
    json.loads(answer.text, parse_constant=lambda name: pytest.fail(name))
