"""The shelf: published things, listed, brought here, opened by name, checked and removed."""

from pathlib import Path

from armillary.errors import DamagedFile, NotFound
from armillary.shelf.catalogue import CATALOGUE, Entry, find, read_catalogue
from armillary.shelf.fetched import Progress
from armillary.shelf.places import Places, Record, digest, files_in, home, read_record


def _silent(done: int, total: int) -> None:
    """Progress that nobody watches."""


class Shelf:
    """What a catalogue lists, and what of it is here.

    Names may be typed in upper or lower case. Everything that takes a name raises NotFound, with near names, where the
    catalogue has none like it.

    Attributes:
        entries: everything the catalogue lists, in its order.
        folder: where things lie, one folder each.
    """

    def __init__(self, catalogue: Path = CATALOGUE, folder: Path | None = None) -> None:
        self.entries = read_catalogue(catalogue)
        self.folder = folder or home() / "shelf"

    def entry(self, name: str) -> Entry:
        """The entry called `name`."""
        return find(self.entries, name)

    def here(self, name: str) -> bool:
        """Whether it is on this machine, whole."""
        return self._places(name).whole.is_dir()

    def record(self, name: str) -> Record:
        """What was put here under this name, and from where.

        Raises:
            NotFound: it is not here; the message has the command that brings it.
            DamagedFile: its record cannot be read.
        """
        return read_record(self._whole(name))

    def path(self, name: str) -> Path:
        """The file or folder to open.

        Raises:
            NotFound: it is not here; the message has the command that brings it.
        """
        return self._whole(name) / self.entry(name).opens

    def get(self, name: str, progress: Progress = _silent, accept_licence: bool = False) -> Path:
        """Bring it here unless it is, and give the file or folder to open.

        Args:
            name: the entry.
            progress: called now and then with the bytes that have come and the bytes to come in all.
            accept_licence: the user accepts the entry's licence, where it asks for that; remembered.

        Raises:
            MissingExtra: it cannot be unpacked without an optional package; nothing was fetched.
            FetchFailed: nobody answered, a hash is wrong, the licence is not accepted, the disk refuses.
        """
        places = self._places(name)
        if not places.whole.is_dir() or places.part.exists():
            # pip's and the hub's side of the shelf: nobody who only opens things should wait for its imports.
            from armillary.shelf.bring import bring

            bring(self.entry(name), places, progress, accept_licence)
        return self.path(name)

    def remove(self, name: str) -> int:
        """Remove it, and what an interrupted `get` left of it; how many bytes that freed.

        A licence that was accepted and the hashes that were seen first stay known.
        """
        places = self._places(name)
        freed = self._bytes(places)
        if freed:
            from armillary.shelf.bring import sweep_away

            sweep_away(places)
        return freed

    def disk_use(self) -> dict[str, int]:
        """Bytes on the disk by entry, unfinished ones too, in the catalogue's order; those with none are left out."""
        use = {entry.name: self._bytes(self._places(entry.name)) for entry in self.entries}
        return {name: size for name, size in use.items() if size}

    def verify(self, name: str) -> Record:
        """Read every byte of it and compare with the record.

        Raises:
            NotFound: it is not here.
            DamagedFile: a file is missing or another than when it came.
        """
        record, folder = self.record(name), self._whole(name)
        for file, kept in record.files.items():
            path = folder / file
            if not path.is_file():
                raise DamagedFile(path, "is gone. Bring it again: armillary shelf --remove {name}, then armillary get "
                                  "{name}", name=record.name)
            actual = digest(path)
            if actual != kept.sha256:
                raise DamagedFile(path, "has changed: its SHA-256 is {actual}, and was {expected}. Bring it again: "
                                  "armillary shelf --remove {name}, then armillary get {name}",
                                  actual=actual, expected=kept.sha256, name=record.name)
        return record

    def _places(self, name: str) -> Places:
        return Places.of(self.folder, self.entry(name).name)

    def _whole(self, name: str) -> Path:
        if not self.here(name):
            raise NotFound("{name} is not here yet. Bring it with: armillary get {name}", name=self.entry(name).name)
        return self._places(name).whole

    @staticmethod
    def _bytes(places: Places) -> int:
        return sum(path.stat().st_size for folder in (places.whole, places.part) for path in files_in(folder))
