"""Qika (启卡) tells where, how and by when a social security card is activated, and activates it."""
