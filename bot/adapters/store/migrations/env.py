"""Runs the migrations on the connection that the store hands over; there is no other way to run them."""

from alembic import context

from bot.adapters.store.tables import meta

context.configure(connection=context.config.attributes["connection"], target_metadata=meta)
with context.begin_transaction():
    context.run_migrations()
