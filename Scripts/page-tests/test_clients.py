"""Other programs' clients, and the description of the API."""

import base64
import json
import struct
import urllib.error
import urllib.request

import pytest
from conftest import ROOT
from openapi_spec_validator import validate

DEMO = ROOT / "Demo/pictures"


def clip_client():
    """clip-retrieval's own client, loaded without the models that its package imports."""
    import importlib.metadata
    import importlib.util

    path = importlib.metadata.distribution("clip-retrieval").locate_file(
        "clip_retrieval/clip_client.py")
    spec = importlib.util.spec_from_file_location("clip_client", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_clip_retrieval_client(server):
    client = clip_client().ClipClient(
        url=server.url + "/knn-service", indice_name="pictures", num_images=5)
    by_text = client.query(text="斑马")
    assert len(by_text) == 5
    assert "zebra" in by_text[0]["caption"]
    assert by_text[0]["similarity"] >= by_text[-1]["similarity"]
    assert {"id", "similarity", "url", "caption", "image_path", "image"} <= set(by_text[0])
    assert base64.b64decode(by_text[0]["image"]).startswith(b"\xff\xd8")
    with urllib.request.urlopen(by_text[0]["url"]) as picture:
        assert picture.read() == (DEMO / "zebra.jpg").read_bytes()
    by_picture = client.query(image=str(DEMO / "tiger.jpg"))
    assert "tiger" in by_picture[0]["caption"]
    assert by_picture[0]["similarity"] > 0.99
    vector = server.post("/api/v1/embed", {"texts": ["斑马"]})["texts"][0]
    by_vector = client.query(embedding_input=vector)
    assert [hit["id"] for hit in by_vector] == [hit["id"] for hit in by_text]
    assert by_vector[0]["similarity"] == pytest.approx(by_text[0]["similarity"], abs=1e-4)


def test_clip_retrieval_page(server):
    """What clip-retrieval's page asks for: the double slash, 3,000 ids, then their metadata."""
    configuration = server.get("/config.json")
    hits = json.load(urllib.request.urlopen(urllib.request.Request(
        configuration["defaultBackend"] + "/knn-service", headers={"Content-Type": "text/plain"},
        data=json.dumps({"text": "猫", "modality": "image", "num_images": 4,
                         "num_result_ids": 3000, "indice_name": server.get("/indices-list")[0],
                         "aesthetic_score": "", "aesthetic_weight": "0.5"}).encode())))
    assert len(hits) > 4
    assert all("url" in hit for hit in hits[:4])
    assert all(set(hit) == {"id", "similarity"} for hit in hits[4:])
    ids = [hit["id"] for hit in hits[4:]]
    metadata = server.post("/metadata", {"ids": ids, "indice_name": "pictures"})
    assert [entry["id"] for entry in metadata] == ids
    assert all(entry["metadata"]["url"] for entry in metadata)


def test_openai_embeddings(server):
    picture = "data:image/jpeg;base64," + base64.b64encode(
        (DEMO / "zebra.jpg").read_bytes()).decode()
    numbers = server.post("/v1/embeddings", {"input": ["斑马", "飞机", picture], "model": "any"})
    packed = server.post("/v1/embeddings", {"input": "斑马", "encoding_format": "base64"})
    vectors = [entry["embedding"] for entry in numbers["data"]]
    unpacked = struct.unpack(
        f"<{len(vectors[0])}f", base64.b64decode(packed["data"][0]["embedding"]))
    assert unpacked == pytest.approx(vectors[0], abs=1e-6)

    def cosine(a, b):
        return sum(x * y for x, y in zip(a, b))

    assert cosine(vectors[0], vectors[0]) == pytest.approx(1, abs=1e-5)
    assert cosine(vectors[0], vectors[2]) > cosine(vectors[1], vectors[2])


def test_the_description_is_valid_openapi(server):
    validate(server.get("/api/v1/openapi.json"))


def test_stops_on_sigterm(library, serve):
    server = serve(library)
    assert server.stop() == 0
    with pytest.raises(urllib.error.URLError):
        server.get("/healthz")


def test_a_taken_port_is_one_sentence(library, server):
    import subprocess
    from conftest import COMMAND

    port = server.url.rsplit(":", 1)[1]
    second = subprocess.run(
        [COMMAND, "serve", "--library", str(library), "--port", port], capture_output=True,
        text=True, timeout=60)
    assert second.returncode != 0
    assert second.stdout == ""
    assert f"127.0.0.1:{port}" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1
