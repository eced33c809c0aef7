"""One outside thing each: the database, fal, pictures, Discord's channels."""
