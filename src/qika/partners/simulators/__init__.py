"""Doubles of partners, ours: they speak for the demo and the tests, and can be told to fail."""
