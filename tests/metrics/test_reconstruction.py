"""Reconstruction: torchmetrics' PSNR of each image, and differences by hand. test_ssim.py holds the similarity."""

import pytest
import torch
from torchmetrics.functional.image import peak_signal_noise_ratio

from gan_runner.metrics.reconstruction import CEILING, Reconstruction
from gan_runner.metrics.ssim import ssim


def images(seed: int, count: int = 3, side: int = 16) -> torch.Tensor:
    return 2 * torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(seed)) - 1


def score(translated: torch.Tensor, target: torch.Tensor) -> dict[str, torch.Tensor]:
    return Reconstruction().score({"translated": translated, "target": target})


def test_a_constant_difference_by_hand() -> None:
    found = score(torch.full((2, 1, 16, 16), 0.1), torch.tensor([0.3, -0.4]).view(2, 1, 1, 1).expand(2, 1, 16, 16))
    assert found["l1"].tolist() == pytest.approx([0.2, 0.5])
    assert found["psnr"].tolist() == pytest.approx([20.0, 12.0412], abs=1e-4)  # 10 log10(4 / .04), 10 log10(4 / .25)


def test_each_image_against_torchmetrics() -> None:
    found, a, b = score(images(0), images(1)), images(0), images(1)
    for index in range(3):
        pair = a[index : index + 1], b[index : index + 1]
        psnr = peak_signal_noise_ratio(*pair, data_range=2.0)
        assert found["psnr"][index].item() == pytest.approx(psnr.item(), rel=1e-5)
        assert found["ssim"][index].item() == pytest.approx(ssim(*pair).item(), abs=1e-6)
        assert found["l1"][index].item() == pytest.approx((pair[0] - pair[1]).abs().mean().item(), rel=1e-5)


def test_what_is_right_to_the_bit_scores_the_most_a_byte_can_tell() -> None:
    found = score(images(0, side=8), images(0, side=8))
    assert found["l1"].tolist() == [0, 0, 0]
    assert found["psnr"].tolist() == pytest.approx([CEILING] * 3)
    assert pytest.approx(58.9, abs=0.05) == CEILING
    assert found["ssim"].tolist() == pytest.approx([1, 1, 1])


def test_it_is_named_by_the_direction() -> None:
    metric = Reconstruction()
    assert [metric.named(scalar, "b2a") for scalar in metric.gives] == ["b2a_l1", "b2a_psnr", "b2a_ssim"]
