"""What comes back of held-out images."""

from typing import Any

import pytest
import torch

from gan_runner.assemble import assemble
from gan_runner.data.gaussians import Gaussians
from gan_runner.evaluation.choosing import judge_of, judged, left_by
from gan_runner.images.ranges import to_bytes, to_unit_range
from gan_runner.metrics.reconstructed import Reconstructed, compare

SMALL = ("data=digits", "data.image_size=8", "latent.latent_dim=3")


def test_the_squared_error_is_a_sum_over_pixels_between_0_and_1() -> None:
    found = compare(torch.full((2, 1, 8, 8), -1.0), torch.tensor([1.0, 0.0]).view(2, 1, 1, 1).expand(2, 1, 8, 8))
    assert found["squared_error"].tolist() == pytest.approx([64.0, 16.0])
    assert found["l1"].tolist() == pytest.approx([2.0, 1.0])


def test_what_comes_back_is_rounded_to_bytes_as_translations_are_but_for_the_squared_error() -> None:
    real = to_unit_range(torch.randint(0, 256, (2, 1, 16, 16), dtype=torch.uint8))
    found, exact = compare(real + 0.3 * 2 / 255, real), compare(real, real)
    for name in ("l1", "psnr", "ssim"):
        assert found[name].tolist() == pytest.approx(exact[name].tolist(), abs=1e-5), name
    assert found["squared_error"].tolist() == pytest.approx([256 * (0.3 / 255) ** 2] * 2, rel=1e-3)


def test_what_is_not_finite_is_not_rounded_away() -> None:
    found = compare(torch.full((1, 1, 16, 16), torch.nan), torch.zeros(1, 1, 16, 16))
    assert not found["squared_error"].isfinite()


@pytest.mark.parametrize("model", ["vae", "wae", "vae_gan", "aae"])
def test_any_system_with_codes_is_asked(composed: Any, model: str) -> None:
    torch.manual_seed(0)
    experiment = assemble(composed(f"model={model}", *SMALL))
    system, data = experiment.system, experiment.data
    found = judged(judge_of({"back": Reconstructed()}, None, (), system=system), system, data, 100).scalars
    real = to_unit_range(data.deck("test")[torch.arange(180)].real)
    back = system.decode(system.encode(real))
    written = to_unit_range(to_bytes(back))
    assert found["l1/reconstruction/180"] == pytest.approx((written - real).abs().mean().item(), rel=1e-4)
    error = (back - real).square().flatten(1).sum(1).mean().item() / 4
    assert found["squared_error/reconstruction/180"] == pytest.approx(error, rel=1e-4)


def test_what_has_no_codes_or_restores_others_images_is_left_out(composed: Any) -> None:
    metrics = {"reconstructed": Reconstructed()}
    gan = assemble(composed("model=dcgan", "network.width=2", *SMALL)).system
    assert "choose an autoencoder" in left_by(metrics, (), gan)["reconstructed"]
    restoring = assemble(composed("model=autoencoder", "data=degraded", "data.of.image_size=8")).system
    assert "reconstructed" in left_by(metrics, ("a2b",), restoring)


def test_points_are_refused() -> None:
    with pytest.raises(ValueError, match=r"metrics\.reconstructed compares images"):
        Reconstructed().meet(Gaussians(), {"reconstruction": ["reconstruction"]})
