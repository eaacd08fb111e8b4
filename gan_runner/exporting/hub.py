"""push_to_hub=<owner>/<repository>: the files of an export to the Hugging Face Hub, in one commit or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gan_runner.config.errors import ConfigError

REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/(?!.*(?:--|\.\.|\.git$))[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9_])?")
LONGEST = 96
"""Characters of owner/name, as the hub takes them."""
REFUSED = {
    401: "it does not know the token that it was given: log in anew with `hf auth login`, or set HF_TOKEN",
    402: "it asks for a paid account there",
    403: "the token may not write there: make one that may (huggingface.co/settings/tokens), or give an owner of yours",
    404: "there is no such owner, or the token may not see it: give push_to_hub=<your name>/<repository>",
    429: "it was asked too often: try again later",
}
"""What the hub's answers mean, as the end of a sentence."""


def check(repository: str) -> None:
    """What can be found wrong before anything is exported. Raises ConfigError, one sentence."""
    if not REPOSITORY.fullmatch(repository) or len(repository) > LONGEST:
        raise ConfigError(
            f"push_to_hub={repository} names no repository: give <owner>/<name>, of letters, digits and single - _ . "
            "between them"
        )
    if find_spec("huggingface_hub") is None:
        raise ConfigError("push_to_hub needs huggingface_hub, which is not installed: pip install 'gan-runner[hub]'")
    from huggingface_hub import get_token
    from huggingface_hub.constants import HF_HUB_OFFLINE

    if HF_HUB_OFFLINE:
        raise ConfigError("push_to_hub needs the hub, and HF_HUB_OFFLINE is set: unset it, or leave push_to_hub out")
    if get_token() is None:
        raise ConfigError(
            "push_to_hub needs a token that may write: log in with `hf auth login`, or set HF_TOKEN "
            "(huggingface.co/settings/tokens)"
        )


def push(files: Sequence[Path], repository: str, private: bool, says: str) -> str:
    """Upload files of one folder, the card among them. says: the commit's message. Returns the repository's address.

    The repository is made where there is none. Raises ConfigError for one that everybody sees where private is asked
    for, ValueError, one sentence, for whatever the hub or the network refuses; no file is there then.
    """
    from huggingface_hub import CommitOperationAdd, HfApi, ModelCard
    from huggingface_hub.utils.tqdm import disable_progress_bars

    api, folder = HfApi(library_name="gan_runner"), files[0].parent
    disable_progress_bars()
    with told(repository, folder):
        for card in (file for file in files if file.name == "README.md"):  # create_commit looks at it after this
            ModelCard.load(card).validate()
        address = str(api.create_repo(repository, private=private, exist_ok=True))
        everybody = not api.repo_info(repository).private
        if private and everybody:
            raise ConfigError(
                f"{address} is there already and everybody sees it: set private=false to upload there, or give "
                "push_to_hub another name"
            )
        added = [CommitOperationAdd(file.name, str(file)) for file in files]
        api.create_commit(repository, added, commit_message=says)
    return f"{address} ({'everybody sees it' if everybody else 'private'})"


@contextmanager
def told(repository: str, folder: Path) -> Iterator[None]:
    """Errors of the hub and of the network, as one sentence that says where the files are."""
    try:
        yield
    except ConfigError:
        raise
    except Exception as error:  # of its own, of its HTTP client, of its uploader
        raise ValueError(
            f"nothing was uploaded to {repository}: {_reason(error)}; the files are in {folder}"
        ) from error


def _reason(error: Exception) -> str:
    from huggingface_hub import constants

    status = getattr(getattr(error, "response", None), "status_code", None)
    if status is not None:
        return _of_status(int(status), error)
    if type(error).__module__.partition(".")[0] in ("httpx", "httpx2", "requests") or isinstance(error, OSError):
        return f"{constants.ENDPOINT} was not reached ({_first_line(error) or type(error).__name__})"
    return f"the hub refuses it ({_first_line(error)})"


def _of_status(status: int, error: Any) -> str:
    if status in REFUSED:
        return f"the hub answered {status}, {REFUSED[status]}"
    if status >= 500:
        return f"the hub answered {status}: it has trouble of its own, try again later"
    said = getattr(error, "server_message", None) or _first_line(error)
    return f"the hub answered {status} ({said})"


def _first_line(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "")[:200]
