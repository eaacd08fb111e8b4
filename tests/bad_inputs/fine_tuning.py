"""Weights that a new run cannot begin with."""

import pickle

from bad_inputs.runs import run, saved, sealed, told
from bad_inputs.scene import TRAIN, Code, Row, file, keys

FROM_RUN = keys("init_from=run")

ROWS: dict[str, Row] = {
    "begin from nothing": Row(keys("init_from=nowhere"), ("init_from=nowhere does not exist",)),
    "begin from a folder of something": Row(
        keys("init_from=notes"), ("notes", "has no checkpoints/last.ckpt"), file("notes/a.txt", "text")
    ),
    "begin from a text": Row(keys("init_from=notes.txt"), ("notes.txt", "damaged"), file("notes.txt", "text")),
    "begin from a mapping": Row(keys("init_from={path:run}"), ("init_from",)),
    "begin from an empty checkpoint": Row(FROM_RUN, ("last.ckpt", "damaged"), saved(lambda b: b"")),
    "begin from a checkpoint that runs code": Row(
        FROM_RUN, ("last.ckpt", "no checkpoint"), sealed(lambda b: pickle.dumps(Code()))
    ),
    "begin from a checkpoint that runs code, zipped": Row(
        FROM_RUN, ("last.ckpt", "run code"), told(lambda c: {**c, "x": Code()})
    ),
    "begin from a list of weights": Row(FROM_RUN, ("holds no weights",), told(lambda c: c.update(state_dict=[1, 2]))),
    "begin from half a description": Row(
        FROM_RUN, ("whole experiment", "shape"), told(lambda c: c["origin"].pop("shape") and None)
    ),
    "begin from other networks": Row(
        keys("init_from=run", "network.generator.hidden=[5]", "network.discriminator.hidden=[5]"),
        ("none of its layers fits this run", "network.generator.hidden was [4], is [5]"),
        run(),
    ),
    "begin from a run and go on with it": Row(
        (TRAIN, "resume=run", "init_from=run"), ("init_from=run begins a new run", "give one of the two"), run()
    ),
}
