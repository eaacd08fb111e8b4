"""Checkpoints that are damaged, of something else, or made to run code."""

import io
import pickle
import zipfile

import torch

from bad_inputs.pictures import png_bomb
from bad_inputs.runs import CKPT, part, saved, sealed, told
from bad_inputs.scene import CANARY, Code, Row, flipped


def deflated(content: bytes) -> bytes:
    """The same checkpoint, with a record of half a gigabyte that takes half a megabyte."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        for info in source.infolist():
            if info.filename.endswith("/data/0"):
                target.writestr(info.filename, bytes(500_000_000), zipfile.ZIP_DEFLATED, 1)
            else:
                target.writestr(info, source.read(info))
    return buffer.getvalue()


ROWS: dict[str, Row] = {
    "empty checkpoint": Row(CKPT, ("last.ckpt", "damaged"), saved(lambda b: b"")),
    "truncated checkpoint": Row(CKPT, ("last.ckpt", "damaged"), saved(lambda b: b[: len(b) // 2])),
    "checkpoint that ends early": Row(CKPT, ("last.ckpt", "damaged"), saved(lambda b: b[:-64])),
    "flipped checkpoint": Row(CKPT, ("last.ckpt", "damaged"), saved(lambda b: flipped(b.index(b"PK\1\2"))(b))),
    "text for a checkpoint": Row(CKPT, ("last.ckpt", "damaged"), saved(lambda b: b"weights")),
    "picture for a checkpoint": Row(CKPT, ("last.ckpt", "damaged"), saved(lambda b: png_bomb(8))),
    "checkpoint that runs code": Row(CKPT, ("last.ckpt", "no checkpoint"), sealed(lambda b: pickle.dumps(Code()))),
    "checkpoint that runs code, zipped": Row(CKPT, ("last.ckpt", "run code"), told(lambda c: {**c, "x": Code()})),
    "checkpoint of another program": Row(CKPT, ("last.ckpt", "gan-train"), told(lambda c: {"model": torch.ones(3)})),
    "list for a checkpoint": Row(CKPT, ("last.ckpt", "gan-train"), told(lambda c: [1, 2])),
    "checkpoint that unpacks to gigabytes": Row(CKPT, ("last.ckpt", "no checkpoint"), sealed(deflated)),
    "checkpoint with a flipped bit": Row(CKPT, ("last.ckpt", "checksum"), saved(lambda b: flipped(len(b) // 3)(b))),
    "sealed text for a checkpoint": Row(CKPT, ("last.ckpt", "no checkpoint"), sealed(lambda b: b"weights")),
    "checkpoint of other weights": Row(
        CKPT, ("last.ckpt", "do not fit"), told(lambda c: c.update(state_dict={"x": torch.ones(1)}))
    ),
    "checkpoint without a shape": Row(
        CKPT, ("last.ckpt", "whole experiment", "shape"), told(lambda c: c["origin"].pop("shape") and None)
    ),
    "checkpoint with a letter for a shape": Row(
        CKPT, ("last.ckpt", "experiment"), told(lambda c: c["origin"].update(shape="abc"))
    ),
    "checkpoint of numbers for a state": Row(CKPT, ("last.ckpt", "do not fit"), told(lambda c: c.update(state_dict=3))),
    "checkpoint of a network of a billion weights": Row(
        CKPT,
        ("last.ckpt",),
        told(lambda c: c["origin"]["config"]["network"]["generator"].update(hidden=[30000, 30000])),
    ),
    **{
        f"checkpoint that names {target}": Row(
            CKPT, (f"latent._target_='{target}'", "not trusted"), part("latent", {"_target_": target, **arguments})
        )
        for target, arguments in {
            "os.system": {"command": CANARY},
            "builtins.exec": {"_args_": ["open('canary', 'w')"]},
            "hydra.utils.get_method": {"path": "os.system"},
            "hydra.utils.instantiate": {"config": {"x": 1}},
            "torch.hub.load": {"repo_or_dir": ".", "model": "x", "source": "local"},
            "torch.load": {"f": "x", "weights_only": False},
            "subprocess.Popen": {"args": CANARY, "shell": True},
            "gan_runner.data.fetching.packages.run": {"command": ["touch", "canary"], "folder": "."},
            "gan_runner.runs.record.subprocess.run": {"args": CANARY, "shell": True},
        }.items()
    },
    "checkpoint that nests os.system in lists": Row(
        CKPT,
        ("loss.x[0][1]._target_='os.system'", "not trusted"),
        part("loss", {"x": [[1, {"_target_": "os.system", "command": CANARY}]]}),
    ),
    "checkpoint that pairs up os.system": Row(
        CKPT, ("latent[0]", "not a plain value"), part("latent", [["_target_", "os.system"], ["command", CANARY]])
    ),
    "checkpoint that interpolates": Row(
        CKPT, ("latent", "not a plain value"), part("latent", "${oc.create:{_target_:os.system}}")
    ),
}
