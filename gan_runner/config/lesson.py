"""What a lesson says (configs/experiment/lesson): the phenomenon that its run shows, and three sentences about it."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Sentence = Annotated[str, Field(min_length=1)]


class Sign(BaseModel):
    """A figure of the run, by its name or short name (`figures.meant`), and between what it lies where all is shown."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    figure: Sentence
    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError(f"should have at_least or at_most beside figure={self.figure}")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"should have an at_least below its at_most, which no {self.figure} is between")
        return self

    def holds(self, value: float | None) -> bool:
        """Whether a value is what is expected; NaN and None, of what was not measured, are not."""
        if value is None or value != value:
            return False
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    @property
    def expected(self) -> str:
        """at most 3; at least 8; 0.4 to 0.6"""
        if self.at_least is None:
            return f"at most {self.at_most:g}"
        return f"at least {self.at_least:g}" if self.at_most is None else f"{self.at_least:g} to {self.at_most:g}"


class Lesson(BaseModel):
    """The node `lesson` of a configuration.

    shows: all of these hold where the phenomenon shows. look: what to look at. file: in the run folder, where to see
    it; <batches> stands for the newest. next: a command that goes on from here, with a comment that says why.
    """

    model_config = ConfigDict(extra="forbid")

    shows: Annotated[list[Sign], Field(min_length=1)]
    look: Sentence
    file: Sentence
    next: Sentence

    @model_validator(mode="before")
    @classmethod
    def _is_played_as_an_experiment(cls, given: Any) -> Any:
        if isinstance(given, str):
            name = given.rpartition("/")[2] or "<name>"
            raise ValueError(f"should be a mapping, or null; a lesson is played by experiment=lesson/{name}")
        return given
