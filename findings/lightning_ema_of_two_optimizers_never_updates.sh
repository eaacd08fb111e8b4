#!/usr/bin/env bash
# pytorch-lightning 2.6.6: EMAWeightAveraging every 10 steps, in a game of two optimizers, hands back untrained weights.
#
# Guess:  with two optimizers that each step once a batch, update_every_n_steps=10 updates the average every 5 batches,
#         or every 10.
# Found:  never, and so for every even number. The callback looks once a batch, at the number of the last step, counted
#         from 0 and over both optimizers: 1, 3, 5, …, which no even number divides. The average stays what it was
#         before training, and at the end of fit its weights are put into the module: all that was learnt is gone,
#         without a word. An odd number updates, 5 every 5 batches.
# Meets:  a GAN under manual optimization, whose generator is to be averaged.
# Way out: update_every_n_steps=1, or a should_update of one's own that counts its calls.
#
# Installs the pinned packages in a temporary folder, runs them on valid input, fails if the behaviour changes.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet pytorch-lightning==2.6.6 torch==2.14.1 numpy==2.4.6
cat >"$place/play.py" <<'PY'
import logging

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EMAWeightAveraging

logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
BATCHES = 60


class Game(pl.LightningModule):
    """Two players of one weight each, which begins at 0 and grows by 1 a batch."""

    def __init__(self):
        super().__init__()
        self.automatic_optimization = False
        self.players = torch.nn.ParameterList([torch.zeros(1), torch.zeros(1)])

    def configure_optimizers(self):
        return [torch.optim.SGD([weight], lr=1.0) for weight in self.players]

    def training_step(self, batch, index):
        for weight, optimizer in zip(self.players, self.optimizers()):
            optimizer.zero_grad()
            self.manual_backward(-weight.sum())
            optimizer.step()


for every in (1, 2, 5, 10):
    game, average = Game(), EMAWeightAveraging(decay=0.5, update_every_n_steps=every)
    off = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    trainer = pl.Trainer(max_epochs=1, accelerator="cpu", callbacks=[average], **off)
    trainer.fit(game, torch.utils.data.DataLoader(torch.zeros(BATCHES, 1)))
    print(f"every {every}: weight after {trainer.global_step} steps {game.players[0].item():.0f}")
PY
found=$("$place/venv/bin/python" -W ignore "$place/play.py" 2>/dev/null)
expect() { grep -qFx -- "$1" <<<"$found" || { echo "changed: expected «$1», got: $found" >&2; exit 1; }; echo "as found: $1"; }

expect "every 1: weight after 120 steps 59"
expect "every 2: weight after 120 steps 0"
expect "every 5: weight after 120 steps 53"
expect "every 10: weight after 120 steps 0"
