"""The SQL, the vault, and nothing else that remembers."""
