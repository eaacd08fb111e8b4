"""The page of a latent space: what it asks, held against a model, and what it is answered."""

from __future__ import annotations

import shlex
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Annotated, Any, Literal, TypeVar

import numpy as np
import torch
from pydantic import Field, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from torch import Tensor

from gan_runner.images.drawing import grid
from gan_runner.images.ranges import to_bytes
from gan_runner.runs.folder import RunFolder, last_of
from gan_runner.types import Positive, PositiveInt, Seed
from gan_runner.web.protocol import Message, held_against
from gan_runner.web.space import FAR, Space, Walked, png

STATIC = Path(__file__).parent / "static"
MOST = 256
"""Tiles of a request."""
LARGEST_ASKED, LARGEST_IMAGE = 8 * 2**20, 16 * 2**20
"""Bytes of a request, and of an image file."""

Latent = Annotated[list[Annotated[float, Field(ge=-FAR, le=FAR)]], Field(min_length=1, max_length=4096)]
Label = Annotated[int, Field(ge=0, le=100_000)] | None
Along = Annotated[float, Field(ge=-20, le=20)]
Count = Annotated[int, Field(ge=1, le=MOST)]
Asked = TypeVar("Asked", bound=Message)


class Tiles(Message):
    """Samples of a seed, as gan-sample draws them; label null: all classes in turn."""

    seed: Seed
    count: Count
    label: Label = None
    truncation: Annotated[Positive, Field(le=10)] | None = None


class Move(Message):
    """One latent, and standard deviations along the first directions."""

    latent: Latent
    label: Label = None
    along: list[Along] = Field(default_factory=list, max_length=64)


class Row(Message):
    """One latent along one direction."""

    latent: Latent
    label: Label = None
    direction: Annotated[int, Field(ge=0, le=64)]
    reach: Annotated[float, Field(gt=0, le=20)] = 3.0
    count: Annotated[int, Field(ge=2, le=32)] = 7


class Way(Message):
    """Through pinned latents."""

    latents: Annotated[list[Latent], Field(min_length=2, max_length=16)]
    labels: list[Label] = Field(default_factory=list, max_length=16)
    leg: Annotated[int, Field(ge=1, le=32)] = 12


class Near(Message):
    """What is nearest to the sample of a latent."""

    latent: Latent
    label: Label = None


class Save(Message):
    """Samples as one file: a picture, or arrays with their latents."""

    form: Literal["png", "npz"]
    latents: Annotated[list[Latent], Field(min_length=1, max_length=MOST)]
    labels: list[Label] = Field(default_factory=list, max_length=MOST)
    columns: Annotated[PositiveInt, Field(le=MOST)] | None = None


class Opened:
    """The space of a run, opened on first use and anew when that is asked for; one question at a time."""

    def __init__(self, run: RunFolder, trust: bool = False) -> None:
        self.run, self.trust, self.lock = run, trust, Lock()
        self._space: Space | None = None

    def space(self) -> Space:
        """Raises FileNotFoundError or ValueError, one sentence, where there is nothing to walk through."""
        if self._space is None:
            self._space = Space.read(last_of(self.run.path), self.trust)
        return self._space

    def again(self) -> None:
        """With the weights that are the newest now; where those cannot be read the ones it has stay."""
        self._space = Space.read(last_of(self.run.path), self.trust)

    def ask(self, question: Callable[[Space], Any]) -> Any:
        """Answer a question while no other is being answered."""
        with self.lock:
            return question(self.space())


