"""Connections to a database, and the one error for a database that does not answer."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class UnreachableError(SQLAlchemyError):
    """The database does not answer. It can again later: connections are made anew."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__("the database does not answer")
        self.orig = f"it does not answer ({type(cause).__name__})"


@asynccontextmanager
async def connected(
    engine: AsyncEngine, options: Mapping[str, object]
) -> AsyncIterator[AsyncConnection]:
    """Take a connection from the pool for a block, with execution options.

    Raises:
        UnreachableError: there is none, or it was lost [SERVER-6].
    """
    try:
        connection = await engine.connect()
    except SQLAlchemyError:
        raise
    except Exception as error:  # a driver has errors of its own, and the system's
        raise UnreachableError(error) from error
    try:
        await connection.execution_options(**options)
        yield connection
    except ConnectionError as error:
        raise UnreachableError(error) from error
    finally:
        await connection.close()
