"""Damage asked for in Python: that of gan-translate, refused in its words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gan_runner as gr
from gan_runner.api.damage import damage_of

IMAGES = np.zeros((2, 8, 8, 1), np.uint8)


def test_a_task_has_the_settings_of_its_option() -> None:
    assert damage_of(None) is None
    found = damage_of("denoise")
    assert found is not None
    assert (found["task"], found["noise_sigma"]) == ("denoise", [0.05, 0.5])
    assert damage_of({"task": "denoise", "noise_sigma": np.array([0.25, 0.5])}) == found | {"noise_sigma": [0.25, 0.5]}


WRONG = {
    "no task": ("foo", ["damage=foo"]),
    "no task by name": ({"task": "foo"}, ["damage=foo"]),
    "no setting": ({"task": "denoise", "noise_sigm": [0.3, 0.3]}, ["damage=denoise", "damage.noise_sigm=[0.3,0.3]"]),
    "that of another": ({"task": "denoise", "area": [0.3, 0.3]}, ["damage=denoise", "damage.area=[0.3,0.3]"]),
    "no number": ({"task": "denoise", "noise_sigma": "x"}, ["damage=denoise", "damage.noise_sigma=x"]),
    "backwards": ({"task": "denoise", "noise_sigma": (0.5, 0.25)}, ["damage=denoise", "damage.noise_sigma=[0.5,0.25]"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_it_is_refused_in_the_words_of_the_command(
    translators: dict[str, str], run_command: Callable[..., Any], tmp_path: Path, case: str
) -> None:
    damage, keys = WRONG[case]
    run = gr.load(translators["denoise"])
    with pytest.raises(gr.ConfigError) as raised:
        run.translate(IMAGES, damage=damage)  # type: ignore[arg-type]
    Image.fromarray(IMAGES[0, ..., 0]).save(tmp_path / "one.png")
    found = run_command("gan-translate", f"run={run.path}", f"input={tmp_path}/one.png", "output=x.png", *keys)
    assert found.err == f"gan-translate: {raised.value}\n"


@pytest.mark.parametrize("damage", [5, {}, {"task": 5}, {"noise_sigma": [0.3, 0.3]}, ["denoise"]])
def test_what_names_no_task_is_told(damage: Any) -> None:
    with pytest.raises(gr.ConfigError, match="names no task: give one of colorize, deblur, denoise"):
        damage_of(damage)


def test_damage_beside_a_way_back_is_refused(translators: dict[str, str]) -> None:
    with pytest.raises(gr.ConfigError, match="cycle=true shows a way there and back"):
        gr.load(translators["denoise"]).translate(IMAGES, damage="denoise", cycle=True)
