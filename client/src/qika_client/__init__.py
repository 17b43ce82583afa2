"""Sends signed activations to a Qika service, and sends them again without doing anything twice."""

from qika_client.answers import (
    ApplicationOutcome,
    Line,
    LineProblem,
    Outcome,
    Status,
    Stream,
    WrongField,
)
from qika_client.client import Client
from qika_client.sending import GaveUpError, RefusedError, Retrying
from qika_client.signing import SigningKey, UnusableKeyError

__all__ = [
    "ApplicationOutcome",
    "Client",
    "GaveUpError",
    "Line",
    "LineProblem",
    "Outcome",
    "RefusedError",
    "Retrying",
    "SigningKey",
    "Status",
    "Stream",
    "UnusableKeyError",
    "WrongField",
]
