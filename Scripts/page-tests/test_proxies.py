"""The examples of Documentation/Proxies.md, run as they stand there."""

import re
import shutil
import socket
import subprocess
import time

import pytest
from conftest import ROOT

PAGE = (ROOT / "Documentation/Proxies.md").read_text()


def example(language, server):
    """The first example in a language, for a server on another port."""
    text = re.search(rf"```{language}\n(.*?)```", PAGE, re.S).group(1)
    return text.replace("127.0.0.1:8080", server.url.removeprefix("http://"))


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Proxy:
    """A running proxy; `url` is where it shows the page."""

    def __init__(self, command, port, log):
        with open(log, "wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output)
        self.url = f"http://photos.localhost:{port}/album"
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(log.read_text())


@pytest.fixture
def proxy(tmp_path):
    """Starts proxies that are stopped after the test."""
    running = []

    def start(command, port):
        running.append(Proxy(command, port, tmp_path / "proxy.log"))
        return running[-1]

    def nginx(server):
        port = free_port()
        configuration = tmp_path / "nginx.conf"
        folders = "".join(
            f"{kind}_temp_path {tmp_path}/{kind};"
            for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"])
        configuration.write_text(
            f"daemon off; pid {tmp_path}/nginx.pid; error_log stderr; events {{}} http {{ {folders} "
            f"access_log off; server {{ listen 127.0.0.1:{port}; {example('nginx', server)} }} }}")
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        return start([program, "-c", str(configuration), "-p", str(tmp_path)], port)

    def caddy(server):
        port = free_port()
        configuration = tmp_path / "Caddyfile"
        configuration.write_text(
            f"{{\n\tadmin off\n\tauto_https off\n}}\nhttp://photos.localhost:{port} {{\n"
            f"{example('caddy', server)}\n}}\n")
        command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(configuration)]
        return start(command, port)

    yield {"nginx": nginx, "caddy": caddy}
    for each in running:
        each.process.terminate()
        each.process.wait(timeout=20)


def use(view, proxy):
    """Opens the page below the proxy's path and searches; gives the first picture's name."""
    page = view.open(proxy, "/")
    page.fill("#words", "斑马")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.documentElement.dataset.mode === 'results'")
    view.wait_for_pictures()
    return view.names()[0]


def test_nginx_needs_nothing_set(server, proxy, window):
    view = window()
    assert "zebra" in use(view, proxy["nginx"](server))
    assert view.problems == []
    view.shoot("behind-nginx")


def test_caddy_with_the_public_address(library, serve, proxy, window):
    server = serve(library, "--public-url", "http://photos.localhost/album/")
    view = window()
    assert "zebra" in use(view, proxy["caddy"](server))
    assert view.problems == []


def test_caddy_without_says_what_to_set(library, serve, proxy, window):
    server = serve(library)
    shown = window().page
    answer = shown.goto(proxy["caddy"](server).url + "/")
    assert answer.status == 421
    assert "--public-url" in shown.inner_text("body")
    server.stop()
    assert "--public-url" in server.process.stderr.read()


def test_a_path_that_is_left_on(library, serve, window):
    """As Traefik sends it."""
    server = serve(library, "--public-url", "http://localhost/album/")
    server.url += "/album"
    view = window()
    assert "zebra" in use(view, server)
    assert view.problems == []
