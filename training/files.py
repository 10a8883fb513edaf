"""Files that belong together: written beside their places, and put there together once all are whole."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Set
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from store.errors import InputError, Problem


class Files:
    """Files being written. `hashes` has the sha256 of each written so far."""

    def __init__(self, folder: Path) -> None:
        """Write into `folder`, which exists."""
        self.folder = folder
        self.hashes: dict[str, str] = {}

    @property
    def hash(self) -> str:
        """The sha256 of all files' names and hashes, in the order they were written."""
        return hashlib.sha256(
            "".join(f"{name} {digest}\n" for name, digest in self.hashes.items()).encode()
        ).hexdigest()

    def write_lines(self, name: str, lines: Iterable[str]) -> int:
        """Write a file of lines as they come, and return how many there were."""
        digest, count = hashlib.sha256(), 0
        with (self.folder / name).open("wb") as file:
            for line in lines:
                data = f"{line}\n".encode()
                file.write(data)
                digest.update(data)
                count += 1
            file.flush()
            os.fsync(file.fileno())
        self.hashes[name] = digest.hexdigest()
        return count


@contextmanager
def replace_together(out: Path) -> Iterator[Files]:
    """Files to be written, which replace those in `out` when the block ends well, in the order they were written.

    Nothing in `out` changes where an exception leaves the block. Raises InputError where `out` cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".writing-", dir=out) as folder:
            files = Files(Path(folder))
            yield files
            for name in files.hashes:
                (Path(folder) / name).replace(out / name)
    except OSError as error:
        remedy = "name a folder that you may write to, on a disk with room"
        raise InputError(Problem("", f"cannot be written ({error.strerror or error}); {remedy}"), source=out) from None


def check_folder(out: Path, own: Set[str], what: str) -> None:
    """Raise InputError where `out` holds other files than `own`, those of `what`, which replacing it would lose."""
    if out.exists() and not (out.is_dir() and {file.name for file in out.iterdir()} <= own):
        raise InputError(Problem("", f"holds other files; name a new folder, or one of {what}"), source=out)


@contextmanager
def replace_folder(out: Path) -> Iterator[Path]:
    """A new folder to write into, which stands in the place of `out` when the block ends well, whole or not at all.

    Raises InputError where it cannot be written.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as scratch:
            folder = Path(scratch) / "new"
            folder.mkdir()
            yield folder
            if out.exists():
                out.rename(Path(scratch) / "old")
            folder.rename(out)
    except OSError as error:
        raise InputError(Problem("", f"cannot be written: {error.strerror or error}"), source=out) from None
