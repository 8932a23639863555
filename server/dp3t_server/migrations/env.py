"""What alembic runs for every migration: it uses the connection it is handed, in one transaction.

To write a new revision see "Changing the database" in `server/README.md`.
"""

from alembic import context

from dp3t_server.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
context.run_migrations()
