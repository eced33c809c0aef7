"""Stand-in for Discord."""
