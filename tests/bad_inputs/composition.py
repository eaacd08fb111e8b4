"""Options, groups and keys that do not exist, and lines that are no overrides."""

from bad_inputs.scene import TRAIN, Row, keys

ROWS: dict[str, Row] = {
    "unknown option": Row(keys("loss=hing"), ("loss=hing does not exist", "did you mean hinge?", "wasserstein")),
    "unknown system": Row(keys("system=pair"), ("system=pair does not exist", "did you mean paired?", "unpaired")),
    "no option, but what options share": Row(
        keys("system=_adversarial"), ("system must be a mapping with a _target_",)
    ),
    "unknown option of a list": Row(keys("tricks=[spectralnorm]"), ("did you mean spectral_norm?", "ema")),
    "unknown group": Row(keys("los=hinge"), ("unknown key los", "did you mean loss?")),
    "unknown key": Row(keys("data.batchsize=3"), ("unknown key data.batchsize", "did you mean data.batch_size?")),
    "added unknown key": Row(keys("+data.batchsize=3"), ("unknown key data.batchsize", "did you mean batch_size?")),
    "unknown experiment": Row(keys("experiment=nope"), ("experiment=nope does not exist", "known: digits")),
    "unknown configuration": Row((TRAIN, "--config-name=nope"), ("configuration nope does not exist", "train")),
    "unknown flag": Row((TRAIN, "--nope"), ("--nope", "gan-train --help")),
    "no option": Row(keys("loss=null"), ("loss=null", "hinge")),
    "a number for an option": Row(keys("tricks=5"), ("tricks=5", "ema")),
    "no value": Row(keys("seed"), ("'seed'", "key=value")),
    "no key": Row(keys("=3"), ("key=value", "'=3'")),
    "two equal signs": Row(keys("a=b=c"), ("a=b=c", "key=value")),
    "unclosed quote": Row(keys('data.kind="blobs'), ('data.kind="blobs', "key=value")),
    "unclosed list": Row(keys("data.image_size=["), ("data.image_size=[", "key=value")),
    "reference to nothing": Row(keys("seed=${nowhere}"), ("nowhere", "not found", "seed")),
    "reference to itself": Row(keys("seed=${seed}"), ("Recursive", "seed")),
}
