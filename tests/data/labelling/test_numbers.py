"""Labels that are numbers, read from tables and containers, and told to a GAN."""

import json
import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from fixtures import commands
from fixtures.containers import as_zip
from fixtures.small_folders import FOLDER
from gan_runner.data.containers.inside import InsidePath
from gan_runner.data.containers.zip import Zip
from gan_runner.data.folder import Folder
from gan_runner.data.labelling.numbers import KEPT_ROWS, OwnNumbers, conditions_of
from gan_runner.runs import checkpoints

AGES = [10, 20, 30, 40, 50, 60, 70, 80]
SMILES = [-1, 1] * 4
HEADER, ROWS = "file,smiling,age,left", [f"{n}.png,{SMILES[n]},{AGES[n]},{n % 2}" for n in range(8)]


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(8):
        Image.new("RGB", (8, 8), (10 * number,) * 3).save(folder / f"{number}.png")
    (folder / "t.csv").write_text("\n".join([HEADER, *ROWS]))
    return folder


def folder(root, columns, labels="t.csv", **settings):
    made = {"image_size": 8, "holdout": 0.0, **settings}
    return Folder(root=str(root), labels=labels, label_column=columns, **made)


def read(data):
    """The numbers of each image by its place in the set, as networks are told them."""
    batch = data.deck("train")[torch.arange(len(data.deck("train")))]
    return dict(sorted(zip((batch.real[:, 0, 0, 0] // 10).tolist(), batch.label.tolist(), strict=True)))


@pytest.mark.parametrize("way", [{}, {"stream": True}])
@pytest.mark.parametrize("packed", [False, True])
def test_attributes_stay_as_they_are_and_others_are_standardised(packed, way, root, tmp_path):
    data = folder(as_zip(root, tmp_path) if packed else root, ["smiling", "age"], **way)
    assert (data.num_classes, data.class_names, data.conditions.names) == (None, None, ("smiling", "age"))
    mean, spread = np.mean(AGES), np.std(AGES)
    assert data.conditions.mean == (0, pytest.approx(mean))
    assert data.conditions.spread == (1, pytest.approx(spread))
    for number, (smiling, age) in read(data).items():
        assert smiling == (SMILES[number] == 1)
        assert age == pytest.approx((AGES[number] - mean) / spread)
    assert sorted(data.conditions.rows) == sorted(map(tuple, read(data).values()))
    assert data.deck("train")[torch.arange(3)].label.dtype == torch.float32


def test_lists_of_json_are_numbers(root):
    labels = [[f"{n}.png", [n % 2, (n + 1) % 2, n / 8]] for n in range(8)]
    (root / "dataset.json").write_text(json.dumps({"labels": labels}))
    data = folder(root, None, "dataset.json")
    assert data.conditions.names == ("label_0", "label_1", "label_2")
    assert read(data)[1][:2] == [1, 0]


def test_a_container_may_have_numbers_of_its_own(root, tmp_path, monkeypatch):
    order = Zip(as_zip(root, tmp_path)).names
    array = np.array([[n % 2, n] for n in range(len(order))], np.float32)
    monkeypatch.setattr(Zip, "vectors", (("odd", "number"), array))
    data = folder(as_zip(root, tmp_path), None, True)
    assert data.conditions.names == ("odd", "number")
    assert [told[0] for told in read(data).values()] == [order.index(f"{n}.png") % 2 for n in range(8)]
    inside = InsidePath(Zip(as_zip(root, tmp_path)))
    assert OwnNumbers(inside, ["number"]).values(inside, [inside / "3.png"]).tolist() == [[order.index("3.png")]]
    with pytest.raises(ValueError, match=r"data\.label_column: age is no label of .*set\.zip, which has odd, number"):
        OwnNumbers(inside, ["age"])


def test_of_many_rows_a_thousand_are_kept():
    values = np.random.default_rng(0).normal(size=(2500, 2))
    kept = conditions_of(["a", "b"], values, "t").rows
    assert len(set(kept)) == KEPT_ROWS
    assert kept == conditions_of(["a", "b"], values, "t").rows


def test_a_run_keeps_its_mean_and_spread(root):
    before = folder(root, ["age"]).conditions
    (root / "t.csv").write_text("\n".join([HEADER, *ROWS]).replace(",80,", ",8000,"))
    data = folder(root, ["age"])
    data.keep_conditions(before)
    assert data.conditions == before
    assert read(data)[7] == [pytest.approx((8000 - before.mean[0]) / before.spread[0])]
    with pytest.raises(ValueError, match=r"the labels of this run are age, and of this data smiling, age: set"):
        folder(root, ["smiling", "age"]).keep_conditions(before)
    with pytest.raises(ValueError, match=r"the labels of this run are no numbers, and of this data age"):
        folder(root, ["age"]).keep_conditions(None)


def test_the_fingerprint_changes_with_numbers_and_their_names(root):
    found = [folder(root, columns).fingerprint()["labelled"] for columns in (["age"], ["smiling"], ["smiling", "age"])]
    (root / "t.csv").write_text("\n".join([HEADER, *ROWS]).replace(",80,", ",81,"))
    assert len({*found, folder(root, ["age"]).fingerprint()["labelled"]}) == 4


@pytest.mark.parametrize(
    ("old", "new", "columns", "told"),
    [
        (",80,", ",old,", ["age"], r"has old in age, and data\.label_column=\[age\] takes numbers: .* for classes"),
        (",80,", ",inf,", ["age"], r"has inf in age"),
        (
            ",80,",
            ",nan,",
            ["age"],
            r"^1 of 8 images of .* have no label in data\.labels=t\.csv \(the first is 7\.png\)",
        ),
        (",80,", ",,", ["age"], r"^1 of 8 images of .* have no label"),
        (
            "x",
            "x",
            ["age", "height"],
            r"data\.label_column=height is no column of data\.labels=t\.csv: it has file, smi",
        ),
        ("x", "x", [], r"data\.label_column=\[\] names no column"),
        (",-1,", ",1,", ["smiling"], r"has 1 in smiling for every image, which tells nothing: leave smiling out"),
    ],
)
def test_what_are_no_numbers(old, new, columns, told, root):
    (root / "t.csv").write_text("\n".join([HEADER, *ROWS]).replace(old, new))
    with pytest.raises(ValueError, match=told):
        folder(root, columns).conditions  # noqa: B018


@pytest.mark.parametrize("setting", [{"only": ["a"]}, {"balance": True}])
def test_what_goes_by_classes_is_refused(setting, root):
    data = folder(root, ["age"], **setting)
    told = r"and the labels of this data are numbers \(age\) and no classes: (leave|set) data\."
    with pytest.raises(ValueError, match=told):
        data.kept_labels() or data.check_balance()


def test_a_gan_learns_them_goes_on_to_the_bit_and_samples_what_is_asked(root, tmp_path, run_command, caplog):
    caplog.set_level(logging.INFO)
    keys = (*FOLDER, f"data.root={root}", "data.labels=t.csv", "data.label_column=[smiling,age]", "data.batch_size=2")
    keys = (*keys, "network.conditional=true", "data.holdout=0")
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert commands.play("gan-train", *keys, f"hydra.run.dir={whole}") == 0
    assert commands.play("gan-train", *keys, f"hydra.run.dir={parts}", "trainer.max_steps=2") == 0
    ended = run_command("gan-train", f"resume={parts}", "trainer.max_steps=4")
    assert ended.code == 0, ended.err
    one, other = (checkpoints.load(run / "checkpoints" / "last.ckpt") for run in (whole, parts))
    assert one["origin"]["conditions"] == other["origin"]["conditions"]
    assert one["origin"]["conditions"]["names"] == ["smiling", "age"]
    assert all(
        torch.equal(value, other["state_dict"][name])
        for name, value in one["state_dict"].items()
        if isinstance(value, torch.Tensor)
    )
    asked = ("num_samples=3", f"run={whole}")
    assert run_command("gan-sample", *asked, "label={age:30}", f"output={tmp_path / 'a.npz'}").code == 0
    with np.load(tmp_path / "a.npz") as found:
        assert found["label_names"].tolist() == ["smiling", "age"]
        assert found["labels"][:, 1] == pytest.approx(30, abs=1e-4)
        assert set(found["labels"][:, 0]) <= {0, 1}
    walk = run_command("gan-sample", *asked, "label=[1,30]", "interpolate=true", f"output={tmp_path / 'walk.png'}")
    assert (walk.code, walk.err) == (0, "")
    assert "(labels smiling, age: as asked)" in walk.out
    assert run_command("gan-sample", *asked, f"output={tmp_path / 'many'}/").code == 0
    assert len(list(Path(tmp_path / "many").glob("*.png"))) == 3
    other_labels = run_command("gan-train", f"resume={whole}", "data.label_column=[age]", "trainer.max_steps=6")
    assert other_labels.code == 1
    measured = run_command("gan-evaluate", f"run={whole}", "metrics=images", "features=random_conv", "num_samples=4")
    assert measured.code == 0, measured.err
