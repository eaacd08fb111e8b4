"""What autoencoders cannot be, and what cannot be asked of them."""

import json
from collections.abc import Callable
from pathlib import Path

from bad_inputs.detect import photo
from bad_inputs.runs import run
from bad_inputs.scene import DRAWN, PLAYERS, QUICK, SAMPLE, TRAIN, TRANSLATE, Row, Scene, both, file, locked
from fixtures import commands

CODER = ("model=vae", "network.hidden=[4]", "latent.latent_dim=3")
IMAGES = DRAWN[len(PLAYERS) :]
POINTS = (TRAIN, *CODER, *QUICK[len(PLAYERS) :], "data=ring")
DETECT = ("gan-detect", "run=run", "accelerator=cpu", "input=photo.png", "output=x.csv")
BACK = (TRANSLATE, "run=run", "accelerator=cpu", "input=photo.png", "output=x.png")
WALK = (SAMPLE, "run=run", "accelerator=cpu", "output=x.png", "interpolate=true")
FROM_GAN = (TRAIN, "model=f_anogan", *DRAWN[1:], "network=mlp")
CLASSES = ("data=folder", "data.root=images", "data.labels=true", "data.image_size=8", "data.batch_size=2")


def vae(*overrides: str) -> tuple[str, ...]:
    return (TRAIN, *CODER, *IMAGES, *overrides)


def coder(*overrides: str) -> Callable[[Scene], None]:
    """A finished run of a VAE in run/."""

    def make(scene: Scene) -> None:
        with scene.monkeypatch.context() as patches:
            patches.chdir(scene.folder)
            assert commands.play(*vae(*overrides, "hydra.run.dir=run")) == 0

    return make


def unfinished(folder: Path) -> None:
    """As a run is left that was told to stop."""
    path = folder / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"status": "failed"}))


def of_one_class(scene: Scene) -> None:
    """Two classes to train on, and one to test by."""
    for folder, count in (("train/cat", 4), ("train/dog", 4), ("test/cat", 2)):
        for index in range(count):
            file(f"images/{folder}/{index}.png", photo(8))(scene)


