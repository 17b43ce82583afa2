"""What a browser carries for us: sealed by the vault, in letters that a cookie may hold."""

import base64
import binascii

from qika.storage.vault import Vault, VaultError, place_of

PLACE = place_of("browser", "begun", b"")
_LENGTH_MIN, _LENGTH_MAX = 48, 2_048


class BrowserSeal:
    """Implements the port ``Seal``; what was sealed for a table does not open here."""

    def __init__(self, vault: Vault) -> None:
        """Seal under the vault's newest data key."""
        self._vault = vault

    def close(self, plain: bytes) -> str:
        """Seal."""
        return base64.urlsafe_b64encode(self._vault.seal(plain, PLACE)).decode().rstrip("=")

    def open(self, sealed: str) -> bytes | None:
        """Open; None for what was not sealed here, was changed, or is sealed for elsewhere."""
        if not _LENGTH_MIN <= len(sealed) <= _LENGTH_MAX:
            return None
        try:
            padded = sealed.encode("ascii") + b"=" * (-len(sealed) % 4)
            return self._vault.unseal(base64.b64decode(padded, b"-_", validate=True), PLACE)
        except (VaultError, binascii.Error, UnicodeEncodeError):
            return None
