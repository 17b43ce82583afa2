"""Refresh the vendored assets: ``python tools/vendor.py [NAME ...]``, all without a name.

For each package of ``vendor.lock``, ``npm pack`` fetches the version named there from the registry
that npm is set up with; its SHA-512 must be the locked one, and only the files listed are taken.
To move to another version, write it and its integrity (``npm view NAME@VERSION dist.integrity``)
into the lock, run this, and write the file hashes that it prints.
"""

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

VENDOR = Path(__file__).parents[1] / "src" / "qika" / "web" / "static" / "vendor"
LOCK = VENDOR / "vendor.lock"
TIME_LIMIT_S = 300


class RefusedError(SystemExit):
    """The package is not the locked one; nothing of it was written."""


def locked() -> list[dict]:
    """Read the packages of the lock."""
    return tomllib.loads(LOCK.read_text("utf-8"))["package"]


def integrity_of(body: bytes) -> str:
    """Give the SHA-512 of a package as npm writes it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(body).digest()).decode()


def fetched(package: dict, folder: Path) -> Path:
    """Fetch the package file of a locked version."""
    asked = f"{package['name']}@{package['version']}"
    npm = ["npm", "pack", asked, "--silent", "--pack-destination", str(folder)]
    subprocess.run(npm, check=True, timeout=TIME_LIMIT_S, stdout=subprocess.DEVNULL)
    [found] = folder.glob("*.tgz")
    return found


def unpacked(package: dict, file: Path) -> dict[str, bytes]:
    """Give the listed files by their name here; raises RefusedError unless the hash is right."""
    body = file.read_bytes()
    if integrity_of(body) != package["integrity"]:
        raise RefusedError(f"{package['name']}: {integrity_of(body)} is not the locked hash")
    with tarfile.open(file) as archive:
        taken = {one["name"]: archive.extractfile(one["from"]) for one in package["file"]}
        return {name: part.read() for name, part in taken.items() if part is not None}


def refresh(package: dict) -> bool:
    """Write the files of one package; False if a hash in the lock has to be renewed."""
    with tempfile.TemporaryDirectory() as folder:
        files = unpacked(package, fetched(package, Path(folder)))
    home = VENDOR / package["name"]
    home.mkdir(parents=True, exist_ok=True)
    right = True
    for one in package["file"]:
        body = files[one["name"]]
        (home / one["name"]).write_bytes(body)
        found = hashlib.sha256(body).hexdigest()
        if found != one["sha256"]:
            right = False
            print(f'{package["name"]}/{one["name"]}: sha256 = "{found}"')
    return right


def main(names: list[str]) -> int:
    """Refresh the packages named, or all; 1 if hashes of files have to be written into the lock."""
    chosen = [one for one in locked() if not names or one["name"] in names]
    right = [refresh(one) for one in chosen]
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
