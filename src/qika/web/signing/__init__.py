"""Signed requests: RFC 9421 HTTP message signatures in one strict profile, and who signed."""
