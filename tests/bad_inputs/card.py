"""Cards that cannot be written as asked, and uploads that cannot begin or do not come to their end."""

from collections.abc import Callable
from typing import Any

from bad_inputs.runs import run
from bad_inputs.scene import Row, Scene, both, file
from fixtures.hub import TOKEN

RUN = ("gan-export", "run=run", "format=pt2")
FOLDER = (*RUN, "output=out/")
PUSHED = (*FOLDER, "push_to_hub=ana/digits")


def hub(address: str = "http://127.0.0.1:9", token: str | None = TOKEN, **constants: Any) -> Callable[[Scene], None]:
    """Where the hub is, and who asks it: nobody by default answers there."""

    def make(scene: Scene) -> None:
        from huggingface_hub import constants as known

        scene.monkeypatch.setattr(known, "ENDPOINT", address)
        scene.monkeypatch.setattr(known, "HF_HUB_OFFLINE", False)
        scene.monkeypatch.setattr(known, "HF_TOKEN_PATH", str(scene.folder / "no_token"))
        scene.monkeypatch.setenv("no_proxy", "127.0.0.1")
        for name, value in constants.items():
            scene.monkeypatch.setattr(known, name, value)
        if token is None:
            scene.monkeypatch.delenv("HF_TOKEN", raising=False)
            scene.monkeypatch.setattr("huggingface_hub.get_token", lambda: None)
        else:
            scene.monkeypatch.setenv("HF_TOKEN", token)

    return make


def without_the_package(scene: Scene) -> None:
    target = "gan_runner.exporting.hub.find_spec"
    scene.monkeypatch.setattr(target, lambda name: None if name == "huggingface_hub" else name)


ROWS: dict[str, Row] = {
    "a licence without a name": Row((*FOLDER, "license=---"), ("license", "license=mit"), run()),
    "a licence that is a list": Row((*FOLDER, "license=[mit]"), ("license=",), run()),
    "a licence of a file alone": Row(
        (*RUN, "output=x.pt2", "license=mit"), ("license=mit stands on the card of a folder", "output=<folder>/"), run()
    ),
    "weights in bytes": Row(
        ("gan-export", "run=run", "format=safetensors", "output=out/", "bytes=true"),
        ("bytes=true", "leave it out"),
        run(),
    ),
    "for everybody, and nowhere": Row((*FOLDER, "private=false"), ("private=false is about push_to_hub",), run()),
    "push a file alone": Row(
        (*RUN, "output=x.pt2", "push_to_hub=ana/digits"), ("push_to_hub uploads a folder", "output=<folder>/"), run()
    ),
    "push to a name without an owner": Row(
        (*FOLDER, "push_to_hub=digits"), ("push_to_hub=digits names no repository", "<owner>/<name>"), run()
    ),
    "push to an address": Row(
        (*FOLDER, "push_to_hub=https://huggingface.co/ana/digits"), ("names no repository", "<owner>/<name>"), run()
    ),
    "push without the package": Row(
        PUSHED, ("huggingface_hub, which is not installed", "gan-runner[hub]"), both(run(), without_the_package)
    ),
    "push without a token": Row(PUSHED, ("needs a token", "hf auth login", "HF_TOKEN"), both(run(), hub(token=None))),
    "push when it is said to be offline": Row(
        PUSHED, ("HF_HUB_OFFLINE is set", "unset it"), both(run(), hub(HF_HUB_OFFLINE=True))
    ),
    "push without a network": Row(
        PUSHED, ("nothing was uploaded to ana/digits", "was not reached", "the files are in out"), both(run(), hub())
    ),
    "push over what is there": Row(
        PUSHED, ("out exists already", "overwrite=true"), both(run(), hub(), file("out/diary.txt", "mine"))
    ),
}
