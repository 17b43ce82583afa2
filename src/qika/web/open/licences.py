"""Under which licence exported data is; what nobody has said is said to be unknown."""

RULES = "https://www.apache.org/licenses/LICENSE-2.0"
"""Of the compilation of rules, which is part of Qika. The sources remain their authors'."""

POINTS = None
"""Of lists of points nothing is known: an operator loads them, and no list tells its licence."""
