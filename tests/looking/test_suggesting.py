"""The command that is suggested composes, and fits what was seen."""

import shlex

import pytest

from fixtures import composing
from fixtures.looked_at import flock, looked_at, messy
from gan_runner.config.plain import plain_config
from gan_runner.config.schema import check
from gan_runner.looking.suggesting import command, path_word, refused_sides, suggestions, two_domains


def words(found) -> list[str]:
    return [one.word for one in suggestions(found)]


def composes(found) -> dict:
    """What gan-train would be given, checked; the words are those that a shell would hand over."""
    program, *arguments = shlex.split(command(suggestions(found)))
    assert program == "gan-train"
    plain = plain_config(composing.composed(*arguments, "paths.run=unused"))
    check(plain)
    return plain


def small_set(root, kind):
    if kind == "classes":
        return messy(root)
    if kind == "grey":
        return flock(root, 5, bands=1)
    if kind == "large":
        return flock(root, 70, size=(300, 200))
    if kind == "large classes":
        return flock(flock(root / "a", 3, size=(300, 200)).parent / "b", 3, 40, size=(300, 200)).parent
    return flock(root, 70)


@pytest.mark.parametrize("kind", ["plain", "classes", "grey", "large", "large classes"])
def test_the_command_composes(tmp_path, kind):
    found = looked_at(small_set(tmp_path / "my photos (1), new", kind), tmp_path)
    plain = composes(found)
    assert plain["data"]["root"] == str(tmp_path / "my photos (1), new")
    assert plain["data"]["image_size"] == found.folder.decoder.size[0]
    assert plain["data"]["channels"] == found.folder.shape[0]
    assert plain["data"]["labels"] is bool(found.class_names)
    assert plain["network"]["conditional"] is bool(found.class_names)
    assert plain["data"]["batch_size"] <= len(found.rows["train"])
    assert "diff_augment" in plain["tricks"]


def test_it_follows_what_was_seen(tmp_path):
    assert {"model=cgan", "data.image_size=32", "data.labels=true", "data.batch_size=16"} <= set(
        words(looked_at(messy(tmp_path / "messy"), tmp_path))
    )
    assert {"model=dcgan", "data.channels=1", "data.batch_size=4"} <= set(
        words(looked_at(flock(tmp_path / "grey", 5, bands=1), tmp_path))
    )
    assert {"model=r3gan", "data.image_size=128"} <= set(
        words(looked_at(flock(tmp_path / "large", 3, size=(300, 200)), tmp_path))
    )


def test_every_choice_has_a_reason_and_what_was_given_stays(tmp_path):
    root = flock(tmp_path / "photos", 5)
    found = looked_at(root, tmp_path, image_size=16, fit="pad", batch_size=2)
    told = {one.word: one.why for one in suggestions(found)}
    assert {"data.image_size=16", "data.fit=pad", "data.batch_size=2"} <= told.keys()
    assert all(why for word, why in told.items() if not word.startswith(("data=", "data.root=")))
    assert sum(word.startswith("data.image_size") for word in told) == 1
    assert sum(word.startswith("data.batch_size") for word in told) == 1


def test_one_class_that_is_kept_asks_for_no_model_of_classes(tmp_path):
    photos = flock(flock(tmp_path / "a", 5).parent / "b", 5, 40).parent
    assert "model=cgan" in words(looked_at(photos, tmp_path, labels=True))
    assert "model=dcgan" in words(looked_at(photos, tmp_path, labels=True, only=["a"]))


def test_many_images_need_no_trick(tmp_path, monkeypatch):
    found = looked_at(flock(tmp_path / "photos", 9), tmp_path)
    monkeypatch.setattr("gan_runner.looking.suggesting.FEW", 8)
    assert not [word for word in words(found) if "tricks" in word]


def test_images_too_few_to_hold_out_are_all_trained_on(tmp_path):
    found = looked_at(flock(tmp_path / "photos", 3), tmp_path)
    assert "data.holdout=0" in words(found)
    assert composes(found)["data"]["batch_size"] == 2


def test_a_given_side_that_networks_refuse_is_told(tmp_path):
    root = flock(tmp_path / "photos", 5)
    assert "take no 30 × 30" in refused_sides(looked_at(root, tmp_path, image_size=30))
    assert not refused_sides(looked_at(root, tmp_path))


def test_two_domains_are_told_and_are_no_classes(tmp_path):
    root = flock(flock(tmp_path / "photos" / "trainA", 2).parent / "trainB", 2, 30).parent
    found = looked_at(root, tmp_path)
    assert f"gan-train model=cyclegan data=unpaired data.root={root}" in two_domains(found)
    assert "labels" not in found.chosen
    assert not two_domains(looked_at(flock(tmp_path / "others", 2), tmp_path))


@pytest.mark.parametrize("name", ["photos", "my photos (1)", "a,b", "it's", "007", "städte", "a=b", "null"])
def test_a_path_is_read_as_that_path(name, tmp_path):
    for path in (tmp_path / name, tmp_path.relative_to(tmp_path) / name):
        config = composing.composed("data=folder", path_word("data.root", path), "paths.run=unused")
        assert str(config.data.root).removeprefix("./") == str(path)
