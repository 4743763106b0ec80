#!/usr/bin/env python3
"""A server of pictures, some of which it withholds: what `cnclip dataset fetch` is tried against.

    Scripts/faulty-server.py --list 20000 > list.csv      a list of 20,000 rows
    Scripts/faulty-server.py --port 8321                  serves them until it is ended

The path says what happens: /ok/N.jpg is a picture of its own for each N; the others are the faults
of the field. Of a list one row in ten is a fault; what 'flaky' and '429' withhold the first time
comes the second time.
"""
import argparse
import asyncio
import io
import random
import sys

FAULTS = ["404", "slow", "cut", "type", "loop", "huge", "429", "flaky", "redirect", "noai"]
# What there is to be had, as far as this server is concerned.
REACHABLE = {"ok", "429", "flaky", "redirect"}


def rows(count, seed=7):
    """The rows of a list: kind and number."""
    generator = random.Random(seed)
    for number in range(count):
        kind = generator.choice(FAULTS) if generator.random() < 0.1 else "ok"
        yield kind, number


def pictures(count=64, side=96):
    """JPEG files; a comment makes each answer different."""
    from PIL import Image
    made = []
    for index in range(count):
        image = Image.effect_noise((side + index % 7 * 16, side), 40).convert("RGB")
        tint = Image.new("RGB", image.size, (index * 37 % 256, index * 91 % 256, index * 53 % 256))
        buffer = io.BytesIO()
        Image.blend(image, tint, 0.6).save(buffer, "JPEG", quality=80)
        made.append(buffer.getvalue())
    return made


class Server:
    def __init__(self, files):
        self.files = files
        self.seen = set()
        self.requests = 0

    def picture(self, number):
        jpeg = self.files[number % len(self.files)]
        comment = b"row %d" % number
        return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests += 1
                path = head.split(b" ", 2)[1].decode()
                if not await self.answer(path, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def answer(self, path, writer):
        """Answers a request; false closes the connection."""
        def send(status, body=b"", *fields, length=None):
            lines = [f"HTTP/1.1 {status} x", f"Content-Length: {len(body) if length is None else length}"]
            writer.write("\r\n".join(lines + list(fields)).encode() + b"\r\n\r\n" + body)

        parts = path.split("?")[0].strip("/").split("/")
        if len(parts) != 2 or not parts[1].split(".")[0].isdigit():
            send(404)
            return True
        kind, number = parts[0], int(parts[1].split(".")[0])
        again = (kind, number) in self.seen
        if kind in ("429", "flaky"):
            self.seen.add((kind, number))
        body = self.picture(number)
        jpeg = "Content-Type: image/jpeg"
        if kind == "slow":
            send(200, body[:100], jpeg, length=len(body))
            await writer.drain()
            await asyncio.sleep(60)
            return False
        if kind == "cut":
            send(200, body[: len(body) // 2], jpeg, length=len(body))
            return False
        if kind == "type":
            send(200, b"<html><body>not found</body></html>", "Content-Type: image/jpeg")
        elif kind == "loop":
            send(302, b"", f"Location: /loop/{number + 1}.jpg")
        elif kind == "redirect":
            send(301, b"", f"Location: /ok/{number}.jpg")
        elif kind == "huge":
            send(200, b"", jpeg, length=1 << 40)
            for _ in range(4096):
                writer.write(bytes(1 << 16))
                await writer.drain()
            return False
        elif kind == "429" and not again:
            send(429, b"", "Retry-After: 1")
        elif kind == "flaky" and not again:
            return False
        elif kind == "noai":
            send(200, body, jpeg, "X-Robots-Tag: noai, noimageai")
        elif kind in ("ok", "429", "flaky"):
            send(200, body, jpeg)
        else:
            send(404)
        await writer.drain()
        return True


async def main(port):
    server = Server(pictures())
    async with await asyncio.start_server(server.serve, "127.0.0.1", port, backlog=4096) as listener:
        print("ready", flush=True)
        await listener.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8321)
    parser.add_argument("--list", type=int, help="print a list of so many rows")
    parser.add_argument("--only", choices=["ok"], help="a list without faults")
    options = parser.parse_args()
    if options.list is None:
        try:
            asyncio.run(main(options.port))
        except KeyboardInterrupt:
            pass
    else:
        print("url,caption")
        for kind, number in rows(options.list):
            kind = options.only or kind
            print(f"http://127.0.0.1:{options.port}/{kind}/{number}.jpg,第{number}张图片 {kind}")
    sys.stdout.flush()
