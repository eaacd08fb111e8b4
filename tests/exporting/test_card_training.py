"""What a card says of how weights came to be."""

from collections.abc import Callable


def test_what_the_monitor_said(remembered: Callable[..., str]) -> None:
    healthy = [{"batches": 5, "game": "gan", "state": "healthy", "quantity": "", "value": 0.0, "threshold": 0.0}]
    assert "`gan` **healthy** at the end, from batch 5 on." in remembered(states=healthy)
    early = "The monitor of the game found nothing wrong, and hardly could: most of what it finds takes 1,000 batches."
    assert early in remembered(states=[])
    quick = remembered("model=dcgan", "network.width=4", "data=digits", "callbacks.monitor.patience=12", states=[])
    assert "The monitor of the game found nothing wrong.\n" in quick
    without = remembered("model=dcgan", "network.width=4", "data=digits", "callbacks.monitor=null", states=[])
    assert "No monitor watched its training." in without
