"""The page of a run: what its folder tells, what is sent of it, and a folder that is half written."""

import json
import os
import platform
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from gan_runner.runs.folder import RunFolder
from gan_runner.web.watching import PARTS, routes

ROWS = (
    "step,discriminator/gan/adversarial,generator/gan/adversarial,monitor/gan/state,"
    "evaluation/modes_covered/180,evaluation/modes_covered/180/real\n"
    "50,1.4,0.7,0,,\n100,1.3,0.9,3,5,8\n"
)
PLAYING = {
    "status": "running", "command": ["gan-train", "data=ring"], "choices": {"data": "ring"}, "seed": 4,
    "host": platform.node(), "process": os.getpid(),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A run that is playing."""
    run = tmp_path / "outputs" / "runs" / "vanilla-ring" / "first"
    (run / "samples").mkdir(parents=True)
    (run / "run.json").write_text(json.dumps(PLAYING))
    (run / "metrics.csv").write_text(ROWS)
    (run / "config.yaml").write_text("trainer:\n  max_steps: 400\n")
    for name in ("00000000", "00000100", "modes_00000100", "nearest_00000100", "real"):
        Image.new("RGB", (8, 8)).save(run / "samples" / f"{name}.png")
    return run


@pytest.fixture
def client(folder: Path) -> TestClient:
    return TestClient(Starlette(routes=routes(RunFolder(folder), folder.parents[2])))


def news(client: TestClient, **known: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/run/news.json", params=known).json()
    return found


def test_the_page_and_what_draws_its_curves_are_there(client):
    assert "<title>" in client.get("/run/").text
    for name in ("uPlot.iife.min.js", "uPlot.min.css", "theme.js", "curves.js"):
        assert client.get(f"/run/charts/{name}").status_code == 200
    for name in ("page.css", "..%2Frun.py", "x"):
        assert client.get(f"/run/charts/{name}").status_code == 404


def test_all_that_a_playing_run_tells(client):
    told = news(client)
    parts = told["parts"]
    assert told["trouble"] == ""
    assert parts.keys() == PARTS.keys() == told["marks"].keys()
    head = parts["head"]
    assert (head["status"], head["played"], head["of"], head["seed"]) == ("running", 100, 400, 4)
    assert [one["state"] for one in head["states"]] == ["collapsing"]  # of the curves: a record has it at the end
    assert len(parts["charts"]["panels"][0]["curves"]) == 2
    row = parts["figures"]["rows"][0]
    assert (row["value"], row["controls"]) == ("5", [["real data", "8"]])
    assert [one["state"] for one in parts["figures"]["changes"]] == ["healthy", "collapsing"]
    series = {one["name"]: one["batches"] for one in parts["pictures"]["series"]}
    assert series == {"samples": [0, 100], "modes": [100], "nearest": [100]}
    assert parts["settings"]["command"] == "gan-train data=ring"
    assert parts["settings"]["recipe"] == "data=ring"
    found = {one["key"]: one["here"] for one in parts["settings"]["differences"]}
    assert found["trainer.max_steps"] == "400"


def test_only_what_changed_is_sent(client, folder):
    told = news(client)
    assert news(client, **told["marks"])["parts"] == {}
    with (folder / "metrics.csv").open("a") as file:
        file.write("150,1.2,1.0,3,,\n")
    newer = news(client, **told["marks"])
    assert newer["parts"].keys() == {"head", "charts"}
    assert newer["parts"]["head"]["played"] == 150
    Image.new("RGB", (8, 8)).save(folder / "samples" / "00000150.png")
    assert news(client, **newer["marks"])["parts"].keys() == {"pictures"}


def test_other_languages(client):
    told = news(client)
    spanish = news(client, lang="es", **told["marks"])
    assert spanish["parts"].keys() == PARTS.keys()
    assert spanish["parts"]["head"]["called"] != told["parts"]["head"]["called"]
    answer = client.get("/run/news.json", params={"lang": "../x"})
    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]


@pytest.mark.parametrize(
    ("name", "content"),
    [("run.json", '{"status": "run'), ("run.json", "[]"), ("run.json", "{}"), ("run.json", None),
     ("run.json", '{"status": "failed", "why": 5}'), (".hydra/config.yaml", "trainer: ["),
     ("metrics.csv", "ste"), ("metrics.csv", "step,generator/gan/adversarial\n1,2\nx"),
     ("metrics.csv", "step,generator/gan/adversarial\n1,2,3,4\n"), ("metrics.csv", "step,a\n1,\x00"),
     ("config.yaml", "trainer: {max_st"), ("config.yaml", "- 1"), ("config.yaml", None)],
)  # fmt: skip
def test_a_half_written_folder_shows_what_was_there_before(client, folder, name, content):
    before = news(client)
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)
    told = news(client, **before["marks"])
    assert told["parts"].get("head", before["parts"]["head"])["title"] == before["parts"]["head"]["title"]
    if name == "run.json":
        assert told["trouble"]
    (folder / "run.json").write_text(json.dumps({**PLAYING, "status": "finished", "batches": 400}))
    (folder / "metrics.csv").write_text(ROWS)
    whole = news(client, **told["marks"])
    assert whole["trouble"] == ""
    assert whole["parts"]["head"]["status"] == "finished"


def test_a_folder_without_anything_is_no_error(tmp_path):
    client = TestClient(Starlette(routes=routes(RunFolder(tmp_path / "none"), tmp_path)))
    told = news(client)
    assert told["trouble"]
    assert told["parts"]["charts"] is None


def test_a_run_whose_process_is_gone_is_told_as_stopped(client, folder):
    (folder / "run.json").write_text(json.dumps({**PLAYING, "process": 2**22 + 1}))
    head = news(client)["parts"]["head"]
    assert head["status"] == "interrupted"
    assert "killed" in head["why"]


def test_pictures_of_the_run_and_no_other_file_are_served(client, folder, tmp_path):
    assert client.get("/run/picture/samples/100.png").headers["content-type"] == "image/png"
    assert client.get("/run/picture/modes/100.png").status_code == 200
    assert client.get("/run/picture/real.png").status_code == 200
    outside = tmp_path / "outside.png"
    Image.new("RGB", (8, 8)).save(outside)
    (folder / "samples" / "00000200.png").symlink_to(outside)
    for path in ("samples/200.png", "samples/7.png", "other/100.png", "stages.png", "..%2F..%2Foutside.png",
                 "samples/-1.png", f"samples/{'9' * 5000}.png", "config.png"):  # fmt: skip
        assert client.get(f"/run/picture/{path}").status_code == 404, path


def test_pictures_of_another_run_are_shown_where_it_lies_below_the_outputs_alone(client, folder, tmp_path):
    other = folder.parent / "second"
    for place in (other, tmp_path / "elsewhere"):
        (place / "samples").mkdir(parents=True)
        Image.new("RGB", (8, 8)).save(place / "samples" / "00000300.png")
        (folder / "run.json").write_text(json.dumps({**PLAYING, "same_as": str(place)}))
        news(client)
        assert client.get("/run/picture/samples/300.png").status_code == (200 if place == other else 404)
