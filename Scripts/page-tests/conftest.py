"""A server over the demo pictures, and a browser to look at it."""

import json
import os
import re
import shutil
import signal
import subprocess
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
COMMAND = os.environ.get("CNCLIP", str(ROOT / ".build/release/cnclip"))
SCREENSHOTS = Path(os.environ.get("CNCLIP_SCREENSHOTS", ROOT / ".demo/screenshots"))


class Server:
    """`cnclip serve` on a port of the system's choice."""

    def __init__(self, library, *options, environment=None):
        self.process = subprocess.Popen(
            [COMMAND, "serve", "--library", str(library), "--port", "0", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **(environment or {})})
        self.line = self.process.stdout.readline().strip()
        if not self.line:
            raise RuntimeError(self.process.stderr.read())
        self.url = re.match(r"http://[^/]+", self.line).group()

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return json.load(answer)

    def post(self, path, body):
        request = urllib.request.Request(self.url + path, data=json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


@pytest.fixture(scope="session")
def demo_library(tmp_path_factory):
    """The demo pictures, indexed once."""
    folder = tmp_path_factory.mktemp("library") / "demo"
    subprocess.run(
        [COMMAND, "index", str(ROOT / "Demo/pictures"), "--library", str(folder), "--quiet"],
        check=True)
    return folder


@pytest.fixture
def library(demo_library, tmp_path):
    """A copy that a test may change."""
    return Path(shutil.copytree(demo_library, tmp_path / "library"))


@pytest.fixture
def serve():
    """Starts servers that are stopped after the test."""
    servers = []

    def start(*arguments, **options):
        servers.append(Server(*arguments, **options))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture
def server(library, serve):
    return serve(library)


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


class Window:
    """A page, the errors that its console shows, and the hosts that it asks."""

    def __init__(self, browser, width=1440, height=900, dark=False, locale="zh-CN", phone=False):
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light", locale=locale, has_touch=phone,
            is_mobile=phone, device_scale_factor=2 if phone else 1)
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.problems = []
        self.hosts = set()
        self.page.on("console", self.note)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]
                                                               if "://" in request.url else "data"))

    def note(self, message):
        if message.type in ("error", "warning"):
            self.problems.append(message.text)

    def open(self, server, path="/"):
        self.page.goto(server.url + path)
        self.wait_for_pictures()
        return self.page

    def wait_for_pictures(self):
        self.page.wait_for_function(
            "() => document.querySelector('.rows:not(.stale) .tile img.ready') && "
            "!document.querySelector('.rows').classList.contains('stale')")

    def names(self):
        """The file names on the screen, in order."""
        return self.page.eval_on_selector_all(
            ".tile > a", "links => links.map(a => a.getAttribute('aria-label'))")

    def shoot(self, name):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.wait_for_timeout(500)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")


@pytest.fixture
def window(browser):
    windows = []

    def open_window(**options):
        windows.append(Window(browser, **options))
        return windows[-1]

    yield open_window
    for each in windows:
        each.context.close()
