"""Qika (启卡): where, how and by when a social security card is activated; and activates it."""
