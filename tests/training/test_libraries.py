"""What comes with Lightning, and what does not."""

import subprocess
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

import pytest
import torch

from gan_runner.training.libraries import hidden


def test_a_hidden_package_seems_not_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "yaml")
    with hidden("yaml", "PyYAML"):
        with pytest.raises(ModuleNotFoundError, match="No module named 'yaml'"):
            import_module("yaml")
        with pytest.raises(ModuleNotFoundError):
            find_spec("yaml")
        with pytest.raises(PackageNotFoundError):
            version("PyYAML")
        assert version("pydantic")
        assert find_spec("sqlite3") is not None
    assert version("PyYAML")
    assert import_module("yaml")


def test_a_package_that_is_imported_in_part_is_not_hidden() -> None:
    import_module("xml")
    with hidden("xml"):
        assert import_module("xml.sax.saxutils")
    code = (
        "import scipy, sys; from gan_runner.training import libraries; libraries.load()\n"
        "assert 'scipy.signal' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_it_is_found_again_after_an_error() -> None:
    finders = list(sys.meta_path)
    with pytest.raises(ZeroDivisionError), hidden("yaml"):
        raise ZeroDivisionError
    assert sys.meta_path == finders


def test_lightning_comes_without_a_plotting_library_and_without_advice() -> None:
    code = (
        "import logging, sys; from gan_runner.training import libraries; libraries.load()\n"
        "assert 'pytorch_lightning' in sys.modules\n"
        "assert not {'matplotlib', 'scipy', 'sklearn', 'pandas'} & set(sys.modules)\n"
        "assert logging.getLogger('pytorch_lightning').level == logging.WARNING\n"
        "import scipy  # for whoever asks for it himself\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.skipif(torch.cuda.is_available(), reason="has a GPU")
def test_an_update_looks_for_no_driver_where_there_is_none() -> None:
    code = (
        "import ctypes; from gan_runner.training import libraries; libraries.load()\n"
        "import torch\n"
        "weight = torch.nn.Parameter(torch.ones(2)); weight.grad = torch.ones(2)\n"
        "step = torch.optim.Adam([weight]).step; step()\n"
        "opened = []; load = ctypes.CDLL.__init__\n"
        "ctypes.CDLL.__init__ = lambda self, *names, **rest: (opened.append(names), load(self, *names, **rest))[1]\n"
        "step(); assert not opened, opened\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
