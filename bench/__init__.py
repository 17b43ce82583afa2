"""Measurements: ourselves and our peers side by side, printed as tables and kept as JSON."""
