"""The card terminal agent: reads cards at a counter and sends their first use to Qika."""

__version__ = "0.1.0"
