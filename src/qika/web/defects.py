"""What is logged of a defect."""

import logging
import traceback

FRAMES_LOGGED = 4

_log = logging.getLogger("qika.web")


def report(error: Exception) -> None:
    """Log a defect: its kind and place, never a message, which may hold what was sent."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_LOGGED:]
    places = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    _log.error("%s at %s", type(error).__name__, places)
