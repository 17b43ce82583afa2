"""What others wrote and we hand on: the right bytes, their licence, and where they come from."""

import hashlib
import re
import runpy
import tarfile
from pathlib import Path

import pytest

from qika.web.pages.assets import assets

ROOT = Path(__file__).parents[2]
TOOL = runpy.run_path(str(ROOT / "tools" / "vendor.py"), run_name="tool")
VENDOR, LOCKED = TOOL["VENDOR"], TOOL["locked"]()


@pytest.mark.parametrize("package", LOCKED, ids=lambda one: one["name"])
def test_every_vendored_file_has_the_locked_hash(package):
    folder = VENDOR / package["name"]
    for one in package["file"]:
        assert hashlib.sha256((folder / one["name"]).read_bytes()).hexdigest() == one["sha256"]


def test_the_folder_holds_the_locked_files_and_no_other():
    found = {p.relative_to(VENDOR).as_posix() for p in VENDOR.rglob("*") if p.is_file()}
    locked = {f"{package['name']}/{one['name']}" for package in LOCKED for one in package["file"]}
    assert found == locked | {"vendor.lock"}


@pytest.mark.parametrize("package", LOCKED, ids=lambda one: one["name"])
def test_every_package_says_version_licence_and_integrity_and_brings_its_licence(package):
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
    assert re.fullmatch(r"sha512-[A-Za-z0-9+/]{86}==", package["integrity"])
    licence = (VENDOR / package["name"] / "LICENSE").read_text("utf-8")
    assert "Copyright" in licence
    named = (ROOT / "NOTICE").read_text("utf-8")
    assert f"{package['name']} {package['version']}".casefold() in named.casefold()
    assert package["licence"] in (ROOT / "docs/decisions/0002-dependencies.md").read_text("utf-8")


def test_scripts_and_sheets_are_served_under_their_hash_and_the_lock_is_not():
    served = assets()
    for package in LOCKED:
        for one in package["file"]:
            name = f"vendor/{package['name']}/{one['name']}"
            if one["name"].endswith((".js", ".css")):
                assert served[name].path.split(".")[-2] == one["sha256"][:12]
            else:
                assert name not in served
    assert not [name for name in served if name.endswith("lock")]


def test_a_package_of_another_hash_is_refused(tmp_path):
    file = tmp_path / "leaflet.tgz"
    with tarfile.open(file, "w:gz") as archive:
        for one in LOCKED[0]["file"]:
            archive.add(VENDOR / LOCKED[0]["name"] / one["name"], one["from"])
    with pytest.raises(SystemExit, match="is not the locked hash"):
        TOOL["unpacked"](LOCKED[0], file)
    right = LOCKED[0] | {"integrity": TOOL["integrity_of"](file.read_bytes())}
    taken = TOOL["unpacked"](right, file)
    assert set(taken) == {one["name"] for one in LOCKED[0]["file"]}