ROWS: dict[str, Row] = {
    # what cannot be trained
    "a coin for each coordinate of points": Row(
        (*POINTS, "likelihood=bernoulli"),
        ("likelihood=bernoulli is of pixels between black and white", "likelihood=gaussian or likelihood=laplace"),
    ),
    "a likelihood for two adversaries": Row(
        (TRAIN, *DRAWN, "likelihood=bernoulli"),
        ("likelihood is what an autoencoder learns by", "leave it out", "model=autoencoder"),
    ),
    "an autoencoder without a likelihood": Row(
        vae("likelihood=null"), ("likelihood=null", "bernoulli, gaussian, laplace")
    ),
    "an unknown likelihood": Row(vae("likelihood=poisson"), ("poisson", "bernoulli", "gaussian", "laplace")),
    "a likelihood without a spread": Row(
        vae("likelihood=gaussian", "likelihood.sigma=0"), ("likelihood.sigma", "greater")
    ),
    "a spread that is no number": Row(
        vae("likelihood=gaussian", "likelihood.sigma=learnt"), ("likelihood.sigma", "learned")
    ),
    "a loss for an autoencoder": Row(vae("loss=hinge"), ("loss is what two adversaries play for", "leave loss out")),
    "a trick without an adversary": Row(
        vae("tricks=[r1]"), ("tricks.r1 needs a discriminator", "remove tricks.r1", "vae_gan")
    ),
    "a GAN's network for an autoencoder": Row(vae("network=dcgan"), ("network",)),
    "a label for one of two that are one": Row(
        vae("network.conditional=generator"), ("network.conditional=generator", "set network.conditional=true")
    ),
    "another prior for a VAE": Row(vae("latent=uniform"), ("a VAE holds its codes to independent normals",)),
    "a capacity and free bits": Row(
        vae("system.capacity=5", "system.free_bits=1"), ("set system.capacity=null or system.free_bits=0",)
    ),
    "a negative weight of the KL": Row(vae("system.beta=-1"), ("system.beta=-1",)),
    "samples from nowhere": Row(vae("system.sample_from=posterior"), ("system.sample_from", "prior", "mixture")),
    "a mixture that nothing fits": Row(
        vae("system.sample_from=mixture", "callbacks.codes=null"), ("system.sample_from=mixture", "callbacks.codes")
    ),
    "a network of images for points, of three networks": Row(
        (TRAIN, "model=ganomaly", *IMAGES[:3], "data=ring"),
        ("network=ganomaly makes images", "choose data of images, data=digits say, or model=autoencoder"),
    ),
    "a game of codes without its discriminator": Row(
        (TRAIN, "system=aae", "network=vae", *IMAGES), ("choose model=aae with network=vae or network=conv_vae",)
    ),
    "a game of codes with a discriminator of images": Row(
        (TRAIN, "model=aae", "network=ganomaly", *IMAGES),
        ("network=ganomaly has a discriminator of images", "network=conv_vae or network=vae"),
    ),
    "an encoder of the discriminator's kind beside one that a network has": Row(
        (TRAIN, "model=vae_gan", "network=ganomaly", *IMAGES),
        ("that network has one of its own: choose a network for games of two, network=dcgan",),
    ),
    "an encoder of no discriminator's architecture": Row(
        (TRAIN, "model=vae_gan", "network=conv_vae", *IMAGES),
        ("network.encoder.trunk refers to network.discriminator, and network=conv_vae has none", "network=dcgan"),
    ),
    "an encoder into a GAN by its system alone": Row(
        (TRAIN, "system=f_anogan", *IMAGES), ("choose model=f_anogan with a network for games of two, network=dcgan",)
    ),
    "an encoder into no GAN": Row(FROM_GAN, ("init_from=<",)),
    "an encoder into an unfinished GAN": Row(
        (*FROM_GAN, "init_from=run"), ("that run is failed", "gan-train resume="), run(unfinished)
    ),
    "anomalies where one class is tested": Row(
        (TRAIN, *CODER, *QUICK[len(PLAYERS) :], *CLASSES, "data.leave_out=[dog]", "metrics=[anomaly]"),
        ("metrics.anomaly: all 2 test images are normal, so that there is no AUROC",),
        of_one_class,
        code=0,
    ),
    "anomalies where nothing normal is tested": Row(
        (TRAIN, *CODER, *QUICK[len(PLAYERS) :], *CLASSES, "data.only=[dog]", "metrics=[anomaly]"),
        ("data.only leaves no sample in a split of 2", "keep a class that has some there"),
        of_one_class,
    ),
    # what cannot be asked of a run
    "bring back by a folder that cannot be read": Row(
        (*BACK[:3], "input=new", "output=x"), ("new",), both(coder(), file("new/a.png", photo(8)), locked("new"))
    ),
    "bring back files that cannot be read": Row(
        (*BACK[:3], "input=new", "output=x"),
        ("none of 1 image(s) could be read",),
        both(coder(), file("new/a.png", "no")),
    ),
    "errors of no autoencoder's images": Row(
        (*BACK, "errors=x.txt"), ("errors=x.txt", "<file>.csv"), both(coder(), file("photo.png", photo(8)))
    ),
    "damage of an unknown kind": Row(
        (*BACK, "damage=rain"), ("rain", "denoise"), both(coder(), file("photo.png", photo(8)))
    ),
    "a label for a run without labels": Row(
        (*BACK, "label=1"), ("label=1",), both(coder(), file("photo.png", photo(8)))
    ),
    "there and back of an autoencoder": Row(
        (*BACK, "cycle=true"), ("cycle=true needs a way back",), both(coder(), file("photo.png", photo(8)))
    ),
    "bring back by a way that is not learned": Row(
        (*BACK, "direction=b2a"), ("direction=b2a",), both(coder(), file("photo.png", photo(8)))
    ),
    "a walk between images of a run without codes": Row(
        (*WALK, "between=[photo.png,photo.png]"), ("between", "model=vae"), both(run(), file("photo.png", photo(8)))
    ),
    "a walk between images of another size": Row(
        (*WALK, "between=[photo.png,photo.png]"),
        ("photo.png", "9×9", "8×8"),
        both(coder(), file("photo.png", photo(9))),
    ),
    "a walk from an image alone": Row(
        (*WALK, "between=[photo.png]"), ("between",), both(coder(), file("photo.png", photo(8)))
    ),
    "a walk between images that are not there": Row(
        (*WALK, "between=[a.png,b.png]"), ("between names a.png, and there is no such file",), coder()
    ),
    "detect by an autoencoder images of another size": Row(
        (*DETECT, "false_alarms=null"),
        ("photo.png has 9×9 pixels", "trained on 8×8", "fit=border"),
        both(coder(), file("photo.png", photo(9))),
    ),
    "detect by an autoencoder images of other bands": Row(
        (*DETECT, "false_alarms=null"),
        ("photo.png is grey", "trained on colour"),
        both(coder(), file("photo.png", photo(8, "L"))),
    ),
    "detect by an autoencoder that is told the class": Row(
        (*DETECT, "false_alarms=null"),
        ("gives no scores", "network.conditional=false"),
        both(coder("network.conditional=true"), file("photo.png", photo(8))),
    ),
    "anomalies by an autoencoder that is told the class": Row(
        vae("network.conditional=true", "data.only=[1]", "metrics=[anomaly]"),
        ("metrics.anomaly measures nothing here", "network.conditional=false"),
    ),
    "detect in a folder that cannot be read": Row(
        (*DETECT[:3], "input=new", "output=x.csv", "false_alarms=null"),
        ("new",),
        both(coder(), file("new/a.png", photo(8)), locked("new")),
    ),
    "detect by normals of none": Row(
        (*DETECT, "normal=good"),
        ("normal=good holds no images",),
        both(coder(), file("photo.png", photo(8)), file("good/a.txt", "x")),
    ),
}
