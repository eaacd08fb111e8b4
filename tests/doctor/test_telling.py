"""What was found, in lines."""

import json

from gan_runner.doctor.examination import Examination
from gan_runner.doctor.features import Feature
from gan_runner.doctor.packages import Package
from gan_runner.doctor.places import Place
from gan_runner.doctor.telling import as_json, lines
from gan_runner.doctor.troubles import missing, warning

FOUND = Examination(
    {"gan-runner": "0.1.0", "python": "3.12.1", "system": "Linux 6", "machine": "x86_64"},
    [Package("torch", "2.14.1+cu130", ">=2.11"), Package("scipy", None, "")],
    {"error": None, "version": "2.14.1+cu130", "cuda": "13.0", "hip": None, "threads": 4, "native_bf16": True,
     "mps": False, "gpus": [{"name": "H200", "memory": 150_000_000_000, "capability": "9.0"}]},
    {"processor": "EPYC", "cores": 64, "usable_cores": 1.5, "native_bf16": None, "memory": 8_000_000_000,
     "free_memory": 2_000_000_000, "nvidia": {"driver": "580.1", "gpus": []}},
    [Place("outputs", "outputs", "runs", True, 1_234_567, True, 50_000_000_000, "ext4", ""),
     Place("data", "~/data", "sets", False, 0, False, None, "", "")],
    {"variables": {"OMP_NUM_THREADS": "4"}, "shared_memory": 64_000_000, "encoding": "utf-8", "clock": "2026"},
    [Feature("web", "pages", (), ""), Feature("hub", "handing on", ("huggingface_hub",), "pip install x")],
    [warning("the clock is wrong", "set the clock"), missing("not installed: scipy", "pip install 'scipy'")],
)  # fmt: skip


def test_people_are_told_in_sections() -> None:
    told = "\n".join(lines(FOUND))
    assert told.startswith("gan-runner 0.1.0, Python 3.12.1, Linux 6, x86_64\n\nPackages\n")
    for line in (
        "  scipy  not installed",
        "  processor  EPYC: 1.5 of 64 cores may be used, multiplies bf16 itself",
        "  memory     8.0 GB, 2.0 GB free",
        "  torch      2.14.1+cu130, built for CUDA 13.0, 4 thread(s)",
        "  GPU        H200, 150.0 GB, compute capability 9.0",
        "  driver     NVIDIA 580.1",
        "  outputs  outputs  over 1.2 MB    50.0 GB free on ext4  runs",
        "  data     ~/data   not there yet                        sets",
        "  web  pages       ready",
        "  hub  handing on  needs huggingface_hub: pip install x",
        "  /dev/shm         64 MB free",
        "Beware: the clock is wrong -> set the clock",
        "Missing: not installed: scipy -> pip install 'scipy'",
    ):
        assert f"\n{line}\n" in told, told
    assert told.endswith("1 thing(s) that are needed do not work.")


def test_without_troubles_all_works() -> None:
    broken = {"error": "ImportError: x"}
    found = FOUND._replace(torch=broken, devices={**FOUND.devices, "nvidia": None, "memory": None}, troubles=[])
    told = [*lines(found)]
    assert told[-1] == "All that is needed works."
    assert "  torch      cannot be imported" in told
    assert "  GPU        none" in told


def test_programs_are_told_the_same() -> None:
    told = json.loads(as_json(FOUND))
    assert told["works"] is False
    assert told["places"][0]["size"] == 1_234_567
    assert told["troubles"][1] == {"level": "missing", "says": "not installed: scipy", "helps": "pip install 'scipy'"}
