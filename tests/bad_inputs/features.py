"""Weights of feature extractors that are missing, cut, another net's or code; nets that nobody has."""

import io
from collections.abc import Callable
from typing import Any

from bad_inputs.downloads import truncating
from bad_inputs.scene import DRAWN, TRAIN, Code, Row, Scene, both, file, keys

MEASURED = ("metrics=frechet", "evaluation.num_samples=4", "data.channels=3")
LITE = ("features=efficientnet_lite0", "features.weights=state.pth")


def seen(*overrides: str) -> tuple[str, ...]:
    return keys(*MEASURED, *overrides)


def saved(content: Any) -> bytes:
    import torch

    held = io.BytesIO()
    torch.save(content, held)
    return held.getvalue()


def state(make: Callable[[], Any], name: str = "state.pth") -> Callable[[Scene], None]:
    return lambda scene: file(name, saved(make()))(scene)


def other_net() -> Any:
    import torch

    return {"fc.weight": torch.zeros(2, 2)}


def cut(scene: Scene) -> None:
    whole = saved({"_fc.weight": other_net()["fc.weight"]})
    file("state.pth", whole[: len(whole) // 2])(scene)


def caches(scene: Scene) -> None:
    """Torch's and huggingface_hub's, empty."""
    import huggingface_hub

    scene.monkeypatch.setenv("TORCH_HOME", str(scene.folder / "torch"))
    scene.monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *names: None)


def hub(answer: Any = None) -> Callable[[Scene], None]:
    """huggingface.co answers that."""
    return both(caches, lambda scene: scene.monkeypatch.setenv("HF_ENDPOINT", scene.serve(answer)))


def torchvision(answer: Any) -> Callable[[Scene], None]:
    """The address of Inception's weights answers that."""

    def make(scene: Scene) -> None:
        from torchvision.models import Inception_V3_Weights

        address = f"{scene.serve(answer)}inception-0cc3c7bd.pth"
        kind = type(Inception_V3_Weights.IMAGENET1K_V1)
        scene.monkeypatch.setattr(kind, "url", property(lambda _: address), False)

    return both(caches, make)


def without(package: str) -> Callable[[Scene], None]:
    """As where a package is not installed."""

    def make(scene: Scene) -> None:
        from gan_runner.features import pretrained

        find = pretrained.find_spec
        scene.monkeypatch.setattr(pretrained, "find_spec", lambda name: None if name == package else find(name))

    return make


ROWS: dict[str, Row] = {
    "weights that are not there": Row(seen(*LITE), ("features.weights=state.pth cannot be read", "or to null")),
    "weights that are a folder": Row(
        seen(*LITE), ("features.weights=state.pth cannot be read (Is a directory)",), file("state.pth/x")
    ),
    "weights that are text": Row(
        seen(*LITE), ("state.pth holds no weights of efficientnet-lite0", "no file of torch's"), file("state.pth", "x")
    ),
    "weights that are cut": Row(seen(*LITE), ("state.pth holds no weights of efficientnet-lite0",), cut),
    "weights of another net": Row(
        seen(*LITE), ("state.pth holds no weights of efficientnet-lite0", "Missing key"), state(other_net)
    ),
    "weights that are a number": Row(
        seen(*LITE), ("state.pth holds no weights", "it holds a int, no names with tensors"), state(lambda: 3)
    ),
    "weights with code in them": Row(
        seen(*LITE), ("state.pth holds no weights", "other things than tensors"), state(lambda: {"a": Code()})
    ),
    "weights of inception that are text": Row(
        seen("features=inception", "features.weights=state.pth"),
        ("state.pth holds no weights of torchvision's inception_v3",),
        file("state.pth", "x"),
    ),
    "weights of safetensors that are none": Row(
        seen("features=dinov2", "features.weights=state.safetensors"),
        ("state.safetensors holds no weights of timm's vit_small_patch14_dinov2",),
        file("state.safetensors", "x" * 100),
    ),
    "weights of another transformer": Row(
        seen("features=timm:test_vit", "features.weights=state.pth"),
        ("state.pth holds no weights of timm's test_vit", "Missing key"),
        state(other_net),
    ),
    "inception without weights": Row(
        seen("features=inception"), ("features=inception needs weights", "features.download=false"), caches
    ),
    "weights with another sum": Row(
        seen("features=inception", "features.download=true"),
        ("features=inception needs weights", "expected 0cc3c7bd"),
        torchvision(b"something else"),
    ),
    "weights that break off on their way": Row(
        seen("features=dinov2", "features.download=true"),
        ("features=dinov2 needs weights", "broke off after 100 of 1000 bytes", "features.weights=<file>"),
        hub(truncating),
    ),
    "weights that nobody serves": Row(
        seen("features=clip", "features.download=true"), ("features=clip needs weights", "404"), hub()
    ),
    "a net that timm has not": Row(
        seen("features=timm:resnet_18"), ("features.net=resnet_18 is no net of timm's", "did you mean")
    ),
    "weights of a name that timm has not": Row(
        seen("features=timm:resnet18.mine"), ("features.net=resnet18.mine is no net", "there are: ", "tv_in1k")
    ),
    "timm without a net": Row(seen("features=timm"), ("features.net has no value: give one as features.net=",)),
    "no net after timm:": Row(seen("features=timm:"), ("features=timm: names no net", "features=timm:resnet18")),
    "several nets after timm:": Row(
        seen("features=timm:resnet18,resnet50"), ("names several nets", "-m features=timm features.net=")
    ),
    "a net for photographs and four channels": Row(
        (TRAIN, *DRAWN, *MEASURED, "features=efficientnet_lite0", "data.channels=4"),
        ("features=efficientnet_lite0 looks at images of 1 or 3 channels", "features=random_conv"),
    ),
    "a net whose package is not installed": Row(
        seen("features=dinov2"), ("features=dinov2 needs timm", "pip install 'gan-runner[features]'"), without("timm")
    ),
}
