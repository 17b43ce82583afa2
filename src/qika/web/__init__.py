"""The doors of HTTP: JSON for programs, pages for people."""
