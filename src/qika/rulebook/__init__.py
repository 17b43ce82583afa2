"""The law as dated, cited data, and the small modules that read it."""
