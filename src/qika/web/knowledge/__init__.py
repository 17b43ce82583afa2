"""What pages explain beyond the rulebook: cited texts as TOML, read once."""
