"""Values of keys that are of the wrong kind, out of range, or do not fit each other."""

from bad_inputs.scene import QUICK, TRAIN, Row, file, keys

ROWS: dict[str, Row] = {
    "letters for a number": Row(keys("data.batch_size=many"), ("data.batch_size='many'", "valid integer")),
    "fraction for an integer": Row(keys("system.generator_steps=1.5"), ("system.generator_steps=1.5", "integer")),
    "letters for a switch": Row(keys("data.augment.hflip=often"), ("data.augment.hflip='often'", "boolean")),
    "letters for another switch": Row(keys("network.conditional=maybe"), ("network.conditional='maybe'", "boolean")),
    "a number for a part": Row(keys("+tricks.ema=5"), ("tricks.ema", "_target_", "5")),
    "no optimizer": Row(keys("optimizer.generator=null"), ("optimizer.generator", "_target_")),
    "a list of one beta": Row(keys("optimizer.betas=[0.5]"), ("optimizer.betas=[0.5]", "more elements")),
    "a list of no widths": Row(keys("network.generator.hidden=[]"), ("network.generator.hidden=[]", "at least 1")),
    "negative rate of a player": Row(keys("optimizer.generator.lr=-1"), ("optimizer.generator.lr=-1 is not valid",)),
    "whole float for a number": Row(keys("latent.latent_dim=1.0"), ("latent.latent_dim=1.0", "write 1")),
    "powers of ten for a number": Row(keys("trainer.max_steps=1e3"), ("trainer.max_steps=1000.0", "write 1000")),
    "a best figure that is measured no more": Row(
        (TRAIN, *QUICK, "data=digits", "~metrics.frechet"),
        ("evaluation.best=frechet", "set evaluation.best=null", "kid"),
    ),
    "what samples of no class teach": Row(
        (TRAIN, *QUICK, "data=digits", "+metrics@metrics.usefulness=usefulness"),
        ("metrics.usefulness", "held to", "model=cgan", "leave metrics.usefulness out"),
    ),
    "what samples of classes teach that nothing holds them to": Row(
        (TRAIN, *QUICK, "data=digits", "network.conditional=generator", "+metrics@metrics.usefulness=usefulness"),
        ("metrics.usefulness", "tricks=[auxiliary_classifier]", "leave metrics.usefulness out"),
    ),
    "what samples teach of data without labels": Row(
        (TRAIN, "model=dcgan", "data=folder", "data.root=photos", "+metrics@metrics.usefulness=usefulness"),
        ("metrics.usefulness", "gives none", "data.labels=true", "leave metrics.usefulness out"),
    ),
    "what samples of one class teach": Row(
        (TRAIN, "model=cgan", "data=synthetic", "data.num_classes=1", "+metrics@metrics.usefulness=usefulness"),
        ("metrics.usefulness", "one class", "leave metrics.usefulness out"),
    ),
    "what samples teach where nothing is kept to test on": Row(
        (TRAIN, "model=cgan", "data=digits", "data.holdout=0", "+metrics@metrics.usefulness=usefulness"),
        ("metrics.usefulness", "data.holdout=0.1", "leave metrics.usefulness out"),
    ),
    "a rate that lacks its other half": Row(
        keys("+schedule.generator={_target_: torch.optim.lr_scheduler.LinearLR}"),
        ("schedule.generator lacks _partial_", "+schedule.generator._partial_=true"),
    ),
    "negative seed": Row(keys("seed=-1"), ("seed=-1", "greater than or equal to 0")),
    "negative rate": Row(keys("optimizer.lr=-1"), ("optimizer.lr=-1 is not valid", "greater than or equal to 0")),
    "a decimal comma": Row(keys("optimizer.lr=0,001"), ("optimizer.lr=0.001", "-m plays a run for each")),
    "a decimal comma in quotes": Row(keys("optimizer.lr='0,001'"), ("write 0.001, with a point",)),
    "decimal commas in a list": Row(keys("optimizer.betas=[0,5,0,999]"), ("a number has a point, [0.5,0.999]",)),
    "a decimal comma in a sweep": Row(
        (TRAIN, "-m", "optimizer.lr=0,001"), ("would be played as optimizer.lr=0 and optimizer.lr=001",)
    ),
    "thousands with a comma": Row(keys("data.num_samples=1,024"), ("data.num_samples=1024",)),
    "rate that is no number": Row(keys("optimizer.lr=nan"), ("optimizer.lr=nan", "finite")),
    "rate in YAML's spelling": Row(keys("optimizer.lr=.nan"), ("optimizer.lr='.nan'", "valid number")),
    "infinite rate": Row(keys("optimizer.lr=inf"), ("optimizer.lr=inf", "finite")),
    "infinite rate in YAML's spelling": Row(keys("optimizer.lr=.inf"), ("optimizer.lr='.inf'", "number")),
    "infinite noise": Row(
        keys("tricks=[instance_noise]", "tricks.instance_noise.std=inf"), ("tricks.instance_noise.std=inf", "finite")
    ),
    "no way to a slope": Row(keys("tricks=[r1]", "tricks.r1.by=numeric"), ("tricks.r1.by='numeric'", "autograd")),
    "a step of nothing": Row(keys("tricks=[r2]", "tricks.r2.sigma=0"), ("tricks.r2.sigma=0", "greater than 0")),
    "more than the batch": Row(keys("tricks=[r1]", "tricks.r1.share=2"), ("tricks.r1.share=2", "less than or equal")),
    "a part of a batch that is compared": Row(
        keys("tricks=[r1,minibatch_stddev]", "tricks.r1.share=.25"),
        ("tricks.r1.share=0.25", "compares the samples", "set tricks.r1.share=1"),
    ),
    "decay above one": Row(keys("tricks=[ema]", "tricks.ema.decay=2"), ("tricks.ema.decay=2", "less than 1")),
    "empty latent": Row(keys("latent.latent_dim=0"), ("latent.latent_dim=0", "greater than or equal to 1")),
    "no steps": Row(keys("trainer.max_steps=0"), ("trainer.max_steps=0", "greater than or equal to 1", "-1")),
    "schedule without an end": Row(
        keys("schedule=cosine", "trainer.max_steps=-1"), ("schedule.generator.T_max=-1", "trainer.max_steps")
    ),
    "clip at zero": Row(keys("system.gradient_clip.generator=0"), ("system.gradient_clip", "greater than 0")),
    "conditional without labels": Row(
        (TRAIN, *QUICK, "data=ring", "network.conditional=true"), ("network.conditional=true needs labels", "digits")
    ),
    "slices that do not divide": Row(keys("system.accumulate=3"), ("system.accumulate=3", "data.batch_size=4")),
    "a batch of one under BatchNorm": Row(
        keys("network.generator.batch_norm=true", "data.batch_size=1"),
        ("data.batch_size=1 leaves BatchNorm in the generator", "batch_size=2", "network.generator.batch_norm=false"),
    ),
    "slices of one under BatchNorm": Row(
        keys("network.generator.batch_norm=true", "system.accumulate=4"),
        ("data.batch_size=4 with system.accumulate=4 leaves BatchNorm in the generator", "data.batch_size=8"),
    ),
    "half a pack": Row(
        keys("tricks=[pacgan]", "tricks.pacgan.m=3"), ("tricks.pacgan", "data.batch_size=4", "the nearest is 3")
    ),
    "half a pack in a slice": Row(
        keys("tricks=[pacgan]", "system.accumulate=4"), ("tricks.pacgan", "accumulate=4", "the nearest is 8")
    ),
    "half a pack at a size": Row(
        (
            TRAIN,
            "model=progan_small",
            "data=digits",
            "+tricks@tricks.pacgan=pacgan",
            "tricks.growing.batch_sizes=[8,7]",
        ),
        ("tricks.pacgan", "tricks.growing.batch_sizes=7", "the nearest is 6"),
    ),
    "unreachable size": Row(
        (TRAIN, "model=dcgan", "data=synthetic", "data.image_size=30"), ("cannot reach 30×30", "28", "32")
    ),
    "a size of what is damaged": Row(
        (TRAIN, "model=deblurring", "data@data.of=synthetic", "data.of.image_size=30"),
        ("30×30", "data.of.image_size=32"),
    ),
    "a size that does not grow": Row(
        (TRAIN, "model=progan_small", "data=synthetic", "data.image_size=48"),
        ("cannot reach 48×48", "data.image_size=32"),
    ),
    "growing what does not grow": Row(
        (TRAIN, "model=dcgan", "data=digits", "tricks=[growing]"), ("tricks.growing", "network=progan")
    ),
    "growing batches that slices do not divide": Row(
        (TRAIN, "model=progan_small", "data=digits", "system.accumulate=4", "tricks.growing.batch_sizes=[8,6]"),
        ("system.accumulate=4", "tricks.growing.batch_sizes=6"),
    ),
    "growing batches larger than the set": Row(
        (TRAIN, "model=progan_small", "data=digits", "tricks.growing.batch_sizes=[4000]"),
        ("tricks.growing.batch_sizes=4000", "1617"),
    ),
    "a classifier of images without labels": Row(
        (TRAIN, "model=dcgan", "data=digits", "tricks=[auxiliary_classifier]"), ("network.conditional=generator",)
    ),
    "a folder that is no run's": Row(keys("paths.run=there"), ("paths.run=there", "hydra.run.dir=there")),
    "batch larger than the set": Row(keys("data.batch_size=9"), ("data.batch_size=9", "data.batch_size=8 or less")),
    "images of a terabyte": Row(keys("data.image_size=1000000"), ("not enough memory", "data.image_size")),
    "layer of a terabyte": Row(keys("network.generator.hidden=[100000000000]"), ("not enough memory", "network.width")),
    "set of a petabyte": Row(keys("data.num_samples=1000000000000000"), ("not enough memory", "data.num_samples")),
    "width beyond counting": Row(
        keys("network.generator.hidden=[1000000000000000000000]"), ("not enough memory", "network.width")
    ),
    "outputs nowhere": Row(keys("paths.outputs="), ("paths.outputs= names no folder", "paths.outputs=outputs")),
    "a run in no folder": Row(keys("paths.run=null"), ("paths.run=null names no folder",)),
    "no devices": Row(keys("trainer.devices=0"), ("trainer.devices=0 is not valid", "greater than or equal to 1")),
    "devices in words": Row(keys("trainer.devices=two"), ("trainer.devices='two' is not valid", "'auto'")),
    "one core twice": Row(keys("trainer.devices=[0,0]"), ("trainer.devices=[0, 0]", "trainer.devices=2")),
    "epochs below none": Row(keys("trainer.max_epochs=-7"), ("trainer.max_epochs=-7", "greater than or equal to 1")),
    "an accelerator of others": Row(keys("trainer.accelerator=tpu"), ("trainer.accelerator='tpu'", "'cpu'", "'gpu'")),
    "outputs in a file": Row(keys("paths.outputs=notes"), ("notes", "not a directory"), file("notes", "mine")),
}
