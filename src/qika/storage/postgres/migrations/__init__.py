"""Numbered SQL files that make and change the tables, applied once each and in order."""
