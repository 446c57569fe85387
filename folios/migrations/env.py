"""What Alembic runs for every command: it works on the connection, and so in the transaction, of `folios.schema`."""

from alembic import context

from folios.db import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite builds a changed table anew; PostgreSQL alters it in place
)
context.run_migrations()
