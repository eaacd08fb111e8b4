"""What a page may say to the server, and how a frame travels: every message is held against its model.

A message is one JSON object with "do". What does not fit is answered by an error and changes nothing.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

Side = Literal["left", "right"]
"""The game on the page, and the one beside it."""
SIDES: tuple[Side, Side] = ("left", "right")
Player = Literal["discriminator", "generator"]
Coordinate = Annotated[float, Field(ge=-10, le=10)]
Override = Annotated[str, Field(min_length=3, max_length=300)]
Overrides = Annotated[list[Override], Field(max_length=80)]

HEAD = struct.Struct("<I")
"""Before a frame: how many bytes its header has."""


class Message(BaseModel):
    """Unknown keys, strings for numbers and numbers that are not finite are mistakes."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class State(Message):
    """What is on the page: what both games share, what each has of its own, and the places that a hand has drawn."""

    shared: Overrides
    left: Overrides
    right: Overrides | None = None
    drawn: Annotated[list[Annotated[list[Coordinate], Field(min_length=2, max_length=2)]], Field(max_length=2000)] = []

    def of(self, side: Side) -> list[str] | None:
        """What one game has of its own; None where there is none."""
        return self.left if side == "left" else self.right


class New(Message):
    """Begin what is on the page from its first batch."""

    do: Literal["new"]
    state: State


class Play(Message):
    do: Literal["play", "pause", "reset"]


class Step(Message):
    """One batch on which these players alone move."""

    do: Literal["step"]
    players: Annotated[list[Player], Field(min_length=1, max_length=2)]


class Speed(Message):
    """Batches per second; null: as fast as it goes."""

    do: Literal["speed"]
    batches_per_second: Annotated[float, Field(ge=0.1, le=100_000)] | None


class Rate(Message):
    """A learning rate, from the next batch on."""

    do: Literal["rate"]
    side: Side
    player: Player
    value: Annotated[float, Field(ge=0, le=10)]


class Steps(Message):
    """Updates of the discriminator for each of the generator's."""

    do: Literal["steps"]
    side: Side
    value: Annotated[int, Field(ge=1, le=100)]


Said = Annotated[New | Play | Step | Speed | Rate | Steps, Field(discriminator="do")]
_SAID: TypeAdapter[Any] = TypeAdapter(Said)


def read(text: str) -> Message:
    """A message of a page. Raises ValueError, one sentence that names what is wrong."""
    message: Message = held_against(_SAID, text)
    return message


def held_against(model: TypeAdapter[Any], text: str | bytes) -> Any:
    """A message as its model has it. Raises ValueError, one sentence that names what is wrong."""
    try:
        return model.validate_json(text)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in problem["loc"])
        raise ValueError(f"this message cannot be read: {f'{place}: ' if place else ''}{problem['msg']}") from None


def frame(header: Mapping[str, Any], arrays: Sequence[bytes]) -> bytes:
    """Bytes of the header's length (uint32, little-endian), the header as JSON, and its arrays one after the other."""
    head = json.dumps(header, allow_nan=False).encode()
    return b"".join([HEAD.pack(len(head)), head, *arrays])


def finite(value: Any) -> Any:
    """Plain data as JSON has it: null in place of numbers that are not finite."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, Mapping):
        return {key: finite(one) for key, one in value.items()}
    return [finite(one) for one in value] if isinstance(value, list | tuple) else value
