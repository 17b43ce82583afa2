"""How a table becomes cards or points: cells read, rows judged, verdicts given, batches written."""
