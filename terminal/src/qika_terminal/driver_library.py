"""Calls a vendor's driver library once and writes what it answers to standard output.

Runs as a program of its own, by any Python, the standard library alone: drivers are often 32 bits
wide, and one that crashes or hangs must not take the queue with it. Exit code 0: the string
follows; 1: the driver's own code follows; 2: the library, or the function in it, is not there.
Usage: driver_library.py LIBRARY FUNCTION TYPE CONVENTION
"""

import ctypes
import sys

BUFFER = 4_096
"""Bytes; the handbooks ask for 1,024, and some drivers write their complaints behind that."""


def call(library: str, function: str, kind: int, convention: str) -> tuple[int, bytes]:
    """Call ``int function(int kind, char *out)``; gives its code and what it wrote.

    Raises OSError if there is no such library, AttributeError if it has no such function.
    """
    windows = getattr(ctypes, "WinDLL", None) if convention == "stdcall" else None
    loaded = (windows or ctypes.CDLL)(library)
    called = getattr(loaded, function)
    called.argtypes = [ctypes.c_int, ctypes.c_char_p]
    called.restype = ctypes.c_int
    out = ctypes.create_string_buffer(BUFFER)
    return called(kind, out), out.value


def main(words: list[str]) -> int:
    """Do what the command line says."""
    library, function, kind, convention = words
    try:
        code, said = call(library, function, int(kind), convention)
    except (OSError, AttributeError):
        return 2
    if code != 0:
        sys.stdout.write(str(code))
        return 1
    sys.stdout.buffer.write(said)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
