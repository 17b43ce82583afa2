"""The API: one table of endpoints, what each reads, and how its answer is put into words."""
