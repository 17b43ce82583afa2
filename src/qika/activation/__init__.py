"""The decision: what is offered to whom, and what the counter accepts."""
