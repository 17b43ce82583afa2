"""The same small service by several frameworks, for ``bench_http``."""
