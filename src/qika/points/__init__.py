"""Service points: what each serves, when it is open, which is nearest."""