def routes(opened: Opened, language: str | None = None, languages: Sequence[str] = ("en", "es")) -> list[BaseRoute]:
    """The page and what it asks. language: the one to begin with; None: the browser's."""

    async def page(request: Request) -> Response:
        return FileResponse(STATIC / "explore.html")

    async def about(request: Request) -> Response:
        return await _answered(lambda: opened.ask(_about(opened, language, languages)))

    async def newest(request: Request) -> Response:
        def question() -> Any:
            with opened.lock:
                opened.again()
            return opened.ask(_about(opened, language, languages))

        return await _answered(question)

    async def encode(request: Request) -> Response:
        async def question() -> Any:
            file = await _body(request, LARGEST_IMAGE)
            told = request.query_params.get("label")
            if told is not None and not (told.isascii() and told.isdecimal() and len(told) < 6):
                raise ValueError("label should be the number of a class")
            label = None if told is None else int(told)
            return await run_in_threadpool(opened.ask, lambda space: _encoded(space, file, label))

        return await _answered_async(question)

    asked: dict[str, tuple[type[Message], Callable[[Space, Any], Any]]] = {
        "tiles": (Tiles, lambda space, it: _tiles(opened, space, it)),
        "move": (Move, _moved),
        "row": (Row, _row),
        "path": (Way, _way),
        "nearest": (Near, _near),
        "save": (Save, _saved),
    }
    return [
        Route("/explore/", page),
        Route("/explore/about.json", about),
        Route("/explore/directions.json", _directions_of(opened)),
        Route("/explore/newest", newest, methods=["POST"]),
        Route("/explore/encode", encode, methods=["POST"]),
        *(Route(f"/explore/{name}", _asking(opened, *one), methods=["POST"]) for name, one in asked.items()),
    ]


# ---- how a question is answered -------------------------------------------------------------------------------------


def _asking(
    opened: Opened, model: type[Message], answer: Callable[[Space, Any], Any]
) -> Callable[[Request], Awaitable[Response]]:
    adapter: TypeAdapter[Any] = TypeAdapter(model)

    async def endpoint(request: Request) -> Response:
        async def question() -> Any:
            asked = held_against(adapter, await _body(request, LARGEST_ASKED))
            return await run_in_threadpool(opened.ask, lambda space: answer(space, asked))

        return await _answered_async(question)

    return endpoint


def _directions_of(opened: Opened) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await _answered(lambda: opened.ask(directions_told))

    return endpoint


async def _body(request: Request, most: int) -> bytes:
    """Raises ValueError for one that is too large, before it has all come."""
    held = bytearray()
    async for chunk in request.stream():
        held += chunk
        if len(held) > most:
            raise ValueError(f"this is too large: at most {most // 2**20} MiB are taken")
    return bytes(held)


async def _answered(question: Callable[[], Any]) -> Response:
    async def ask() -> Any:
        return await run_in_threadpool(question)

    return await _answered_async(ask)


async def _answered_async(question: Callable[[], Awaitable[Any]]) -> Response:
    """What came of a question: JSON, a file, or one sentence with status 400."""
    try:
        answer = await question()
    except (OSError, ValueError) as error:
        return JSONResponse({"error": " ".join(str(error).split())}, status_code=400)
    return answer if isinstance(answer, Response) else JSONResponse(answer)


# ---- answers --------------------------------------------------------------------------------------------------------


def _about(opened: Opened, language: str | None, languages: Sequence[str]) -> Callable[[Space], dict[str, Any]]:
    def about(space: Space) -> dict[str, Any]:
        told = about_space(space, opened.run.called, languages)
        return {**told, "takes_images": space.takes_images, "language": language}

    return about


def about_space(space: Space, title: str, languages: Sequence[str]) -> dict[str, Any]:
    """What a page says of a space."""
    return {
        "title": title,
        "batches": space.batches,
        "weights": space.weights,
        "shape": list(space.origin.shape),
        "size": space.size,
        "classes": list(space.names),
        "prior": type(space.system.latent).__name__.lower(),
        "languages": list(languages),
    }


def directions_told(space: Space) -> dict[str, Any]:
    """Which share of the variance each direction holds, and of what."""
    return {"of": space.directions_of, "shares": space.directions.shares.tolist()}


