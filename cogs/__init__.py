"""Slash commands: they receive and hand on to the studio."""
