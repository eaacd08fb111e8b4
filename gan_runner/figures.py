"""What a figure's name ends in when something else stood in the place of what the generator made."""

CONTROLS = ("/real", "/identity", "/colour")
"""Held-out reals; for translations the source as it is, and the source in the other domain's colours."""


def is_control(name: str) -> bool:
    return name.endswith(CONTROLS)
