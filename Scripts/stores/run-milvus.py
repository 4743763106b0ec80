"""Runs the Milvus server of the PyPI package `milvus` in a network of its own, and hands what comes to
a port of this machine's loopback on to it: the server itself listens on every address.

Usage: run-milvus.py PORT FOLDER   (as root)
"""

import asyncio
import ctypes
import os
import socket
import subprocess
import sys

CLONE_NEWNET = 0x40000000
INNER_PORT = 19530
# Milvus refuses larger messages, and so does the store.
CHUNK = 1 << 16


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", INNER_PORT)
    except OSError:
        writer.close()
        return
    await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))


async def forward(listener: socket.socket, server: subprocess.Popen) -> None:
    async with await asyncio.start_server(connect, sock=listener):
        while server.poll() is None:
            await asyncio.sleep(0.2)


def main() -> None:
    port, folder = int(sys.argv[1]), sys.argv[2]
    # A socket stays in the network in which it was made.
    listener = socket.create_server(("127.0.0.1", port), backlog=128)
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        sys.exit(f"no network of its own: {os.strerror(ctypes.get_errno())}")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    from milvus import default_server

    default_server.set_base_dir(os.path.join(folder, "data"))
    default_server.listen_port = INNER_PORT
    default_server.start()
    # It answers now.
    with open(os.path.join(folder, "ready"), "w", encoding="utf-8") as file:
        file.write(f"{default_server.server_proc.pid}\n")
    try:
        asyncio.run(forward(listener, default_server.server_proc))
    except KeyboardInterrupt:
        pass
    finally:
        default_server.stop()


main()
