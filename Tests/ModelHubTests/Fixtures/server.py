"""A hub on 127.0.0.1 for the tests, with repositories that behave as their names say.

    python3 server.py LOG [CERTIFICATE KEY]

Prints its port. Writes one JSON line per request to LOG. Ends with its standard input. Also answers
as a proxy: requests with a whole URL are served whatever their host, and CONNECT opens a tunnel to
127.0.0.1 only.
"""

import hashlib
import json
import os
import socket
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit


def content(seed, size):
    block = b"".join(hashlib.sha256(f"{seed}{i}".encode()).digest() for i in range(64))
    return (block * (size // len(block) + 1))[:size]


SMALL = {
    "config.json": b'{"model_type": "chinese_clip"}\n',
    "vocab.txt": "[PAD]\n[UNK]\n猫\n".encode(),
    "preprocessor_config.json": b"{}\n",
    "empty.txt": b"",
    "folder/name with space+.txt": b"a name that must be encoded",
}
WEIGHTS = content("weights", 3_000_000)
OLD_WEIGHTS = content("old weights", 3_000_000)
FILES = {**SMALL, "model.pt": WEIGHTS, "pytorch_model.bin": WEIGHTS}
SHARDS = {
    **SMALL,
    "pytorch_model.bin": WEIGHTS,
    "model.safetensors.index.json": b"{}",
    "model-00001-of-00002.safetensors": b"first",
    "model-00002-of-00002.safetensors": b"second",
}

LOCK = threading.Lock()
COUNTS = {}


def count(key):
    """How often this was asked before."""
    with LOCK:
        COUNTS[key] = COUNTS.get(key, 0) + 1
        return COUNTS[key] - 1


def pump(source, target):
    """Copies bytes until either end closes."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def files_of(repository):
    return SHARDS if repository == "sharded" else FILES


def hugging_face_listing(repository):
    entries = [{"type": "directory", "path": "folder", "oid": "0" * 40, "size": 0}]
    for path, data in files_of(repository).items():
        blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        entry = {"type": "file", "path": path, "size": len(data), "oid": blob}
        if len(data) > 1000:
            entry["oid"] = "0" * 40
            entry["lfs"] = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data)}
        if repository == "unlisted-checksum":
            del entry["oid"]
            entry.pop("lfs", None)
        entries.append(entry)
    if repository == "hostile":
        for path in ["../evil.pt", "/tmp/evil.pt", ".cnclip.json", "a/../../evil.pt", "x\0.pt",
                     "evil.pt.part"]:
            entries.insert(0, {"type": "file", "path": path, "size": 1, "oid": "0" * 40})
    if repository == "negative":
        entries[1]["size"] = -1
    if repository == "huge":
        entries += [{"type": "file", "path": f"{i}.pt", "size": 2**62, "oid": "0" * 40}
                    for i in range(4)]
    if repository == "bad-digest":
        entries[1]["oid"] = "../../etc/passwd"
    return entries


def model_scope_listing(repository):
    files = [{"Name": path.split("/")[-1], "Path": path, "Type": "blob", "Size": len(data),
              "Sha256": hashlib.sha256(data).hexdigest()}
             for path, data in files_of(repository).items()]
    files.insert(0, {"Name": "folder", "Path": "folder", "Type": "tree", "Size": 0, "Sha256": ""})
    return {"Code": 200, "Success": True, "Data": {"Files": files}}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def log(self):
        line = {"method": self.command, "path": self.path, "range": self.headers.get("Range"),
                "ifRange": self.headers.get("If-Range"), "host": self.headers.get("Host"),
                "authorization": self.headers.get("Authorization")}
        with LOCK, open(LOG, "a") as log:
            log.write(json.dumps(line) + "\n")

    def send(self, status, body=b"", headers={}):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def drop(self):
        self.wfile.flush()
        self.close_connection = True

    def do_CONNECT(self):
        self.log()
        self.close_connection = True
        host, port = self.path.split(":")
        if host != "127.0.0.1":
            return self.send(403, b"no tunnels to there")
        with socket.create_connection((host, int(port))) as other:
            self.send_response(200, "Connection established")
            self.end_headers()
            threading.Thread(target=pump, args=(other, self.connection), daemon=True).start()
            pump(self.connection, other)

    def do_GET(self):
        self.log()
        url = urlsplit(self.path)
        parts = [unquote(part) for part in url.path.strip("/").split("/")]
        if parts[:2] == ["api", "models"]:
            self.list_files(parts[3], parse_qs(url.query))
        elif parts[:3] == ["api", "v1", "models"]:
            self.send(200, json.dumps(model_scope_listing(parts[4])).encode())
        elif parts[0] == "models":
            self.send_file(parts[2], "/".join(parts[5:]))
        elif parts[0] == "elsewhere":
            self.send_file(parts[1], "/".join(parts[2:]), moved=True)
        else:
            self.send_file(parts[1], "/".join(parts[4:]))

    def list_files(self, repository, query):
        if repository == "missing":
            return self.send(404, b"{}", {"X-Error-Code": "RepoNotFound"})
        if repository == "private":
            return self.send(401, b"{}", {"WWW-Authenticate": 'Basic realm="hub"'})
        if repository == "gated":
            return self.send(403, b"{}", {"X-Error-Code": "GatedRepo"})
        if repository == "broken" or (repository == "busy" and count(self.path) < 2):
            return self.send(503, b"<html>", {"Retry-After": "0"})
        if repository == "damaged":
            return self.send(200, b"<html>log in</html>")
        entries = hugging_face_listing(repository)
        headers = {}
        if repository == "paged":
            page = int(query.get("cursor", ["0"])[0])
            if page + 1 < len(entries):
                url = f"http://{self.headers['Host']}{self.path.split('&')[0]}&cursor={page + 1}"
                headers["Link"] = f'<{url}>; rel="next"'
            entries = entries[page:page + 1]
        self.send(200, json.dumps(entries).encode(), headers)

    def send_file(self, repository, path, moved=False):
        data = files_of(repository).get(path)
        if data is None:
            return self.send(404, b"no such file")
        if repository == "moved" and not moved:
            # Another origin than the endpoint's: a token must not go there.
            target = f"http://localhost:{PORT}/elsewhere/moved/{path}"
            return self.send(302, b"moved", {"Location": target, "X-Linked-Etag": '"x"'})
        if repository == "moved-here" and not moved:
            return self.send(307, b"", {"Location": f"/elsewhere/moved-here/{path}"})
        if repository == "loop":
            return self.send(302, b"", {"Location": self.path})
        if repository == "nowhere":
            return self.send(302, b"", {"Location": "file:///etc/passwd"})
        if path not in ("model.pt", "pytorch_model.bin"):
            return self.send(200, data, {"ETag": '"small"'})
        self.send_weights(repository, data, count(repository + path))

    def send_weights(self, repository, data, earlier):
        tag, half = '"new"', len(data) // 2
        if repository == "drop-often":
            return self.send_range(data, tag, limit=1000)
        if repository == "without-ranges" and earlier > 0:
            return self.send(200, data, {"ETag": tag})
        if repository in ("changed", "changed-in-silence") and earlier == 0:
            return self.send_range(OLD_WEIGHTS, '"old"', limit=half)
        if repository == "changed-in-silence":
            return self.send_range(data, tag, heed_if_range=False)
        if repository in ("drop", "without-ranges") and earlier == 0:
            return self.send_range(data, tag, limit=half)
        if repository == "stall" and earlier == 0:
            self.send_range(data, tag, limit=half)
            time.sleep(60)
            return None
        if repository == "corrupt":
            return self.send_range(data[:half] + b"?" + data[half + 1:], tag)
        if repository == "short":
            return self.send(200, data[:half])
        if repository == "other-range":
            return self.send(206, data, {"Content-Range": f"bytes 7-{len(data) + 6}/{len(data)}"})
        if repository == "endless":
            return self.send_chunks(data + data, b"\r\n")
        if repository == "trailer":
            return self.send_chunks(data, b"X-Trailer: ignored\r\nETag: other\r\n\r\n")
        if repository == "garbage":
            self.wfile.write(b"\x00\xff this is no HTTP \r\n\r\n")
            return self.drop()
        return self.send_range(data, tag)

    def send_range(self, data, tag, limit=None, heed_if_range=True):
        """Sends what Range asks for; with a limit, breaks off after as many bytes."""
        start, wanted = 0, self.headers.get("Range")
        if_range = self.headers.get("If-Range")
        if wanted and (not heed_if_range or if_range is None or if_range == tag):
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(data):
                return self.send(416)
        body = data[start:]
        headers = {"ETag": tag, "Content-Length": str(len(body)), "Accept-Ranges": "bytes"}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self.send(206 if start else 200, body[:limit], headers)
        if limit is not None:
            self.drop()

    def send_chunks(self, data, end):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(data), 65536):
            chunk = data[start:start + 65536]
            self.wfile.write(b"%x\r\n" % len(chunk) + chunk + b"\r\n")
        self.wfile.write(b"0\r\n" + end)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # A client that goes away is part of the tests.


LOG = sys.argv[1]
server = Server(("127.0.0.1", 0), Handler)
PORT = server.server_address[1]
if len(sys.argv) > 2:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2], sys.argv[3])
    server.socket = context.wrap_socket(server.socket, server_side=True)
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
print(PORT, flush=True)
server.serve_forever()
