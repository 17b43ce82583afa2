"""Words and identifiers the whole of Qika shares; raw text is parsed once, here."""
