"""The key files that are published: the operations on their table, inside one transaction."""

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t_server.files import PublicFile
from dp3t_server.key_files import KeyFile
from dp3t_server.tables import key_files


class KeyFileStore:
    """The operations on the table inside an open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, file: KeyFile) -> None:
        """Store a key file; IntegrityError if there is one of its name [KEY-FILES-5]."""
        row = {
            "name": file.name,
            "release": file.release,
            "digest": file.digest,
            "data": file.data,
        }
        await self._connection.execute(insert(key_files), row)

    async def named(self, name: str) -> PublicFile | None:
        """Return a key file; None where there is none of the name, or none any more."""
        query = select(key_files.c.digest, key_files.c.data).where(key_files.c.name == name)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else PublicFile(digest=row.digest, data=row.data)

    async def digests(self) -> dict[str, bytes]:
        """Return the digests of all key files by name, oldest release first, then by number."""
        columns = (key_files.c.name, key_files.c.digest)
        query = select(*columns).order_by(key_files.c.release, key_files.c.name)
        return {row.name: row.digest for row in await self._connection.execute(query)}
