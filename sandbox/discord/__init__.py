"""Stand-in for Discord on loopback."""

from sandbox.discord.standin import DiscordStandin

__all__ = ["DiscordStandin"]
