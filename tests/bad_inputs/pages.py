"""Pages from disk that cannot be made."""

from bad_inputs.runs import run
from bad_inputs.scene import Row, Scene, both, file

PAGE = ("gan-export", "run=run", "format=html", "output=x.html")
NAME = "onnxruntime-web 1.30.0"


def offline(scene: Scene) -> None:
    """Nothing in the cache, and nothing to be had."""
    from gan_runner.exporting import runtime

    def refuse(folder: object) -> None:
        raise OSError("npm is not installed")

    scene.monkeypatch.setenv("TORCH_HOME", str(scene.folder / "torch"))
    scene.monkeypatch.setattr(runtime, "ADDRESS", "http://127.0.0.1:9/a.tgz")
    scene.monkeypatch.setattr(runtime, "_ask_npm", refuse)


ROWS: dict[str, Row] = {
    "page without internet": Row(PAGE, (f"puts {NAME} into the page", "runtime=<that file>"), both(run(), offline)),
    "page with a runtime that is not there": Row(
        (*PAGE, "runtime=none.tgz"), ("runtime=none.tgz is not there", NAME), both(run(), offline)
    ),
    "page with a runtime that is none": Row(
        (*PAGE, "runtime=a.tgz"),
        (f"runtime=a.tgz is not {NAME} (no archive)",),
        both(run(), offline, file("a.tgz", "no package")),
    ),
    "page with a cache that is a file": Row(
        PAGE, ("cannot be written", "TORCH_HOME"), both(run(), offline, file("torch", "mine"))
    ),
    "page to the ending of another form": Row(
        ("gan-export", "run=run", "format=html", "output=x.onnx"), ("output=<file>.html", "format=onnx"), run()
    ),
    "page in bytes": Row((*PAGE, "bytes=true"), ("nobody asks a page",), both(run(), offline)),
    "runtime for what is no page": Row(
        ("gan-export", "run=run", "output=x.onnx", "runtime=a.tgz"), ("runtime=a.tgz goes into pages",), run()
    ),
}
