"""Stand-in for fal."""
