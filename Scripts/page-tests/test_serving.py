"""What `cnclip serve` prints, makes and answers for."""

import os
import pty
import re
import subprocess
import urllib.error
import urllib.request

import pytest
from conftest import COMMAND, ROOT

DEMO = ROOT / "Demo/pictures"


def status(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def test_what_it_makes_is_for_its_owner(serve, tmp_path):
    previous = os.umask(0o022)
    try:
        server = serve(tmp_path / "library", "--create")
    finally:
        os.umask(previous)
    picture = (DEMO / "zebra.jpg").read_bytes()
    urllib.request.urlopen(server.url + "/api/v1/pictures?name=zebra.jpg", data=picture)
    urllib.request.urlopen(server.url + "/api/v1/pictures/1/thumbnail").read()
    made = list((tmp_path / "library").rglob("*"))
    assert any(path.suffix == ".jpg" and path.parent.parent.name == "thumbnails" for path in made)
    for path in [tmp_path / "library", *made]:
        assert path.stat().st_mode & 0o077 == 0, f"{path} {oct(path.stat().st_mode)}"


def test_the_token_is_printed_on_terminals_only(library, serve):
    server = serve(library, environment={"CNCLIP_TOKEN": "correct horse"})
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", server.line)
    assert status(server.url + "/api/v1/status") == 401
    server.stop()
    assert "horse" not in server.process.stderr.read()
    reader, writer = pty.openpty()
    shown = subprocess.Popen(
        [COMMAND, "serve", "--library", str(library), "--port", "0"], stdout=writer,
        env={**os.environ, "CNCLIP_TOKEN": "correct horse"})
    try:
        assert b"#token=correct%20horse" in os.read(reader, 4096)
    finally:
        shown.terminate()
        shown.wait(timeout=20)
        os.close(reader)
        os.close(writer)


def test_names_that_it_answers_for(library, serve):
    server = serve(library, "--host", "0.0.0.0", "--read-only", "--allow-host", "photos.example")
    port = server.url.rsplit(":", 1)[1]
    url = f"http://127.0.0.1:{port}/api/v1/status"
    name = os.uname().nodename
    for host, expected in [
        ("localhost", 200), (f"127.0.0.1:{port}", 200), ("192.168.1.7", 200), (name, 200),
        ("photos.example", 200), ("evil.example", 421), ("127.0.0.1.evil.example", 421),
    ]:
        assert status(url, Host=host) == expected, host


def test_guessing_tokens_is_slowed(library, serve):
    server = serve(library, environment={"CNCLIP_TOKEN": "correct horse"})
    url = server.url + "/api/v1/status"
    assert [status(url, Authorization="Bearer wrong") for _ in range(6)][-2:] == [401, 429]
    assert status(url, Authorization="Bearer correct horse") == 429


@pytest.mark.parametrize("option, value, part", [
    ("--public-url", "photos.example", "https://example.org/photos/"),
    ("--maximum-texts", "0", "1 to"),
    ("--maximum-pixels", "0", "1 to"),
])
def test_settings_that_cannot_work(library, option, value, part):
    outcome = subprocess.run(
        [COMMAND, "serve", "--library", str(library), "--port", "0", option, value],
        capture_output=True, text=True, timeout=60)
    assert outcome.returncode != 0
    assert part in outcome.stderr
