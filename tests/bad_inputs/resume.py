"""Runs that cannot be resumed."""

from bad_inputs.runs import in_folder_configuration, run, saved, told
from bad_inputs.scene import CANARY, TRAIN, Row, file

ROWS: dict[str, Row] = {
    "resume nothing": Row((TRAIN, "resume=nowhere"), ("nowhere is no run folder",)),
    "resume a file": Row((TRAIN, "resume=notes"), ("notes is no run folder",), file("notes", "text")),
    "resume a checkpoint": Row((TRAIN, "resume=run/checkpoints/last.ckpt"), ("is no run folder",), run()),
    "resume before the first save": Row(
        (TRAIN, "resume=run"), ("has no checkpoints/last.ckpt",), run(lambda f: (f / "checkpoints/last.ckpt").unlink())
    ),
    "resume an empty checkpoint": Row((TRAIN, "resume=run"), ("last.ckpt", "damaged"), saved(lambda b: b"")),
    "resume other weights": Row(
        (TRAIN, "resume=run", "network.generator.hidden=[5]"), ("last.ckpt", "do not fit"), run()
    ),
    "resume other weights all the same": Row(
        (TRAIN, "resume=run", "network.generator.hidden=[5]", "trainer.max_steps=2", "allow_changes=true"),
        ("last.ckpt", "do not fit"),
        run(),
    ),
    "resume with a wrong value": Row((TRAIN, "resume=run", "data.image_size=0"), ("data.image_size=0",), run()),
    "resume with another model": Row(
        (TRAIN, "resume=run", "model=dcgan"), ("model=dcgan chooses a part anew", "leave it out"), run()
    ),
    "resume with another system": Row(
        (TRAIN, "resume=run", "system=paired"), ("system=paired chooses a part anew", "leave it out"), run()
    ),
    "resume with another prior": Row(
        (TRAIN, "resume=run", "latent=uniform"), ("latent=uniform chooses a part anew", "leave it out"), run()
    ),
    "resume with another turn": Row(
        (TRAIN, "resume=run", "system.generator_steps=2"),
        ("system.generator_steps was 1, is 2", "allow_changes"),
        run(),
    ),
    "resume without a state": Row(
        (TRAIN, "resume=run", "trainer.max_steps=2"),
        ("last.ckpt", "lacks"),
        told(lambda c: c.pop("optimizer_states") and None),
    ),
    "resume a damaged configuration": Row(
        (TRAIN, "resume=run"), (".hydra/config.yaml",), in_folder_configuration("}{")
    ),
    "resume a binary configuration": Row(
        (TRAIN, "resume=run"), (".hydra/config.yaml",), run(lambda f: (f / ".hydra/config.yaml").write_bytes(b"\xff\0"))
    ),
    "resume a configuration of os.system": Row(
        (TRAIN, "resume=run"),
        ("os.system", "not trusted"),
        in_folder_configuration(f"\nevil: {{_target_: os.system, command: {CANARY}}}\n"),
    ),
    "resume a configuration with Hydra's own callbacks": Row(
        (TRAIN, "resume=run"),
        ("hydra", "not trusted"),
        in_folder_configuration(f"\nhydra: {{callbacks: {{x: {{_target_: os.system, command: {CANARY}}}}}}}\n"),
    ),
}
