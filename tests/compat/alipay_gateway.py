"""Serves the double where the official SDK can reach it, and runs the SDK's side against it.

``python -m tests.compat.alipay_gateway PYTHON``: PYTHON is that of the environment of the SDK. Its
gateway address takes no port, so the double listens at port 80 of a loopback address of its own,
which needs root. The SDK signs with the local clock, which is made China's.
"""

import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.alipay_gateway import APP_ID, gateway_at, key

HOST, PORT = "127.77.0.1", 80
SIDE = Path(__file__).with_name("official_sdk.py")


def bare(pem: bytes) -> str:
    """Give what stands between the frames: the SDK wants it so."""
    return "".join(pem.decode().strip().splitlines()[1:-1])


def write_keys(folder: Path) -> None:
    """Write both sides' keys as the SDK reads them."""
    ours = key("app").private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    theirs = key("alipay").public_key()
    public = theirs.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "app").write_text(bare(ours))
    (folder / "alipay").write_text(bare(public))


def main(python: str) -> int:
    """Give the exit code of the SDK's side."""
    with (
        tempfile.TemporaryDirectory() as folder,
        gateway_at(lambda: datetime.now(UTC), HOST, PORT) as running,  # noqa: TID251  the SDK has no other
    ):
        write_keys(Path(folder))
        code = running.double.issue_code()
        return subprocess.run(
            [python, str(SIDE), f"http://{HOST}", APP_ID, folder, code],
            env={**os.environ, "TZ": "Asia/Shanghai"}, check=False,
        ).returncode  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
