"""What looking costs a live game, and how soon it does what it is told.

    python benchmarks/live.py [--seconds 4] [--rounds 4] [override …]

One game of the ring between players 128 wide, in a process of its own as gan-play has it. Stretches without pictures
(one in ten seconds) and with 30 pictures a second asked for take turns, so that both meet the same neighbours. A rate
is followed from the command to the first picture that shows it, which is later than the batch that it acts on.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

from gan_runner.web.live import LiveGame

RING = [
    "model=vanilla", "data=ring", "data.batch_size=256", "latent.latent_dim=2", "optimizer.lr=1e-3",
    "network.generator.hidden=[128,128,128]", "network.discriminator.hidden=[128,128,128]",
]  # fmt: skip
ASKED, HARDLY_ANY = 30, 0.1
"""Pictures a second."""
GAMES, RATES = 5, 40
"""How often a new game is begun, and a rate is changed."""
PATIENCE = 120.0


def until(game: LiveGame, event: str, **header: Any) -> dict[str, Any]:
    """The header of the next such event."""
    end = time.perf_counter() + PATIENCE
    while time.perf_counter() < end:
        found = game.receive(1)
        if found is None:
            continue
        if found[0]["event"] in ("refused", "ended"):
            raise SystemExit(f"benchmarks/live.py: {found[0]}")
        if found[0]["event"] == event and header.items() <= found[0].items():
            return found[0]
    raise SystemExit(f"benchmarks/live.py: no {event} {header}")


def begin(game: LiveGame, overrides: list[str]) -> float:
    """Seconds from asking for a game to its first picture."""
    begun = time.perf_counter()
    game.new(overrides)
    until(game, "frame", batch=0)
    return time.perf_counter() - begun


def stretch(game: LiveGame, per_second: float, seconds: float) -> tuple[float, float]:
    """Batches and pictures a second."""
    game.send({"do": "frames", "per_second": per_second})
    before = until(game, "frame", playing=False)["batch"]
    game.send({"do": "play"})
    begun, pictures = time.perf_counter(), 0
    while (left := begun + seconds - time.perf_counter()) > 0:
        found = game.receive(left)
        pictures += bool(found and found[0]["playing"])
    game.send({"do": "pause"})
    batches = until(game, "frame", playing=False)["batch"] - before
    spent = time.perf_counter() - begun
    return batches / spent, pictures / spent


def answers(game: LiveGame) -> list[float]:
    """Milliseconds from the command of a rate to a picture that shows it, while the game plays."""
    game.send({"do": "frames", "per_second": ASKED})
    game.send({"do": "play"})
    found = []
    for turn in range(RATES):
        value = 1e-3 + turn * 1e-6
        begun = time.perf_counter()
        game.send({"do": "rate", "player": "generator", "value": value})
        while until(game, "frame")["rates"]["generator"] != value:
            pass
        found.append((time.perf_counter() - begun) * 1000)
        time.sleep(0.013)  # not in step with the pictures
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0, help="of a stretch")
    parser.add_argument("--rounds", type=int, default=4, help="stretches of each kind")
    parser.add_argument("overrides", nargs="*", help="of another game than the ring's")
    chosen = parser.parse_args()
    overrides = [*RING, *chosen.overrides]
    game = LiveGame()
    first = begin(game, overrides)
    news = [begin(game, overrides) for _ in range(GAMES)]
    plain, shown, pictures = [], [], []
    for _ in range(chosen.rounds):
        plain.append(stretch(game, HARDLY_ANY, chosen.seconds)[0])
        batches, seen = stretch(game, ASKED, chosen.seconds)
        shown.append(batches)
        pictures.append(seen)
    waits = sorted(answers(game))
    game.close()
    shares = [with_pictures / without for without, with_pictures in zip(plain, shown, strict=True)]
    print("| what | median | range |\n|---|---|---|")
    for what, values, unit in (
        ("batches a second without pictures", plain, ""),
        (f"batches a second, {ASKED} pictures a second asked for", shown, ""),
        ("share that is kept", shares, ""),
        ("pictures a second", pictures, ""),
        ("the first game, with imports", [first], " s"),
        ("a new game, to its first picture", news, " s"),
        ("a rate, to a picture that shows it", waits, " ms"),
    ):
        low, high = min(values), max(values)
        print(f"| {what} | {statistics.median(values):.3g}{unit} | {low:.3g}–{high:.3g} |")


if __name__ == "__main__":
    main()
