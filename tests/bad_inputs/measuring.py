"""Settings of metrics that cannot be, and metrics that do not fit the run."""

from bad_inputs.scene import QUICK, TRAIN, Row, keys


def asked(metric: str, *settings: str) -> tuple[str, ...]:
    return keys(f"+metrics@metrics.{metric}={metric}", *settings)


ROWS: dict[str, Row] = {
    "a line through two sizes": Row(
        asked("frechet_infinity", "metrics.frechet_infinity.points=2"),
        ("metrics.frechet_infinity.points=2", "greater than or equal to 3"),
    ),
    "a kernel of no width": Row(
        asked("rbf_mmd", "metrics.rbf_mmd.bandwidth=0"), ("metrics.rbf_mmd.bandwidth=0", "greater than 0")
    ),
    "a setting of what is as published": Row(asked("cmmd", "+metrics.cmmd.bandwidth=5"), ("metrics.cmmd.bandwidth",)),
    "an order below 0": Row(asked("vendi", "metrics.vendi.q=-1"), ("metrics.vendi.q=-1", "greater than or equal to 0")),
    "neighbours in no space": Row(
        asked("authenticity", "metrics.authenticity.space=latents"),
        ("metrics.authenticity.space", "features", "pixels"),
    ),
    "a best figure of classes that samples are held to none of": Row(
        (TRAIN, *QUICK, "data=digits", "evaluation.best=class_frechet_mean"),
        ("evaluation.best=class_frechet_mean", "set evaluation.best=null", "frechet"),
    ),
}
