"""Samples that cannot be drawn, or not to there."""

from bad_inputs.runs import CKPT, RUN, run, told
from bad_inputs.scene import SAMPLE, Row, both, file, locked

ROWS: dict[str, Row] = {
    "sample from nothing": Row((SAMPLE, "output=x.png"), ("run=<run folder>", "ckpt=<checkpoint file>")),
    "sample from both": Row((*RUN, "ckpt=x", "output=x.png"), ("either run=", "or ckpt="), run()),
    "sample from a folder": Row((SAMPLE, "run=.", "output=x.png"), ("has no checkpoints/last.ckpt",)),
    "sample from an unreadable file": Row(
        CKPT, ("last.ckpt", "permission denied"), both(run(), locked("run/checkpoints/last.ckpt"))
    ),
    "sample to nowhere": Row(RUN, ("output has no value", ".npz"), run()),
    "sample to a film": Row((*RUN, "output=x.mp4"), ("output=x.mp4", ".npz", ".png"), run()),
    "sample over a file": Row(
        (*RUN, "output=x.png"), ("x.png exists already", "overwrite=true"), both(run(), file("x.png", "mine"))
    ),
    "sample into a file": Row(
        (*RUN, "output=notes/x.png"), ("notes", "is a file, not a folder"), both(run(), file("notes", "mine"))
    ),
    "sample none": Row((*RUN, "output=x.png", "num_samples=0"), ("num_samples=0", "greater"), run()),
    "sample without end": Row(
        (*RUN, "output=x.npz", "num_samples=1000000000000000"), ("not enough memory", "num_samples"), run()
    ),
    "sample too many for a picture": Row((*RUN, "output=x.png", "num_samples=20000"), ("too many", ".npz"), run()),
    "sample with no truncation": Row((*RUN, "output=x.png", "truncation=nan"), ("truncation=nan", "greater"), run()),
    "sample a label of none": Row((*RUN, "output=x.png", "label=3"), ("label=3", "without labels"), run()),
    "sample by a name of none": Row((*RUN, "output=x.png", "label=cat"), ("label=cat", "without labels"), run()),
    "sample names that are none": Row(
        CKPT,
        ("does not describe a whole experiment", "class_names"),
        told(lambda contents: contents["origin"].update({"class_names": ["a"]})),
    ),
    "sample names that are no list": Row(
        CKPT,
        ("does not describe a whole experiment",),
        told(lambda contents: contents["origin"].update({"class_names": 5})),
    ),
    "sample with an unknown key": Row((*RUN, "outptu=x.png"), ("unknown key outptu", "did you mean output?"), run()),
}
