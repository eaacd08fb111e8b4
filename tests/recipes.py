"""The recipes there are, by what their games start from."""

from gan_runner.cli.groups import CONFIGS

MODELS = sorted(path.stem for path in (CONFIGS / "model").glob("*.yaml"))
TRANSLATING = [name for name in MODELS if "systems.translation." in (CONFIGS / "model" / f"{name}.yaml").read_text()]
"""Need data of two domains: tests/systems/test_translation.py plays them."""
FROM_LATENTS = [name for name in MODELS if name not in TRANSLATING]
