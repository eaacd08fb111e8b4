"""The recipes there are, by what their games start from."""

import re

from gan_runner.cli.groups import CONFIGS

MODELS = sorted(path.stem for path in (CONFIGS / "model").glob("*.yaml"))
_TEXT = {name: (CONFIGS / "model" / f"{name}.yaml").read_text() for name in MODELS}
RESTORING = [name for name in MODELS if "override /data: degraded" in _TEXT[name]]
"""Bring their own sources: tests/systems/test_restoring.py plays them."""
TRANSLATING = [name for name in MODELS if re.search(r"systems\.(un)?paired\.", _TEXT[name]) and name not in RESTORING]
"""Need data of two domains: tests/systems/test_translation.py plays them."""
STAGED = [name for name in MODELS if "systems.two_stage." in _TEXT[name]]
"""Need pairs: tests/systems/test_two_stage.py plays them."""
FROM_LATENTS = [name for name in MODELS if name not in (*TRANSLATING, *RESTORING, *STAGED)]
