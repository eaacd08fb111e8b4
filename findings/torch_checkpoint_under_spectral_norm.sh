#!/usr/bin/env bash
# torch 2.14.1: gradient checkpointing of a network under spectral norm gives other gradients, and says nothing.
#
# Guess:  torch.utils.checkpoint costs time and saves memory, and gradients stay those of the plain pass; it takes care
#         of what would differ the second time, as it puts back random numbers for dropout.
# Found:  spectral norm makes a power iteration at each forward pass in training mode, and so one more in the pass that
#         is run again in backward, with another norm to divide by: gradients are 1 % off for a new critic of three
#         layers of 64, reentrant or not. The next step begins with other vectors too. BatchNorm counts the batch
#         twice. In evaluation mode, or without the norm, gradients are equal to the bit.
# Meets:  whoever checkpoints a discriminator to fit a larger image, or compares runs with and without.
# Way out: freeze the norm while the pass is run again: layer.parametrizations.eval() before backward(), train() after.
#
# Installs the pinned packages in a temporary folder, runs them on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet torch==2.14.1 numpy==2.4.6
cat >"$place/critic.py" <<'PY'
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.utils.checkpoint import checkpoint


def critic(norm):
    torch.manual_seed(0)
    layers = [norm(nn.Linear(64, 64)), nn.LeakyReLU(0.2), norm(nn.Linear(64, 64)), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, norm(nn.Linear(64, 1)))


def gradients(network, passed, frozen=False):
    torch.manual_seed(1)
    images = torch.randn(32, 64, requires_grad=True)
    loss = passed(network, images).mean()
    if frozen:
        [layer.parametrizations.eval() for layer in network[::2]]
    loss.backward()
    return torch.cat([weight.grad.flatten() for weight in network.parameters()])


def again(reentrant):
    return lambda network, images: checkpoint(network, images, use_reentrant=reentrant)


def off(norm, reentrant, mode=True, frozen=False):
    plain = gradients(critic(norm).train(mode), lambda network, images: network(images))
    return (gradients(critic(norm).train(mode), again(reentrant), frozen) - plain).norm() / plain.norm()


for reentrant in (True, False):
    print(f"reentrant {reentrant}: {100 * off(spectral_norm, reentrant):.0f} %")
print(f"without the norm: {off(lambda layer: layer, False):.0e}")
print(f"in evaluation mode: {off(spectral_norm, False, mode=False):.0e}")
print(f"frozen in backward: {off(spectral_norm, False, frozen=True):.0e}")
batches = nn.BatchNorm1d(64)
gradients(batches, again(False))
print(f"batches counted by BatchNorm: {batches.num_batches_tracked}")
PY
found=$("$place/venv/bin/python" "$place/critic.py")
expect() { grep -qFx -- "$1" <<<"$found" || { echo "changed: expected «$1», got: $found" >&2; exit 1; }; echo "as found: $1"; }

expect "reentrant True: 1 %"
expect "reentrant False: 1 %"
expect "without the norm: 0e+00"
expect "in evaluation mode: 0e+00"
expect "frozen in backward: 0e+00"
expect "batches counted by BatchNorm: 2"
