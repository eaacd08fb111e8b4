"""Let the generator look ahead of the discriminator."""

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.optim import Optimizer

from gan_runner.tricks.base import Scope, Trick
from gan_runner.tricks.optimizer_steps import STEPS, State
from gan_runner.types import NaturalInt, Player, Round, Score

Tensors = dict[str, Tensor]


class Unrolled(Trick):
    """Grade the generator by the discriminator that `steps` further updates on this batch would make of it.

    θ⁰ = θ_D;  θᵏ⁺¹ = θᵏ − step(∇ L_D(θᵏ, θ_G));  the generator minimises L_G(θ_G, θᴷ) with K = steps, its gradient
    passing through the K steps too, so it is told how the discriminator would answer and has nothing to gain from
    fleeing to one mode. Steered by fakes, θᴷ answers to reals otherwise too: of the value that the generator lowers
    the reals' part counts, −L_D(θᴷ) on reals, which is a term of its own unless the loss pairs reals with fakes anyway.
    first_order cuts that path: θᴷ counts as a constant (cheaper, and no longer the paper's). The discriminator itself
    takes its one normal step.

    The steps are those of the discriminator's optimizer, from its present moments. They follow the adversarial loss
    alone: penalties, clipping of weights or gradients, pools of old fakes and the gradients of other ranks belong to
    the real step. BatchNorm statistics and the vectors of spectral norm move in copies. Float32 throughout.
    Costs a double backward of the discriminator per step. With `batches`, only the first so many batches are played so,
    in which modes are found or lost; the others are a plain game's, and cost what it costs.

    Source: Metz et al. 2016, eq. 7–10 (arXiv:1611.02163); they take 5 steps on the ring, 1 to 10 elsewhere.
    """

    scope = Scope.WHOLE

    def __init__(self, steps: NaturalInt = 5, first_order: bool = False, batches: NaturalInt | None = None) -> None:
        super().__init__()
        self.steps, self.first_order, self.batches = steps, first_order, batches
        self._optimizer: Optimizer | None = None

    def on_optimizers(self, optimizers: Mapping[Player, Optimizer]) -> None:
        optimizer = optimizers["discriminator"]
        if type(optimizer) not in STEPS:
            raise ValueError(
                f"tricks.unrolled cannot look ahead of optimizer.discriminator={type(optimizer).__name__}, whose step "
                f"it does not know as a function: choose {', '.join(kind.__name__ for kind in STEPS)}"
            )
        self._optimizer = optimizer

    def looks_ahead(self, round: Round) -> bool:
        return self.steps > 0 and (self.batches is None or round.step < self.batches)

    def judge(self, discriminator: nn.Module, round: Round) -> nn.Module:
        if not self.looks_ahead(round):
            return discriminator
        if self._optimizer is None:
            raise RuntimeError("tricks.unrolled has not seen the discriminator's optimizer: call game.on_optimizers")
        real, fake, label, loss = round.real, round.fake, round.label, round.loss
        seen = fake.detach() if self.first_order else fake

        # The round itself must not be held here: it holds this judge, and the circle would keep its graph in memory.
        def objective(answer: Answer) -> Tensor:
            return loss.discriminator(answer(real, label).logits.float(), answer(seen, label).logits.float())

        return LookAhead(discriminator, objective, self._optimizer, self.steps, create_graph=not self.first_order)

    def generator_term(self, round: Round) -> Tensor | None:
        """−L_D(θᴷ), in which the fakes' part is held: it is a constant there, and L_G's own business."""
        if not self.looks_ahead(round) or self.first_order or round.loss.needs_real:
            return None
        fake = round.fake_score.logits
        if not round.loss.generator(fake, None).requires_grad:  # feature_matching takes the place of the whole value
            return None
        return -round.loss.discriminator(round.real_score.logits, fake.detach())


Answer = Callable[[Tensor, Tensor | None], Score]


class LookAhead(nn.Module):
    """A discriminator as it will be some steps of its optimizer later; they are played when it is first asked.

    It has no parameters of its own. `objective` is what the steps minimise, given who answers.
    """

    def __init__(
        self,
        discriminator: nn.Module,
        objective: Callable[[Answer], Tensor],
        optimizer: Optimizer,
        steps: int,
        create_graph: bool,
    ) -> None:
        super().__init__()
        self._of = (discriminator, objective, optimizer)  # in a tuple, so that its parameters do not count as ours
        self.steps, self.create_graph = steps, create_graph
        self._weights: Tensors | None = None
        self._statistics: Tensors = {}

    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        if self._weights is None:
            self._statistics = {name: buffer.clone() for name, buffer in self._of[0].named_buffers()}
            with torch.enable_grad():
                self._weights = self._play()
        return self._answer(self._weights, image, label)

    def _answer(self, weights: Tensors, image: Tensor, label: Tensor | None) -> Score:
        with torch.autocast(image.device.type, enabled=False):
            score: Score = functional_call(self._of[0], (weights, self._statistics), (image.float(), label))
        return score

    def _play(self) -> Tensors:
        """θᴷ by name. What the optimizer does not move is left to the discriminator."""
        discriminator, objective, optimizer = self._of
        groups = {id(p): group for group in optimizer.param_groups for p in group["params"]}
        moving = {n: p for n, p in discriminator.named_parameters() if p.requires_grad and id(p) in groups}
        weights: Tensors = {name: p.detach().requires_grad_() for name, p in moving.items()}
        states: dict[str, State] = {name: optimizer.state.get(p, {}) for name, p in moving.items()}
        step = STEPS[type(optimizer)]
        for _ in range(self.steps):
            total = objective(partial(self._answer, dict(weights)))
            gradients = torch.autograd.grad(
                total, [*weights.values()], create_graph=self.create_graph, allow_unused=True
            )
            for (name, p), gradient in zip(moving.items(), gradients, strict=True):
                if gradient is not None:  # an optimizer passes over what had no gradient
                    weights[name], states[name] = step(weights[name], gradient, states[name], groups[id(p)])
            if not self.create_graph:
                weights = {name: weight.detach().requires_grad_() for name, weight in weights.items()}
        return weights
