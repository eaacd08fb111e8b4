"""How many normal images a share of false alarms takes."""

import math

from gan_runner.config.errors import ConfigError


def place_of(count: int, false_alarms: float) -> int:
    """Which of `count` scores of normal images, from the least on, `false_alarms` of new ones exceed on average, or
    fewer: the ⌈(n + 1)(1 − share)⌉-th, since a new image is as likely to be at any place among them.

    Raises ConfigError where there are too few for so small a share.
    Source: Vovk, Gammerman & Shafer 2005, Algorithmic Learning in a Random World, §2.2.
    """
    place = math.ceil((count + 1) * (1 - false_alarms) - 1e-9)
    if place > count:
        least = math.ceil(1 / false_alarms - 1 - 1e-9)
        raise ConfigError(
            f"false_alarms={false_alarms:g} needs the scores of {least} normal images or more, of {count}: "
            f"set false_alarms={math.ceil(1000 / (count + 1)) / 1000:g} or more, or give more by normal=<folder>"
        )
    return place
