"""Packages imported for a try, in a process of their own: what crashes or hangs there does neither here."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from gan_runner.doctor.devices import BF16

PATIENCE = 60
"""Seconds that imports may take; on a network disk they take long."""
CODE = "import sys; sys.path[:] = {path!r}; from gan_runner.doctor.probe import tell; tell({names!r})"


class Probe:
    """Imports packages, which goes on beside whatever else is looked at."""

    def __init__(self, *names: str) -> None:
        self.names = names
        code = CODE.format(path=sys.path, names=names)
        self._process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def told(self) -> dict[str, Any]:
        """Of each package "error", in a sentence or None; of torch its devices too."""
        try:
            out, err = self._process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            return self._all(f"its import did not end within {PATIENCE} seconds")
        try:
            found: dict[str, Any] = json.loads(out.splitlines()[-1])
        except (IndexError, ValueError):
            last = (err.decode(errors="replace").strip().splitlines() or [""])[-1]
            code = self._process.returncode
            return self._all(f"its import ends Python ({f'signal {-code}' if code < 0 else last})")
        return found

    def _all(self, error: str) -> dict[str, Any]:
        return {name: {"error": error} for name in self.names}


def tell(names: Sequence[str]) -> None:
    """Print what comes of importing each, as JSON in one line."""
    found: dict[str, Any] = {}
    for name in names:
        try:
            module = importlib.import_module(name)
            found[name] = {"error": None, **(_of_torch(module) if name == "torch" else {})}
        except BaseException as error:  # whatever an import does
            found[name] = {"error": " ".join(f"{type(error).__name__}: {error}".split())}
    print(f"\n{json.dumps(found)}", flush=True)


def _of_torch(torch: Any) -> dict[str, Any]:
    """What torch was built for, and what it finds."""
    capabilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    return {
        "version": torch.__version__,
        "cuda": torch.version.cuda,
        "hip": torch.version.hip,
        "threads": torch.get_num_threads(),
        "native_bf16": any(capabilities.get(name, False) for name in BF16),
        "mps": torch.backends.mps.is_available(),
        "gpus": [_gpu(torch.cuda.get_device_properties(i)) for i in range(torch.cuda.device_count())],
    }


def _gpu(found: Any) -> dict[str, Any]:
    return {"name": found.name, "memory": found.total_memory, "capability": f"{found.major}.{found.minor}"}
