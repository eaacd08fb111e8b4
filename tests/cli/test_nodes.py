"""Looking at a composed configuration."""

from omegaconf import OmegaConf

from gan_runner.cli.nodes import child, first_missing, flat, is_mapping, parts_below, raw

CONFIG = OmegaConf.create(
    {
        "a": {"_target_": "x.A", "n": 1, "none": None, "all": "${a.n}"},
        "o": {"g": {"_target_": "x.G"}, "lr": 1},
        "e": None,
    }
)
OmegaConf.set_struct(CONFIG, True)


def test_nodes_are_found_as_they_are_written() -> None:
    assert raw(CONFIG, "a.all") == "${a.n}"
    assert raw(CONFIG, "a.none") is None
    assert raw(CONFIG, "a.missing.more") is None
    assert raw(CONFIG, "a") is None
    assert child(CONFIG, "") is CONFIG
    assert child(CONFIG, "a.missing") is None
    assert is_mapping(child(CONFIG, "a"))
    assert not is_mapping(child(CONFIG, "e"))


def test_the_first_name_that_is_missing() -> None:
    assert first_missing(CONFIG, "a.none") is None
    assert first_missing(CONFIG, "a.x.y") == "a.x"
    assert first_missing(CONFIG, "b") == "b"
    assert first_missing(CONFIG, "e.x") is None  # of nothing nothing can be said


def test_keys_and_parts() -> None:
    assert list(flat(CONFIG)) == ["a", "a._target_", "a.n", "a.none", "a.all", "o", "o.g", "o.g._target_", "o.lr", "e"]
    assert parts_below(CONFIG, "o") == {"o.g": "x.G"}
    assert parts_below(CONFIG, "e") == {}
