"""The worlds of the stores, for the slower proofs."""

from tests.stores.conftest import office_of, request_of, world_of

__all__ = ["office_of", "request_of", "world_of"]
