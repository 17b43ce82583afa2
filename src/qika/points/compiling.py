"""How the loops over arrays are compiled, and how they reach arrays by address.

A compiled function takes a plain number at a tenth of the cost of an array, and what it looks at
by address counts no references. Whoever passes an address keeps its array alive.
"""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numba
import numpy as np
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

_numba: Any = numba  # its types are told in part only
_P = ParamSpec("_P")
_R = TypeVar("_R")


def compiled(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compile with numba, without the interpreter lock, keeping machine code on disk.

    Where no folder can be written for it (a read-only installation without a home), the code is
    compiled afresh in each process; NUMBA_CACHE_DIR names a better place.
    """
    try:
        return _numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # numba: "no locator available"
        return _numba.njit(nogil=True)(function)


def inlined(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """Compile into the caller: a call would count references to its arrays."""
    return _numba.njit(forceinline=True)(function)


def _pointer(_typing: object, address: object) -> tuple[Any, Callable[..., object]]:
    """Tell numba's compiler how a number becomes a pointer."""
    taken: Any = _numba.types.voidptr(address)

    def code(_context: object, builder: Any, _taken: object, given: Any) -> object:  # noqa: ANN401
        return builder.inttoptr(given[0], cgutils.voidptr_t)

    return taken, code


_at: Any = intrinsic(_pointer)
_array: Any = _numba.carray


@inlined
def doubles(address: int, length: int) -> NDArray[np.float64]:
    """Look at double-precision numbers."""
    return _array(_at(address), (length,), np.float64)


@inlined
def singles(address: int, length: int) -> NDArray[np.float32]:
    """Look at single-precision numbers."""
    return _array(_at(address), (length,), np.float32)


@inlined
def longs(address: int, length: int) -> NDArray[np.int64]:
    """Look at 64-bit integers."""
    return _array(_at(address), (length,), np.int64)


@inlined
def integers(address: int, length: int) -> NDArray[np.int32]:
    """Look at 32-bit integers."""
    return _array(_at(address), (length,), np.int32)


@inlined
def shorts(address: int, length: int) -> NDArray[np.uint16]:
    """Look at 16-bit integers without a sign."""
    return _array(_at(address), (length,), np.uint16)


@inlined
def octets(address: int, length: int) -> NDArray[np.uint8]:
    """Look at bytes."""
    return _array(_at(address), (length,), np.uint8)