def _tiles(opened: Opened, space: Space, asked: Tiles) -> dict[str, Any]:
    walked = space.drawn(asked.seed, asked.count, asked.label, asked.truncation)
    return {**_told(walked), "command": command(opened, space, asked)}


def command(opened: Opened, space: Space, asked: Tiles) -> str:
    """The same tiles in a shell."""
    words = ["gan-sample", f"run={opened.run.path}", f"num_samples={asked.count}", f"seed={asked.seed}"]
    words += [f"label={space.names[asked.label]}"] if asked.label is not None and space.names else []
    words += [f"truncation={asked.truncation:g}"] if asked.truncation is not None else []
    return shlex.join([*words, "output=samples.png"])


def _moved(space: Space, asked: Move) -> dict[str, Any]:
    return _told(space.moved(_tensor(asked.latent), asked.label, _tensor(asked.along)))


def _row(space: Space, asked: Row) -> dict[str, Any]:
    return _told(space.row(_tensor(asked.latent), asked.label, asked.direction, asked.reach, asked.count))


def _way(space: Space, asked: Way) -> dict[str, Any]:
    return _told(space.path(_tensors(space, asked.latents), _padded(asked.labels, len(asked.latents)), asked.leg))


def _near(space: Space, asked: Near) -> dict[str, Any]:
    found = space.nearest(_tensor(asked.latent), asked.label)
    assert space.training is not None
    names = space.origin.called
    return {
        "image": _uri(found.image),
        "distance": found.distance,
        "usual": space.training.usual,
        "place": found.place,
        "of": len(space.training),
        "label": names[found.label] if found.label is not None and found.label < len(names) else None,
    }


def _encoded(space: Space, file: bytes, label: int | None) -> dict[str, Any]:
    image, walked = space.encoded(file, label)
    return {**_told(walked), "input": _uri(image)}


def _saved(space: Space, asked: Save) -> Response:
    latents, labels = _tensors(space, asked.latents), _padded(asked.labels, len(asked.latents))
    walked = space.made_each(latents, labels)
    held = BytesIO()
    if asked.form == "png":
        grid(walked.images, asked.columns, space.origin.fourth_is_band).save(held, "png")
        kind = "image/png"
    else:
        np.savez(held, **_arrays(space, walked))
        kind = "application/octet-stream"
    return Response(
        held.getvalue(),
        media_type=kind,
        headers={"content-disposition": f'attachment; filename="latents.{asked.form}"'},
    )


def _arrays(space: Space, walked: Walked) -> dict[str, Any]:
    """As gan-sample writes them, and the latents (N, Z) float32."""
    images = to_bytes(walked.images).permute(0, 2, 3, 1).contiguous().numpy()
    found: dict[str, Any] = {"images": images, "latents": walked.latents.numpy()}
    if walked.labels is not None:
        found |= {"labels": walked.labels.numpy(), "class_names": np.array(space.names, np.str_)}
    return found


def _told(walked: Walked) -> dict[str, Any]:
    labels = None if walked.labels is None else walked.labels.tolist()
    return {"latents": walked.latents.tolist(), "labels": labels, "images": [_uri(image) for image in walked.images]}


def _uri(image: Tensor) -> str:
    return f"data:image/png;base64,{b64encode(png(image)).decode('ascii')}"


def _tensor(values: Sequence[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)


def _tensors(space: Space, latents: Sequence[Sequence[float]]) -> Tensor:
    """Raises ValueError where they are not as long as the run's."""
    if wrong := next((one for one in latents if len(one) != space.size), None):
        raise ValueError(f"a latent of this run has {space.size} numbers, not {len(wrong)}")
    return torch.tensor(latents, dtype=torch.float32)


def _padded(labels: Sequence[int | None], count: int) -> list[int | None]:
    """Raises ValueError for more labels than latents."""
    if len(labels) > count:
        raise ValueError(f"there are {len(labels)} labels and {count} latents")
    return [*labels, *[None] * (count - len(labels))]
