"""Repositories of the Hugging Face hub, fetched with huggingface_hub.

So its mirrors (HF_ENDPOINT), proxies, tokens and offline flags hold. Importing it takes a third of a second: whoever
fetches from the hub imports this module, and nobody else.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huggingface_hub import HfApi, constants, hf_hub_download
from huggingface_hub.errors import (
    GatedRepoError,
    OfflineModeIsEnabled,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import tqdm  # type: ignore[attr-defined]  # re-exported

from armillary.errors import FetchFailed
from armillary.shelf.catalogue import Hub
from armillary.shelf.fetched import Progress, Unreachable


@dataclass(frozen=True)
class Came:
    """What the hub gave: the commit, and the SHA-256 that it states for the files that it states one for."""

    commit: str
    stated: dict[str, str]


def fetch_repository(hub: Hub, folder: Path, progress: Progress) -> Came:
    """Fetch a repository's files into `folder`; files that an earlier run brought whole are kept.

    Args:
        hub: the repository, its revision and the files wanted.
        folder: where they go; its subfolder .cache holds what is unfinished, until all is here.
        progress: called with the bytes that are here and the bytes of all files.

    Raises:
        Unreachable: no answer, or none to the end.
        FetchFailed: the repository, revision or a file is not there, or its terms were not accepted.
    """
    for cut in folder.rglob("*.incomplete"):  # by a run that was killed; huggingface_hub does not take them up
        cut.unlink()
    with _explained(hub):
        info = HfApi().model_info(hub.repo, revision=hub.revision, files_metadata=True)
        commit = info.sha
        if commit is None:
            raise FetchFailed("the server at {endpoint} names no commit, so it is no hub; check HF_ENDPOINT",
                              endpoint=constants.ENDPOINT)
        facts = {sibling.rfilename: sibling for sibling in info.siblings or ()}
        if absent := [file for file in hub.files if file not in facts]:
            raise FetchFailed("{repo} at {revision} has no file {file}",
                              repo=hub.repo, revision=hub.revision, file=absent[0])
        total, before = sum(facts[file].size or 0 for file in hub.files), 0
        for file in hub.files:
            meter = _meter(before, total, progress)
            hf_hub_download(hub.repo, file, revision=commit, local_dir=folder, tqdm_class=meter)
            before += facts[file].size or 0
            progress(before, total)
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    return Came(commit, {file: lfs.sha256 for file in hub.files if (lfs := facts[file].lfs)})


def _meter(here: int, total: int, progress: Progress) -> type[tqdm]:
    """A progress bar of huggingface_hub's that draws nothing, and tells one file's progress as that of all."""

    class Meter(tqdm):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options | {"disable": True})  # type: ignore[no-untyped-call]
            self.update(options.get("initial", 0))

        def update(self, n: int | float | None = 1) -> None:
            nonlocal here
            here += int(n or 0)
            progress(min(here, total), total)

        def update_transfer(self, n: int | float | None = 1) -> None:
            """Bytes on the wire, told apart from bytes written by newer versions; we count the latter."""

    return Meter


@contextmanager
def _explained(hub: Hub) -> Iterator[None]:
    """Turn what huggingface_hub raises into errors that say what to do; a disk that refuses is left as it is."""
    try:
        yield
    except (RepositoryNotFoundError, RevisionNotFoundError, RemoteEntryNotFoundError) as error:
        raise _refused(hub, error) from error
    except OfflineModeIsEnabled as error:
        raise FetchFailed("HF_HUB_OFFLINE is set, so nothing is fetched from the hub; unset it to go on") from error
    except Exception as error:
        # Broken connections are errors of httpx or httpx2, by the version of huggingface_hub; the library's own have
        # no errno, the disk's have one.
        network = type(error).__module__.partition(".")[0] in ("httpx", "httpx2", "huggingface_hub")
        if not network or getattr(error, "errno", None):
            raise
        raise Unreachable(
            "{endpoint} did not give {repo}: {reason}. Check the network and the proxy, or set HF_ENDPOINT to a "
            "mirror; then give the same command again", endpoint=constants.ENDPOINT, repo=hub.repo,
            reason=str(error).strip().partition("\n")[0] or type(error).__name__) from error


def _refused(hub: Hub, error: Exception) -> FetchFailed:
    """The error for a hub that answered no."""
    url = f"{constants.ENDPOINT}/{hub.repo}"
    if isinstance(error, GatedRepoError):
        return FetchFailed("{repo} wants its terms accepted first: open {url} and agree, then log in here with "
                           "`hf auth login` and give the same command again", repo=hub.repo, url=url)
    if isinstance(error, RepositoryNotFoundError):
        return FetchFailed("{url} is not there, or not open to you (`hf auth login` logs in)", url=url)
    return FetchFailed("{url} no longer has what the shelf lists, revision {revision}", url=url, revision=hub.revision)
