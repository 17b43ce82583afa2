"""Small disks that can be filled, and a disk that breaks; needs root, as `make test` runs in CI."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEGABYTE = 1 << 20


def _do(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr} (mounting needs root)"


class Disk:
    """A disk of its own, mounted at ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def fill(self, *, leave: int = 0) -> None:
        """Leave so many bytes of room, in whole pages."""
        room = os.statvfs(self.path)
        pages = room.f_bavail - -(-leave // room.f_frsize)
        with self._ballast.open("ab") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, max(pages, 1) * room.f_frsize)
        assert os.statvfs(self.path).f_bavail * room.f_frsize <= leave + room.f_frsize

    def make_room(self) -> None:
        """Take the ballast away."""
        self._ballast.unlink()

    def read_only(self, *, yes: bool = True) -> None:
        """Remount; the kernel refuses while a file is open for writing."""
        _do("mount", "-o", f"remount,{'ro' if yes else 'rw'}", str(self.path))


@contextmanager
def small_disk(path: Path, megabytes: int) -> Iterator[Disk]:
    """A file system in memory."""
    path.mkdir(parents=True)
    path.parent.chmod(0o755)
    _do("mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "qika-test", str(path))
    try:
        yield Disk(path)
    finally:
        _do("umount", "--lazy", str(path))


class BreakingDisk:
    """An ext4 file system in a file, which turns read-only under its users as after an error."""

    def __init__(self, path: Path, image: Path) -> None:
        self.path, self._image = path, image

    def mount(self) -> None:
        _do("mount", "-o", "loop,errors=remount-ro", str(self._image), str(self.path))

    def unmount(self) -> None:
        _do("umount", str(self.path))

    def fail(self) -> None:
        """Do what the kernel does when the disk reports an error."""
        found = subprocess.run(
            ["findmnt", "-no", "SOURCE", str(self.path)], check=True, capture_output=True, text=True
        )
        device = Path(found.stdout.strip()).name
        Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("1")

    def repair(self) -> None:
        """Check it as an operator does, and mount it again."""
        self.unmount()
        subprocess.run(["fsck.ext4", "-fy", str(self._image)], check=False, capture_output=True)
        self.mount()


@contextmanager
def breaking_disk(folder: Path, megabytes: int) -> Iterator[BreakingDisk]:
    """Make and mount one in a folder."""
    image, path = folder / "image", folder / "disk"
    path.mkdir()
    with image.open("wb") as file:
        file.truncate(megabytes * MEGABYTE)
    _do("mkfs.ext4", "-q", "-F", str(image))
    disk = BreakingDisk(path, image)
    disk.mount()
    try:
        yield disk
    finally:
        _do("umount", "--lazy", str(path))
