"""Networks that cannot be handed on, or not in that form or to there."""

from collections.abc import Callable

from bad_inputs.runs import part, run
from bad_inputs.scene import Row, Scene, both, file

EXPORT = "gan-export"
RUN = (EXPORT, "run=run")
FILE = (*RUN, "output=x.onnx")


def without(*packages: str) -> Callable[[Scene], None]:
    """Where packages are not installed."""

    def make(scene: Scene) -> None:
        target = "gan_runner.exporting.formats.find_spec"
        scene.monkeypatch.setattr(target, lambda name: None if name in packages else name)

    return make


ROWS: dict[str, Row] = {
    "export nothing": Row((EXPORT, "output=x.onnx"), ("run=<run folder>", "ckpt=<checkpoint file>")),
    "export a run that is not there": Row((EXPORT, "run=none", "output=x.onnx"), ("none",)),
    "export to nowhere": Row(RUN, ("output has no value", "output=<folder>/", "output=<file>.onnx"), run()),
    "export to a picture": Row(
        (*RUN, "output=x.png"), ("output=x.png is no name for format=onnx", "output=<file>.onnx"), run()
    ),
    "export to the ending of another form": Row(
        (*RUN, "output=x.pt2"), ("output=x.pt2 is no name for format=onnx", "format=pt2"), run()
    ),
    "export over a file": Row(FILE, ("x.onnx exists already", "overwrite=true"), both(run(), file("x.onnx", "mine"))),
    "export over a folder": Row(
        (*RUN, "output=mine/"), ("mine exists already", "overwrite=true"), both(run(), file("mine/x.txt", "mine"))
    ),
    "export into a file": Row((*RUN, "output=mine/"), ("is a file, not a folder",), both(run(), file("mine", "mine"))),
    "export into the folder of a run": Row(
        (*RUN, "output=run/", "overwrite=true"), ("output=run/ is the folder of a run", "choose a new folder"), run()
    ),
    "export over a README that somebody has written": Row(
        (*RUN, "output=mine/", "overwrite=true"),
        ("output=mine/ has a README.md that gan-export did not write", "a folder of its own"),
        both(run(), file("mine/README.md", "mine")),
    ),
    "export into the working folder": Row(
        (*RUN, "output=./"), ("output=./ holds other files", "a folder of its own"), run()
    ),
    "export below a file": Row(
        (*RUN, "output=mine/x.onnx"), ("output=mine/x.onnx", "mine is a file"), both(run(), file("mine", "mine"))
    ),
    "export to an ending alone": Row((*RUN, "output=.onnx"), ("is an ending without a name", "<file>.onnx"), run()),
    "export no part": Row((*FILE, "part="), ("part= names none", "or leave part out"), run()),
    "export on a gpu": Row((*FILE, "accelerator=gpu"), ("on the processor alone", "leave accelerator out"), run()),
    "export in a form that is none": Row((*FILE, "format=onx"), ("format=onx is none", "did you mean onnx?"), run()),
    "export a part that is none": Row(
        (*FILE, "part=decoder"), ("part=decoder is no part of a run", "generator, a2b"), run()
    ),
    "export a part that this run has not": Row(
        (*FILE, "part=encoder"), ("part=encoder", "this run (GAN) has generator"), run()
    ),
    "export with bytes that are none": Row((*FILE, "bytes=2"), ("bytes=2",), run()),
    "export without its packages": Row(
        FILE, ("needs onnxscript, which is not installed", "gan-runner[export]"), both(run(), without("onnxscript"))
    ),
    "export classes that nobody vouched for": Row(
        FILE, ("not trusted",), part("latent", {"_target_": "os.system", "latent_dim": 3})
    ),
    "export with an unknown key": Row((*FILE, "prt=encoder"), ("unknown key prt", "did you mean part?"), run()),
}
