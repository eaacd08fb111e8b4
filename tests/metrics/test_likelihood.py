"""Nats of held-out images, as a loop over a VAE's own parts finds them."""

from typing import Any

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from gan_runner.assemble import assemble
from gan_runner.evaluation.choosing import judge_of, judged
from gan_runner.images.ranges import to_unit_range
from gan_runner.metrics.likelihood import Likelihood

SMALL = ("model=vae", "data=digits", "data.image_size=8", "latent.latent_dim=3", "network.hidden=[16]")


def figures(composed: Any, *overrides: str, **settings: Any) -> tuple[Any, Any, dict[str, float]]:
    torch.manual_seed(0)
    experiment = assemble(composed(*SMALL, *overrides))
    system, data = experiment.system.train(), experiment.data
    judge = judge_of({"likelihood": Likelihood(**settings)}, None, (), system=system)
    found = judged(judge, system, data, 100).scalars
    return system, data, dict(found)


def test_the_kl_and_the_cross_entropy_are_those_of_torch_s_distributions(composed: Any) -> None:
    system, data, found = figures(composed)
    batch = data.deck("test")[torch.arange(180)]
    real = to_unit_range(batch.real)
    with torch.no_grad():
        mean, log_variance = system.eval().network.describe(real)
        kl = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(1).mean()
        many = []
        for _ in range(20):
            logits = system.network.output(Normal(mean, (log_variance / 2).exp()).sample())
            likelihood = Bernoulli(logits=logits, validate_args=False).log_prob((real + 1) / 2)
            many.append(-likelihood.flatten(1).sum(1).mean())
    assert found["kl_nats/bernoulli/180"] == pytest.approx(kl.item(), rel=1e-5)
    assert found["nats/bernoulli/180"] == pytest.approx(torch.stack(many).mean().item(), rel=0.01)
    assert found["nelbo/bernoulli/180"] == pytest.approx(found["nats/bernoulli/180"] + found["kl_nats/bernoulli/180"])


def test_weights_of_the_terms_do_not_count_and_the_same_code_is_drawn_again(composed: Any) -> None:
    _, _, plain = figures(composed)
    _, _, weighted = figures(composed, "system.beta=4")
    assert plain == weighted


@pytest.mark.parametrize("model", ["autoencoder", "aae"])
def test_an_autoencoder_has_no_kl(composed: Any, model: str) -> None:
    _, _, found = figures(composed, f"model={model}")
    assert found.keys() == {"nats/gaussian/180"}


def test_a_conditional_run_is_told_the_labels(composed: Any) -> None:
    system, data, found = figures(composed, "model=cvae", images=50)
    deck, seen = data.deck("test"), []
    real = system.network.encoder.forward
    system.network.encoder.forward = lambda image, label=None: (seen.append(label), real(image, label))[1]
    judge = judge_of({"likelihood": Likelihood(images=50)}, None, (), system=system)
    judged(judge, system, data, 100)
    order = torch.randperm(len(deck), generator=torch.Generator().manual_seed(0))[:50].sort().values
    assert torch.equal(torch.cat(seen), deck[order].label)
    assert found.keys() == {f"{name}/bernoulli/50" for name in ("nats", "kl_nats", "nelbo")}
