"""What a reader takes along from a plan: paper, plain text, dates for a calendar, a letter."""
