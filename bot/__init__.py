"""The bot: what it knows, what it may do, and how it carries a job to its end."""
