"""The answer: a question about a card becomes a plan."""
