"""What many users do at once, and a record of what the server has promised to keep."""

import base64
import collections
import hashlib
import http.client
import io
import json
import random
import threading
import urllib.error
import urllib.parse
import urllib.request

from PIL import Image

WORDS = ["斑马", "一只猫在草地上", "海边的日落", "红色的花", "夜晚的城市", "🐼", "zebra", "蘑菇", "飞机", "Ω" * 40]


class Load:
    """Threads that search, look, add and delete until they are told to stop."""

    def __init__(self, server, seed):
        self.server = server
        self.generator = random.Random(seed)
        self.lock = threading.Lock()
        self.statuses = collections.Counter()
        self.problems = []
        self.kept = {}
        self.deleted = set()
        self.stopping = threading.Event()
        self.interrupted = threading.Event()
        self.threads = []

    def start(self):
        for work in [self.search, self.search, self.look, self.embed, self.change, self.change]:
            thread = threading.Thread(target=self.repeat, args=(work,))
            thread.start()
            self.threads.append(thread)

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(timeout=60)
            if thread.is_alive():
                self.note("a request has hung for a minute")

    def repeat(self, work):
        with self.lock:
            generator = random.Random(self.generator.random())
        while not self.stopping.is_set():
            try:
                work(generator)
            except (OSError, http.client.HTTPException) as error:
                # Nobody answers while the server is down; at any other time that is a fault.
                if not self.interrupted.is_set():
                    self.note(f"{work.__name__}: {error!r}")
                self.stopping.wait(0.3)

    def note(self, problem):
        with self.lock:
            if len(self.problems) < 50:
                self.problems.append(problem)

    def ask(self, method, path, body=None):
        """Status and body of an answer; 5xx but 503 are faults."""
        request = urllib.request.Request(self.server.url + path, data=body, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, content = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        with self.lock:
            self.statuses[status] += 1
        if status >= 500 and status != 503:
            self.note(f"{method} {path}: {status} {content[:200]}")
        return status, content

    def search(self, generator):
        text = generator.choice(WORDS) + str(generator.randrange(10_000))
        if generator.random() < 0.5:
            status, _ = self.ask("GET", "/api/v1/search?limit=20&q=" + urllib.parse.quote(text))
        else:
            body = {"text": text, "minus": [{"text": generator.choice(WORDS)}], "foldDuplicates": True}
            status, _ = self.ask("POST", "/api/v1/search", json.dumps(body).encode())
        if status not in (200, 503):
            self.note(f"a search was answered with {status}")

    def look(self, generator):
        _, content = self.ask("GET", f"/api/v1/pictures?limit=5&offset={generator.randrange(20)}")
        for hit in json.loads(content).get("hits", []):
            for part in ["/thumbnail", "/original", "/similar", ""]:
                self.ask("GET", f"/api/v1/pictures/{hit['picture']['id']}{part}")

    def embed(self, generator):
        picture = base64.b64encode(self.picture(generator)).decode()
        self.ask("POST", "/api/v1/embed", json.dumps(
            {"texts": [generator.choice(WORDS) for _ in range(20)], "images": [picture]}).encode())
        self.ask("POST", "/api/v1/search", json.dumps({"image": picture[:generator.randrange(2, len(picture))]}).encode())

    def change(self, generator):
        """Adds a picture, and now and then takes an earlier one out."""
        data = self.picture(generator)
        status, content = self.ask("POST", f"/api/v1/pictures?name={generator.randrange(999)}.jpg", data)
        if status == 201:
            with self.lock:
                self.kept[json.loads(content)["picture"]["id"]] = hashlib.sha256(data).hexdigest()
        if generator.random() < 0.3:
            with self.lock:
                identifier = generator.choice(list(self.kept)) if self.kept else None
                # Whether it is there is unknown until the server has answered.
                if identifier:
                    del self.kept[identifier]
            if identifier and self.ask("DELETE", f"/api/v1/pictures/{identifier}")[0] == 204:
                with self.lock:
                    self.deleted.add(identifier)

    @staticmethod
    def picture(generator):
        file = io.BytesIO()
        size = (generator.randrange(20, 400), generator.randrange(20, 300))
        Image.frombytes("RGB", size, generator.randbytes(size[0] * size[1] * 3)).save(file, "JPEG")
        return file.getvalue()

    def verify(self):
        """Everything that was acknowledged is there, byte for byte, and nothing deleted is back."""
        with self.lock:
            kept, deleted = dict(self.kept), set(self.deleted)
        for identifier, digest in kept.items():
            status, content = self.ask("GET", f"/api/v1/pictures/{identifier}/original")
            with self.lock:
                is_still_kept = identifier in self.kept
            if is_still_kept and (status != 200 or hashlib.sha256(content).hexdigest() != digest):
                self.note(f"picture {identifier} is lost: {status}")
        for identifier in deleted:
            if self.ask("GET", f"/api/v1/pictures/{identifier}")[0] != 404:
                self.note(f"picture {identifier} is back after its deletion")
