"""Nothing that says who a patient is leaves the files: a run on them is searched, byte by byte."""

import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fixtures.medical import SECRETS, dicom, nifti
from fixtures.small_folders import FOLDER


def texts(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Each file below a folder: its name, its bytes, and what is packed in them."""
    for path in folder.rglob("*"):
        name = str(path.relative_to(folder))
        yield name, name.encode()
        if not path.is_file():
            continue
        content = path.read_bytes()
        yield name, content
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                yield from ((f"{name}/{member}", packed.read(member)) for member in packed.namelist())
        if content.startswith(b"\x89PNG"):
            yield from ((name, chunk) for chunk in unpacked(content))


def unpacked(content: bytes) -> Iterator[bytes]:
    """The texts of a PNG that are compressed."""
    for kind in (b"zTXt", b"iTXt", b"iCCP"):
        place = content.find(kind)
        while place >= 0:
            start = content.find(b"x\x9c", place)
            if start >= 0:
                yield zlib.decompressobj().decompress(content[start:])
            place = content.find(kind, place + 4)


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Slices of series, one of them damaged, an enhanced file, volumes, and one that cannot be read."""
    chance = np.random.default_rng(0)
    root = tmp_path / "scans"
    for number in range(12):
        values = chance.integers(-900, 1200, (12, 12)).astype(np.int16)
        dicom(
            root / f"{number:02}.dcm", values, SeriesInstanceUID=f"1.2.{number // 3}", InstanceNumber=number,
            RescaleSlope=1, RescaleIntercept=-24, WindowCenter=40, WindowWidth=400, PixelPaddingValue=-900,
        )  # fmt: skip
    whole = (root / "03.dcm").read_bytes()
    (root / "cut.dcm").write_bytes(whole[: len(whole) - 100])
    dicom(root / "report.dcm", None)
    with warnings.catch_warnings():  # of an age that is a name
        warnings.simplefilter("ignore")
        dicom(
            root / "wrong.dcm", values, PatientWeight=70, PatientAge="PANZA^SANCHO", RescaleSlope=2, RescaleIntercept=0
        )
    dicom(root / "film.dcm", chance.integers(0, 1200, (3, 12, 12)).astype(np.int16), RescaleSlope=1, RescaleIntercept=0)
    for number in range(3):
        nifti(root / f"{number}.nii.gz", chance.normal(size=(12, 12, 4)).astype(np.float32) * 500, kind=np.int16)
    return root


def test_nothing_that_names_a_person_is_copied(
    scans: Path, tmp_path: Path, run_command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    common = (f"data.root={scans}", "data.channels=1", "data.pages=all", "data.window=[40,400]")
    said = [
        run_command("gan-train", *FOLDER, *common, "paths.cache=cache", "hydra.run.dir=run"),
        run_command("gan-train", *FOLDER, *common, "data.stream=true", "data.on_error=fail", "hydra.run.dir=failed"),
        run_command("gan-sample", "run=run", "num_samples=4", "output=samples.tiff", "accelerator=cpu"),
        run_command(
            "gan-data",
            f"root={scans}",
            "channels=1",
            "pages=all",
            "image_size=8",
            "json=seen.json",
            "grid=seen.png",
            "output=seen.zip",
            "cache=cache",
        ),
        run_command("gan-report", "run=run", "output=page.html", "overwrite=true"),
    ]
    assert said[0].code == 0, said[0].err
    assert said[2].code == said[3].code == 0, said[2].err + said[3].err
    found = list(texts(tmp_path / "work"))
    names = {name for name, _ in found}
    assert any("cache" in name for name in names)
    assert {"run/run.json", "samples.tiff", "seen.json", "seen.zip"} <= names
    printed = "".join(one.out + one.err for one in said)
    planted = b"".join(path.read_bytes() for path in scans.iterdir() if path.suffix == ".dcm")
    for secret in SECRETS:
        assert secret not in printed, secret
        for kind in ("utf-8", "utf-16-le"):
            assert not [name for name, content in found if secret.encode(kind) in content], secret
    assert b"QUIJANO" in planted
