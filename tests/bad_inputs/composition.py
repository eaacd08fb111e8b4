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
    "a key of tutorials": Row(keys("lr=0.1"), ("unknown key lr", "did you mean optimizer.lr?")),
    "a loss of slides": Row(keys("loss=mse"), ("loss=mse does not exist", "did you mean loss=least_squares?")),
    "a remedy that is no trick": Row(keys("tricks=[dropout]"), ("network=mlp network.discriminator.dropout=0.3",)),
    "a key in Spanish": Row(
        keys("pérdida=mínimos_cuadrados"), ("unknown key pérdida", "did you mean loss=least_squares?")
    ),
    "words in the place of a key": Row(
        keys("latent regularisation=1"), ("unknown key latent regularisation", "tricks=[latent_regression]")
    ),
    "help on nothing": Row((TRAIN, "--help", "spectralnorm"), ("nothing is called spectralnorm", "spectral_norm")),
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
    "reference to nothing": Row(keys("seed=${nowhere}"), ("seed=${nowhere} refers to nowhere, which is not there",)),
    "reference to a name misspelt": Row(
        keys("data.batch_size=${data.batchsize}"), ("refers to data.batchsize", "did you mean data.batch_size?")
    ),
    "reference to no variable": Row(
        keys("seed=${oc.env:NOPE_NO_SUCH}"), ("variable NOPE_NO_SUCH is not set", "default")
    ),
    "added key that nothing reads": Row(keys("+foo=1"), ("unknown key foo",)),
    "added setting of a trick that is not on": Row(
        keys("+tricks.ema.decay=.9"), ("tricks.ema is not on", "+tricks@tricks.ema=ema")
    ),
    "added setting of no metric": Row(keys("+metrics.foo.bar=1"), ("unknown key metrics.foo.bar", "no metrics.foo")),
    "added setting of both players": Row(
        keys("+optimizer.weight_decay=0.1"),
        (
            "unknown key optimizer.weight_decay",
            "optimizer.generator.weight_decay=… optimizer.discriminator.weight_decay",
        ),
    ),
    "added a trick in place of all": Row(keys("+tricks@tricks=ema"), ("in place of all", "+tricks@tricks.ema=ema")),
    "added what is there": Row(keys("+seed=3"), ("seed is there already", "without +")),
    "no length": Row(keys("~trainer.max_steps"), ("~trainer.max_steps", "trainer.max_steps=")),
    "no data": Row(keys("~data"), ("no game goes without", "digits")),
    "a list of no data": Row(keys("data=[]"), ("data=[] is a list, and there is one data", "data=<option>", "digits")),
    "a list of data": Row(keys("data=[mnist,digits]"), ("data=[mnist,digits] is a list", "data=mnist")),
    "no seed": Row(keys("~seed"), ("~seed", "as in seed=0")),
    "no folder for runs": Row(keys("~paths.outputs"), ("~paths.outputs", "paths.outputs=outputs")),
    "no tricks, by a sign": Row(keys("~tricks"), ("tricks=[]",)),
    "no generator": Row(keys("~network.generator"), ("~network.generator", "needs")),
    "a player by its option": Row(keys("network/generator=mlp"), ("network=mlp", "dcgan")),
    "an option for a player": Row(keys("network.generator=mlp"), ("network=mlp chooses that option",)),
    "a class of no package": Row(keys("data._target_=foo.Bar"), ("data._target_=foo.Bar", "no module foo")),
    "a class misspelt": Row(keys("loss._target_=gan_runner.losses.hinge.Hing"), ("did you mean Hinge?",)),
    "a class with another's settings": Row(
        keys("loss._target_=gan_runner.losses.hinge.Hinge"), ("label_smoothing", "choose loss=hinge")
    ),
    "no such view": Row((TRAIN, "--cfg", "jobb"), ("--cfg", "invalid choice: 'jobb'", "hydra")),
    "no such information": Row((TRAIN, "--info", "nope"), ("--info", "invalid choice: 'nope'", "searchpath")),
    "values parted without a sweep": Row(keys("seed=1,2"), ("seed=1,2 has a comma", "-m plays a run for each")),
    "a path of nothing": Row((TRAIN, "data=folder", "data.root="), ("data.root= names no file or folder",)),
    "nothing to resume": Row((TRAIN, "resume="), ("resume= names no file or folder",)),
    "reference to itself": Row(keys("seed=${seed}"), ("Recursive", "seed")),
}
