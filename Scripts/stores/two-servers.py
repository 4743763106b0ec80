"""Two servers over one store: they answer alike, while many ask, and what one takes out is gone for both.
With --outage, a search also has to outlive a crash of the store.

Usage: two-servers.py CNCLIP STORE_NAME ADDRESS [--outage]
"""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUERIES = ["熊", "猫", "气球", "一辆红色的车", "花"]
REQUESTS = 64


def get(url: str):
    with urllib.request.urlopen(url, timeout=150) as answer:
        return json.load(answer)


def search(url: str, text: str):
    query = urllib.parse.urlencode({"q": text, "limit": 10})
    hits = get(f"{url}api/v1/search?{query}")["hits"]
    return [(hit["picture"]["id"], round(hit["cosine"], 4)) for hit in hits]


def ready(url: str) -> str:
    try:
        with urllib.request.urlopen(url + "readyz", timeout=150) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()


def main() -> None:
    program, name, address = sys.argv[1:4]
    with tempfile.TemporaryDirectory() as folder:
        library = ["--library", folder + "/library"]
        pictures = str(ROOT / "Demo/pictures")
        first = [program, "index", pictures, *library, "--store", address, "--quiet"]
        # The first makes the library; then two machines would do the rest.
        subprocess.run([*first, "--shard", "1/3"], check=True)
        shares = [subprocess.Popen([*first, "--shard", share]) for share in ("2/3", "3/3")]
        if any(share.wait(300) for share in shares):
            sys.exit("a share of the pictures could not be indexed")
        servers = []
        try:
            for _ in range(2):
                server = subprocess.Popen(
                    [program, "serve", *library, "--port", "0"], stdout=subprocess.PIPE, text=True)
                servers.append(server)
            urls = [server.stdout.readline().strip() for server in servers]
            check(name, urls)
            if "--outage" in sys.argv[4:]:
                outage(name, urls)
        finally:
            for server in servers:
                server.terminate()
            for server in servers:
                server.wait(30)


def check(name: str, urls: list[str]) -> None:
    statuses = [get(url + "api/v1/status")["library"] for url in urls]
    count = len([path for path in (ROOT / "Demo/pictures").iterdir() if path.suffix in (".jpg", ".png")])
    assert [status["pictures"] for status in statuses] == [count, count], statuses
    kind = "postgres" if name == "postgres" else "milvus"
    assert all(status["store"] == kind for status in statuses), statuses
    assert ready(urls[0]) == f"ready: {kind}\n", ready(urls[0])
    metrics = urllib.request.urlopen(urls[1] + "metrics", timeout=60).read().decode()
    assert f'cnclip_store_up{{store="{kind}"}} 1' in metrics, metrics
    expected = {text: search(urls[0], text) for text in QUERIES}
    assert all(len(hits) == 10 for hits in expected.values())
    start = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(REQUESTS) as pool:
        jobs = [(text, pool.submit(search, urls[i % 2], text))
                for i, text in enumerate(QUERIES * REQUESTS)]
        for text, job in jobs:
            assert job.result() == expected[text], text
    rate = len(jobs) / (time.monotonic() - start)
    print(f"{name}: two servers answer alike; {REQUESTS} at once get {rate:.0f} answers a second")
    # What one takes out, the other finds no more.
    gone = expected["熊"][0][0]
    request = urllib.request.Request(f"{urls[0]}api/v1/pictures/{gone}", method="DELETE")
    urllib.request.urlopen(request, timeout=150).close()
    assert gone not in [id for id, _ in search(urls[1], "熊")]


def outage(name: str, urls: list[str]) -> None:
    script = str(ROOT / "Scripts/stores.sh")
    environment = dict(os.environ)
    before = search(urls[0], "猫")
    subprocess.run([script, "kill", name], check=True, env=environment)
    # Asked while nobody is there; the answer comes once patience is at its end, or the server back.
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(search, urls[1], "猫")
        subprocess.run([script, "start", name], check=True, env=environment)
        assert answer.result() == before
    assert ready(urls[0]).startswith("ready"), ready(urls[0])
    print(f"{name}: a search outlived a crash of the store")


main()
