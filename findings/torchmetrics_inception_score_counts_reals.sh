#!/usr/bin/env bash
# torchmetrics 1.9.0: in one MetricCollection with FID, the Inception Score is that of real and generated together.
#
# Guess:  collection.update(images, real=True) reaches those that tell real from generated; InceptionScore, which has no
#         `real`, either refuses the word or leaves real images out.
# Found:  the collection drops the word where a metric does not know it, and updates that metric with the real images.
#         A generator that gives one image for all, whose score is 1, gets 2.93 here beside real images of 4 kinds. No
#         warning.
# Meets:  whoever puts FID, KID and Inception Score in one collection, which is what collections are for.
# Way out: keep the Inception Score out of the collection, and update it with generated images alone.
#
# Installs the pinned packages in a temporary folder, runs them on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet torchmetrics==1.9.0 torch==2.14.1 torchvision==0.29.1 numpy==2.4.6 scipy==1.17.1
cat >"$place/score.py" <<'PY'
import torch
from torchmetrics import MetricCollection
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.inception import InceptionScore
from torchmetrics.image.kid import KernelInceptionDistance


class Net(torch.nn.Module):
    """Images of one grey level -> the level among 4 as logits, by a net's own weights in place of Inception's."""

    num_features = 4

    def forward(self, images):
        level = (images[:, 0, 0, 0] // 64).long()
        return 20.0 * torch.nn.functional.one_hot(level, 4).float()


def images(levels):
    return (64 * levels.to(torch.uint8) + 1).view(-1, 1, 1, 1).expand(-1, 3, 8, 8)


real, generated = images(torch.arange(100) % 4), images(torch.zeros(100))
together = MetricCollection(
    {
        "fid": FrechetInceptionDistance(feature=Net()),
        "kid": KernelInceptionDistance(feature=Net(), subset_size=50),
        "score": InceptionScore(feature=Net(), splits=1),
    }
)
together.update(real, real=True)
together.update(generated, real=False)
alone = InceptionScore(feature=Net(), splits=1)
alone.update(generated)
print(f"together {together.compute()['score'][0]:.2f}, alone {alone.compute()[0]:.2f}")
PY
found=$("$place/venv/bin/python" -W ignore "$place/score.py" 2>/dev/null)
expect() { grep -qFx -- "$1" <<<"$found" || { echo "changed: expected «$1», got: $found" >&2; exit 1; }; echo "as found: $1"; }

expect "together 2.93, alone 1.00"
