"""Images that cannot be scored, runs that give no scores, classes that cannot be left out."""

import io

from PIL import Image

from bad_inputs.runs import run
from bad_inputs.scene import DRAWN, PLAYERS, QUICK, TRAIN, Row, both, file

DETECT = "gan-detect"
RUN = (DETECT, "run=run", "accelerator=cpu")
FILES = (*RUN, "input=photo.png", "output=x.csv")
SEARCHED = (*FILES, "search_steps=1")


def photo(side: int, mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    bands = [Image.effect_noise((side, side), 60) for _ in mode]
    Image.merge(mode, bands).save(buffer, "PNG")
    return buffer.getvalue()


def trained(*overrides: str) -> tuple[str, ...]:
    return (TRAIN, *DRAWN, "data.num_classes=3", *overrides)


ROWS: dict[str, Row] = {
    "detect by nothing": Row((DETECT, "input=photo.png", "output=x.csv"), ("run=<run folder>", "ckpt=")),
    "detect nothing": Row((*RUN, "output=x.csv"), ("input has no value", "a folder of images"), run()),
    "detect what is not there": Row(FILES, ("input=photo.png does not exist",), run()),
    "detect a folder of none": Row((*RUN, "input=run", "output=x.csv"), ("input=run holds no images",), run()),
    "detect to nowhere": Row(
        (*RUN, "input=photo.png"), ("output has no value", "<file>.csv"), both(run(), file("photo.png"))
    ),
    "detect to a picture": Row(
        (*RUN, "input=photo.png", "output=x.png"), ("output=x.png", "output=<file>.csv"), both(run(), file("photo.png"))
    ),
    "detect over a file": Row(
        FILES, ("x.csv exists already", "overwrite=true"), both(run(), file("photo.png"), file("x.csv", "mine"))
    ),
    "detect with a panel over an image": Row(
        (*FILES, "panel=photo.png", "overwrite=true"),
        ("panel=photo.png would replace an image",),
        both(run(), file("photo.png", "mine")),
    ),
    "detect by normals that are not there": Row(
        (*FILES, "normal=good"), ("normal=good does not exist",), both(run(), file("photo.png"))
    ),
    "detect by normals for no threshold": Row(
        (*FILES, "normal=photo.png", "false_alarms=null"),
        ("normal= is for thresholds", "false_alarms=null"),
        both(run(), file("photo.png")),
    ),
    "detect with all alarms false": Row((*FILES, "false_alarms=1"), ("false_alarms=1", "less than 1"), run()),
    "detect by a run that gives no scores": Row(
        FILES, ("holds a GAN, which gives no scores", "search_steps=500"), both(run(), file("photo.png", photo(8)))
    ),
    "detect without any normals": Row(
        SEARCHED,
        ("has no scores of normal images", "normal=<folder", "false_alarms=null"),
        both(run(), file("photo.png", photo(8))),
    ),
    "detect by too few normals": Row(
        (*SEARCHED, "normal=photo.png"),
        ("false_alarms=0.05 needs", "19 normal images or more, of 1", "false_alarms=0.5"),
        both(run(), file("photo.png", photo(8))),
    ),
    "detect an image of another size": Row(
        (*SEARCHED, "false_alarms=null"),
        ("photo.png has 9×9 pixels", "trained on 8×8", "fit=border"),
        both(run(), file("photo.png", photo(9))),
    ),
    "detect a grey image by a run of colours": Row(
        (*SEARCHED, "false_alarms=null"),
        ("photo.png is grey", "trained on colour", "fit=stretch"),
        both(run(), file("photo.png", photo(8, "L"))),
    ),
    "detect what is no image": Row(
        (*SEARCHED, "false_alarms=null"),
        ("none of 1 image(s) could be read: photo.png",),
        both(run(), file("photo.png", "no picture")),
    ),
    "detect with an unknown key": Row((*FILES, "inptu=x"), ("unknown key inptu", "did you mean input?"), run()),
    "leave out a class that is not there": Row(
        trained("data.leave_out=[3]"), ("data.leave_out: 3 is no class of this data", "there are 0, 1, 2")
    ),
    "leave out every class": Row(
        trained("data.leave_out=[0,1,2]"), ("data.leave_out=[0,1,2] leaves no class to train on",)
    ),
    "choose classes twice": Row(
        trained("data.leave_out=[0]", "data.only=[1]"), ("data.only=[1]", "data.leave_out=[0]", "give one of them")
    ),
    "leave out of points": Row(
        (TRAIN, *QUICK, "data=ring", "data.leave_out=[3]"), ("data.leave_out=[3]", "points are without labels")
    ),
    "leave out of data without labels": Row(
        (TRAIN, *QUICK, "data=stacked_mnist", "data.only=[3]"),
        ("data.only=[3]", "StackedMNIST is without labels", "choose data with labels"),
    ),
    "leave out of damaged data": Row(
        (TRAIN, "model=denoising", "data.only=[3]", *QUICK[len(PLAYERS) :]), ("data=degraded", "set data.of.only")
    ),
    "anomalies where nothing is left out": Row(
        trained("metrics=[anomaly]", "metrics.anomaly.search_steps=1"),
        ("metrics.anomaly", "nothing is: set data.only=[<class>]"),
    ),
    "anomalies by a run that gives no scores": Row(
        trained("metrics=[anomaly]", "data.only=[1]"),
        ("metrics.anomaly measures nothing here", "metrics.anomaly.search_steps=500"),
    ),
    "anomalies by a run that restores damaged images": Row(
        (TRAIN, "model=autoencoder", "data=degraded", "data.of.only=[3]", "metrics=[anomaly]", *QUICK[len(PLAYERS) :]),
        ("metrics.anomaly measures nothing here", "data=degraded", "system.noise=2"),
    ),
    "the least AUROC for the best": Row(
        trained("metrics=[anomaly]", "data.only=[1]", "metrics.anomaly.search_steps=1", "evaluation.best=auroc"),
        ("evaluation.best=auroc/search1 is best at its max", "evaluation.mode=max"),
    ),
}
