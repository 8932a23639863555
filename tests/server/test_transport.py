"""Connections: what is no event of the server's, and so in no log."""

import asyncio

import pytest

from key_server import InnerServer

BEGINNING = b"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: 4096\r\n\r\nthe first bytes"


async def test_a_client_that_goes_in_the_middle_of_its_upload_is_not_logged(
    server: InnerServer, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    writer.write(BEGINNING)
    await server.get("/v1/health")  # so the server has begun to read
    writer.close()
    await writer.wait_closed()
    for _ in range(10):  # so the server has met the end
        await server.get("/v1/health")
    assert [record.message for record in caplog.records] == []
