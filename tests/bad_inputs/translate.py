"""Images that cannot be translated, or not to there."""

from bad_inputs.runs import run
from bad_inputs.scene import TRANSLATE, Row, both, file

RUN = (TRANSLATE, "run=run", "accelerator=cpu")
FILES = (*RUN, "input=photo.png", "output=x.png")

ROWS: dict[str, Row] = {
    "translate by nothing": Row((TRANSLATE, "input=photo.png", "output=x.png"), ("run=<run folder>", "ckpt=")),
    "translate by a folder": Row(
        (TRANSLATE, "run=.", *FILES[3:]), ("has no checkpoints/last.ckpt", "it is no run folder")
    ),
    "translate nothing": Row(RUN, ("input has no value", "a folder of images"), run()),
    "translate what is not there": Row(FILES, ("input=photo.png does not exist",), run()),
    "translate to nowhere": Row(
        (*RUN, "input=photo.png"), ("output has no value", "<folder>"), both(run(), file("photo.png"))
    ),
    "translate to a film": Row(
        (*RUN, "input=photo.png", "output=x.mp4"), ("output=x.mp4", "<file>.png"), both(run(), file("photo.png"))
    ),
    "translate over a file": Row(
        FILES, ("x.png exists already", "overwrite=true"), both(run(), file("photo.png"), file("x.png", "mine"))
    ),
    "translate over the input": Row(
        (*RUN, "input=photo.png", "output=photo.png", "overwrite=true"),
        ("would replace photo.png",),
        both(run(), file("photo.png", "mine")),
    ),
    "translate a folder to a file": Row(
        (*RUN, "input=run", "output=x.png"), ("input=run is a folder", "output=x.png a file"), run()
    ),
    "translate a folder of none": Row((*RUN, "input=run", "output=x"), ("input=run holds no images",), run()),
    "translate by a run from latents": Row(
        FILES, ("holds a GAN", "model=cyclegan, pix2pix"), both(run(), file("photo.png"))
    ),
    "translate in no direction": Row((*FILES, "direction=up"), ("direction='up'", "a2b", "b2a"), run()),
    "translate at no size": Row((*FILES, "size=0"), ("size=0", "greater"), run()),
    "translate with an unknown key": Row((*FILES, "inptu=x"), ("unknown key inptu", "did you mean input?"), run()),
}
