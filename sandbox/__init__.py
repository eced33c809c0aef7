"""Loopback stand-ins for Discord and fal, so that the real bot can be tried and tested without an account."""
