#!/usr/bin/env python3
"""Writes Fuzzing/Seeds: small inputs for each fuzz target, from the tests' fixtures.

    Fuzzing/make-seeds.py        needs a C compiler and xxhash.h for the file of vectors
"""
import base64
import ctypes
import gzip
import json
import pathlib
import shutil
import struct
import subprocess
import tempfile

root = pathlib.Path(__file__).resolve().parent.parent
seeds = root / "Fuzzing/Seeds"
images = root / "Tests/CLIPImagesTests/Fixtures"
checkpoints = root / "Tests/CheckpointsTests/Fixtures"
data = root / "Tests/CLIPDataTests/Fixtures"


def seed(target, name, content):
    if isinstance(content, str):
        content = content.encode()
    place = seeds / target / name
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def parts(**files):
    """What several files come as: each after a line with its name (dots are __)."""
    out = b""
    for name, content in files.items():
        content = content.encode() if isinstance(content, str) else content
        name = name.replace("__", ".").replace("_SLASH_", "/")
        out += b"==== " + name.encode() + b"\n" + content
        if not content.endswith(b"\n") and name.rsplit(".")[-1] in ("json", "txt", "jsonl", "tsv"):
            out += b"\n"
    return out


def numpy(rows, columns, kind="<f4", version=1):
    size = {"<f2": 2, "<f4": 4, "<f8": 8}[kind]
    header = "{'descr': '%s', 'fortran_order': False, 'shape': (%d, %d), }" % (kind, rows, columns)
    start = 10 if version == 1 else 12
    header += " " * (-(start + len(header) + 1) % 64) + "\n"
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return (b"\x93NUMPY" + bytes([version, 0]) + length + header.encode()
            + bytes((7 * i + 60) % 120 for i in range(rows * columns * size)))


def safetensors(tensors, metadata=None):
    header, body = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, (kind, shape, content) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape,
                        "data_offsets": [len(body), len(body) + len(content)]}
        body += content
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + body


def texts():
    seed("json", "object", '{"a": [1, -2.5e3, true, null], "b": {"c": "\\u732b\\ud83d\\ude00"}}')
    seed("json", "half", '{"text": "猫\\ud83d", "n": "\\\\ud83d", "x": "\\u00e9\\/\\n"}')
    seed("floats", "floats", "[0.1, -1e-7, 3.4028235e38, 1e-45, 12345678901234567890, 0]")
    seed("numpy", "float32.npy", numpy(3, 4))
    seed("numpy", "float16.npy", numpy(2, 3, "<f2", 2))
    seed("numpy", "float64.npy", numpy(2, 2, "<f8", 3))
    seed("text", "utf8", b"\xef\xbb\xbf" + "一只猫\r\n海边的日落\n\nlast".encode())
    seed("text", "gbk", "一只猫\n海边的日落\n".encode("gb18030"))
    seed("text", "utf16", "一只猫\n".encode("utf-16"))
    jpeg = (images / "single-pixel.jpg").read_bytes()
    seed("base64", "plain", base64.b64encode(jpeg[:90]))
    seed("base64", "data", b"data:image/jpeg;base64," + base64.urlsafe_b64encode(jpeg[:50]))
    seed("base64", "literal", b"b'" + base64.b64encode(jpeg[:31]).rstrip(b"=") + b"'")
    seed("labels", "english", "FINDINGS: No edema, effusion, or nodule; heart is not enlarged?\n")
    seed("labels", "chinese", "影像所见：双肺未见实变，心影增大。胸腔积液，较前吸收。肺炎不除外")
    seed("labels", "table", json.dumps({"labels": [
        {"label": "Crack", "mentions": ["crack", "bone … broken"], "negations": ["no …"]}]}))
    seed("table", "quoted", '\0image,caption\na.jpg,"a ""b"", c"\nb.jpg,"two\nlines"\n')
    seed("table", "tabs", '\1image\tcaption\na.jpg\t"一寸照片\nb b.JPG\t太阳\nc.png\t"蓝色"\n')
    seed("table", "strict", '\2"图片","标题"\r\n"a.jpg","x"\r\n')
    seed("table", "plain", '\3path\ttext\na"b.jpg\t"\n')
    rows = (data / "tiny_imgs.tsv").read_text().splitlines()[:3]
    seed("pairs", "tiny", parts(
        some_imgs__tsv="\n".join(rows),
        some_texts__jsonl="\n".join(
            json.dumps({"text_id": i, "text": "猫%d" % i, "image_ids": [int(row.split("\t")[0])]},
                       ensure_ascii=False) for i, row in enumerate(rows))))
    seed("pairs", "forms", parts(
        some_imgs__tsv="1\tb'iVBORw0KGgo='\n2\tdata:image/png;base64,iVBORw0KGgo\n1\tiVBORw0KGgp=\n",
        some_texts__jsonl='{"text_id": "8", "text": "a\\ud83d", "image_ids": ["1", 2, 77]}\n'))
    seed("features", "three", "".join(
        '{"image_id": %d, "feature": [0.5, -1e-3, %d]}\n' % (2**62 + i, i) for i in range(3)))
    seed("features", "text", '{"feature": [1], "image_id": "77"}\r\n{"image_id": 1, "feature": [2]}')
    seed("rankings", "texts", '{"text_id": 8, "image_ids": [1, 2, 9223372036854775807]}\n')
    seed("rankings", "images", '{"image_id": "8", "text_ids": ["1", 2]}\n{"image_id": 9, "text_ids": []}')
    seed("tokens", "mixed", "一只可爱的猫 running unaffable “quotes” Ünïcödé ΌΔΟΣ 123 😀\u0301\u200d")
    seed("tokens", "broken", b"\xe7\x8c\xab\xff\xfe\xc0\x80 a\xcc\x81" + b"#" * 40)
    seed("vocabulary", "small",
         "[PAD]\n[UNK]\n[CLS]\n[SEP]\n猫\n狗\ncat\n##s\n##ing\n \n\n==== text\n猫狗 cats dogs cating")

    tokenizers()


def tokenizers():
    """One `tokenizer.json` of each model, with most of the steps."""
    def document(name, model, normalizers, pre_tokenizers, marks, **more):
        special = {mark: {"id": mark, "ids": [id], "tokens": [mark]} for mark, id in marks}
        single = [{"Sequence": {"id": "A", "type_id": 0}}] + [
            {"SpecialToken": {"id": mark, "type_id": 0}} for mark, _ in marks]
        content = {
            "version": "1.0", "truncation": None, "padding": None,
            "normalizer": {"type": "Sequence", "normalizers": normalizers},
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": pre_tokenizers},
            "post_processor": {"type": "TemplateProcessing", "single": single, "pair": [],
                               "special_tokens": special},
            "decoder": None, "model": model, **more}
        seed("tokenizer", name, parts(
            tokenizer__json=json.dumps(content, ensure_ascii=False), text="猫狗 cats's 12 <m>  É\n"))

    def regex(kind, pattern, **more):
        return {"type": kind, "pattern": {"Regex": pattern}, **more}

    added = [{"id": 8, "content": "<m>", "single_word": True, "lstrip": True, "rstrip": True,
              "normalized": False, "special": True}]
    document(
        "wordpiece",
        {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
         "max_input_chars_per_word": 100,
         "vocab": {"[PAD]": 0, "[UNK]": 1, "猫": 2, "狗": 3, "cat": 4, "##s": 5, "1": 6, "##2": 7}},
        [{"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
          "strip_accents": None, "lowercase": True}],
        [{"type": "BertPreTokenizer"}, {"type": "Digits", "individual_digits": True}], [("[PAD]", 0)],
        added_tokens=added)
    document(
        "bytes",
        {"type": "BPE", "unk_token": "<e>", "end_of_word_suffix": "</w>", "fuse_unk": True,
         "vocab": {"c": 0, "a": 1, "t": 2, "t</w>": 3, "ca": 4, "cat</w>": 5, "Ġ": 6, "<e>": 7},
         "merges": ["c a", ["ca", "t</w>"]]},
        [{"type": "NFC"}, regex("Replace", "\\s+", content=" "), {"type": "Lowercase"}],
        [regex("Split", "<e>|'s|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+", behavior="Removed",
               invert=True), {"type": "ByteLevel", "add_prefix_space": True, "use_regex": True}],
        [("<e>", 7)], added_tokens=added)
    document(
        "fallback",
        {"type": "BPE", "unk_token": "<u>", "byte_fallback": True, "ignore_merges": True,
         "vocab": {"<u>": 0, "▁": 1, "c": 2, "a": 3, "ca": 4, "<0xE7>": 5, "<0x8C>": 6, "<0xAB>": 7},
         "merges": [["c", "a"]]},
        [{"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Prepend", "prepend": "▁"},
         {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}],
        [{"type": "Split", "pattern": {"String": "▁"}, "behavior": "MergedWithNext", "invert": False},
         {"type": "Punctuation", "behavior": "Contiguous"}], [], added_tokens=added)
    # A double array that replaces "a" by "b".
    table = struct.pack("<4I", 0x01 << 10, *([0] * 3)) + bytes(0x61 * 4 - 16)
    table += struct.pack("<I", 0x61 | 1 << 8 | 0x63 << 10) + struct.pack("<I", 0) * 2
    document(
        "unigram",
        {"type": "Unigram", "unk_id": 0, "byte_fallback": False,
         "vocab": [["<u>", 0.0], ["▁", -2.5], ["▁猫", -3.25], ["狗", -4.0], ["s", -1e-3], ["cat", -7],
                   ["ca", -6.5], ["t", -1.125]]},
        [{"type": "Precompiled", "precompiled_charsmap":
          base64.b64encode(struct.pack("<I", len(table)) + table + b"b\0").decode()},
         {"type": "Nmt"}, {"type": "Strip", "strip_left": True, "strip_right": False}],
        [{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True}], [],
        added_tokens=added, truncation={"direction": "Right", "max_length": 64,
                                        "strategy": "LongestFirst", "stride": 0},
        padding={"strategy": {"Fixed": 64}, "direction": "Left", "pad_to_multiple_of": None,
                 "pad_id": 0, "pad_type_id": 0, "pad_token": "<u>"})
    seed("merges", "short", "#version\nc a\nca t</w>\n")
    seed("merges", "packed", gzip.compress(b"#version\nc a\nca t</w>\n", mtime=0))


def containers():
    def entry(name, content):
        header = bytearray(512)
        header[:len(name)] = name.encode()
        header[100:108], header[108:116], header[116:124] = b"0000644\0", b"0000000\0", b"0000000\0"
        header[124:136], header[136:148] = b"%011o\0" % len(content), b"00000000000\0"
        header[148:156], header[156:157], header[257:265] = b" " * 8, b"0", b"ustar\0" b"00"
        header[148:156] = b"%06o\0 " % sum(header)
        return bytes(header) + content + bytes(-len(content) % 512)
    seed("tar", "samples.tar", entry("a.jpg", (images / "single-pixel.jpg").read_bytes())
         + entry("a.txt", "猫".encode()) + entry("b.png", (images / "grey-2bit.png").read_bytes())
         + entry("b.json", b'{"caption": "dog"}') + bytes(1024))
    for name in ("arrow-delta", "arrow-lengths", "arrow-snappy", "arrow-gzip-v2", "duckdb"):
        seed("parquet", name, (root / f"Tests/ParquetTests/Fixtures/{name}.parquet").read_bytes())
    seed("lists", "table.csv", "url,caption\nhttp://a.example/1.jpg,\"猫, 狗\"\n,\n".encode())
    seed("lists", "lines.jsonl", '{"url":"http://a.example/1.jpg","text":"猫"}\n[]\n'.encode())
    seed("lists", "plain.txt", b"http://a.example/1.jpg\n\n#\n")
    gnu = (data / "gnu.tar").read_bytes()
    seed("tar", "gnu.tar", gnu[:8192])
    seed("tar", "pax.tar", (data / "pax.tar").read_bytes()[:8192])
    for name in ("pairs", "imgs"):
        found = sorted((data / "lmdb").rglob("data.mdb"))
        for index, file in enumerate(found):
            content = file.read_bytes()
            if len(content) <= 40960 and file.parent.name == name:
                seed("lmdb", f"{name}-{index}.mdb", content)
    for index, record in enumerate(json.loads((data / "pickles.json").read_text())[:4]):
        text = record.get("pickle") or record.get("bytes") if isinstance(record, dict) else record
        if isinstance(text, str):
            try:
                seed("record", f"pickle-{index}", base64.b64decode(text))
            except ValueError:
                seed("record", f"pickle-{index}", bytes.fromhex(text))
    import pickle
    for protocol in range(0, 6):
        seed("record", f"protocol-{protocol}", pickle.dumps((7, 9, "一只猫"), protocol))
    small = {"logit_scale": ("F32", [], struct.pack("<f", 4.6)),
             "text_projection": ("F16", [2, 3], bytes(12)), "empty": ("I64", [0, 4], b""),
             "b": ("BF16", [2], b"\x80\x3f\x00\x40"), "u": ("U8", [3], b"abc")}
    seed("safetensors", "types", safetensors(small, {"format": "pt"}))
    seed("safetensors", "metadata", safetensors({"a": ("F64", [1], bytes(8))}, {"epoch": 3}))
    for name in ("views.pt", "views-legacy.pt", "views-protocol4.pt"):
        seed("pytorch", name, (checkpoints / name).read_bytes())
    one = {"a": ("F32", [2], bytes(8))}
    seed("shards", "two", parts(
        model__safetensors__index__json=json.dumps(
            {"weight_map": {"a": "a.safetensors", "b": "b.safetensors"}}),
        a__safetensors=safetensors(one), b__safetensors=safetensors({"b": ("F16", [1], bytes(2))})))


def pictures():
    chosen = {
        "jpeg": ["baseline-420.jpg", "progressive.jpg", "cmyk.jpg", "restarts.jpg", "grey.jpg",
                 "photographed.jpg"],
        "png": ["interlaced-rgb.png", "palette-alphas.png", "grey-16bit.png", "palette-beyond.png",
                "profile-compressed-3.png", "rgba.png", "bilevel.png"],
        "webp": ["lossy.webp", "lossy-alpha.webp", "lossless-alpha.webp", "orientation-3.webp",
                 "animated.webp"],
        "gif": ["small-frame.gif", "interlaced.gif", "transparent.gif"],
        "bmp": ["runs.bmp", "palette-4bit.bmp", "rgb-555.bmp", "rgba.bmp", "bilevel.bmp"],
        "tiff": ["bilevel.tif", "rgb-lzw.tif", "rgba-deflate.tif", "orientation-6.tif", "lab.tif",
                 "cmyk.tif", "grey-16bit.tif"],
        "heic": ["Libraries/grey.heic", "Libraries/turned.heic"],
        "avif": ["Libraries/grey.avif", "Libraries/turned.avif"],
        "dicom": [f"DICOM/{name}.dcm" for name in ("window", "signed", "fragments", "run-lengths")],
        "jxl": ["Libraries/grey.jxl", "Libraries/alpha.jxl", "Libraries/transcoded.jxl"],
        "raw": ["Libraries/turned.dng"],
    }
    for target, names in chosen.items():
        for name in names:
            seed(target, pathlib.Path(name).name, (images / name).read_bytes())
    for name in ("photographed.jpg", "tall-turned.jpg"):
        content = (images / name).read_bytes()
        start = content.index(b"Exif\0\0") + 6
        length = struct.unpack(">H", content[start - 8:start - 6])[0]
        seed("exif", name.replace(".jpg", ""), content[start:start + length - 8])
    seed("exif", "orientation-6.tif", (images / "orientation-6.tif").read_bytes()[:600])
    seed("exif", "profile-text-6.png", (images / "profile-text-6.png").read_bytes())


def models():
    config = json.loads((checkpoints / "hf/config.json").read_text())
    vocabulary = (checkpoints / "hf/vocab.txt").read_text()
    pieces = vocabulary.splitlines()
    tokenizer = json.dumps({
        "version": "1.0", "normalizer": {"type": "BertNormalizer", "lowercase": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]",
                  "vocab": {piece: index for index, piece in enumerate(pieces)}}},
        ensure_ascii=False)
    weights = safetensors({"logit_scale": ("F32", [], bytes(4)),
                           "text_projection.weight": ("F32", [2, 2], bytes(16))})
    seed("huggingface", "vocab", parts(
        config__json=json.dumps(config), vocab__txt=vocabulary, model__safetensors=weights))
    seed("huggingface", "tokenizer", parts(
        config__json=json.dumps(config), tokenizer__json=tokenizer,
        tokenizer_config__json='{"added_tokens_decoder": {"0": {"content": "[PAD]"}}}',
        model__safetensors=weights))
    presets = sorted((root / "Sources/CLIPModels/Resources/Presets").glob("*.json"))
    for preset in presets[:1] + presets[-1:]:
        seed("configuration", preset.name, preset.read_bytes())
    for recipe in sorted((root / "Recipes").rglob("*.json"))[:3]:
        seed("run", recipe.name, recipe.read_bytes())
    seed("prompts", "grammar", json.dumps(
        {"prefixes": ["一张", ""], "categories": ["{}"], "suffixes": ["的照片", ""]},
        ensure_ascii=False))


def searching():
    seed("filter", "long", 'not (taken >= 2024-05 and folder ~ "海边") or 大小 > 3MB and tag = 猫')
    seed("filter", "quotes", 'caption != "a \\"b\\" \\\\" AND width<=500 or (name ~ \'x\')')
    halves = b"".join(struct.pack("<e", value) for value in (
        [0.6, 0.8, 0] + [1, 0, 0] + [0, 1, 0] + [0.6, 0, 0.8] + [-1, 0, 0]))
    seed("vectors", "three", bytes([2]) + halves)
    seed("vectors", "infinite", bytes([0]) + struct.pack("<4e", 1, float("inf"), float("nan"), -1))
    segment()
    line = '{"image_path": "a.jpg", "caption": "猫"}\n'
    seed("retrieval", "folder", parts(**{
        "img_emb_SLASH_img_emb_0__npy": numpy(2, 8, "<f2"),
        "text_emb_SLASH_text_emb_0__npy": numpy(2, 8, "<f2"),
        "metadata_SLASH_metadata_0__jsonl": line + line.replace("a.jpg", "../b"),
        "some_imgs__img_feat__jsonl": '{"image_id": 3, "feature": [1, 0, 0, 0, 0, 0, 0, 0]}\n'}))
    seed("retrieval", "features", parts(
        some_imgs__img_feat__jsonl='{"image_id": "x/../y", "feature": [1, 2]}\n{"image_id": 3}\n'))


def segment():
    """A whole file of two vectors of eight numbers, with its checksums (SegmentFile.swift)."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "sum.c")
        source.write_text("#define XXH_INLINE_ALL\n#include <xxhash.h>\n#include <stdint.h>\n"
                          "uint64_t sum(const void *p, size_t n) { return XXH3_64bits(p, n); }\n")
        library = pathlib.Path(folder, "sum.so")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
        function = ctypes.CDLL(str(library)).sum
        function.restype, function.argtypes = ctypes.c_uint64, [ctypes.c_char_p, ctypes.c_size_t]

        def checksum(content):
            return function(bytes(content), len(content))
        dimension, count, stride = 8, 2, 64
        vectors = [[1] + [0] * 7, [0, 1] + [0] * 6]
        packed = [struct.pack("<8e", *vector) for vector in vectors]
        body, offsets = bytearray(4096), []

        def part(content):
            offsets.append(len(body))
            body.extend(content + bytes(-len(content) % 64))
        part(struct.pack("<8f", *[0.5, 0.5, 0, 0, 0, 0, 0, 0]))
        part(struct.pack("<2q", 1, 2))
        part(struct.pack("<2f", 1 / 254, 1 / 254))
        part(struct.pack("<2f", 0.01, 0.01))
        part(struct.pack("<2I", *[checksum(row) & 0xFFFFFFFF for row in packed]))
        part(bytes([255, 1] + [128] * 62 + [1, 255] + [128] * 62))
        part(b"".join(packed))
        identity = checksum(b"\0".join([b"fuzz", b"fuzz", b"0", b"8"]))
        contents = checksum(body[offsets[0]:offsets[6]])
        header = struct.pack("<QQqqfIQ", 0x3130434556504943, identity, 1, count, 1.0, 0, contents)
        body[:len(header)] = header
        body[48:56] = struct.pack("<Q", checksum(body[:48]))
        assert len(body) == offsets[6] + 64 and stride == 64 and dimension == 8
        seed("segment", "two.vectors", body)


def network():
    for index, text in enumerate([
            "https://example.org/a.jpg", "http://[::1]:80/x", "https://user@example.org/",
            "http://127.1/", "https://例子.中国/猫?a=b#c", "::ffff:10.0.0.1", "http://a%2eb:80"]):
        seed("address", f"address-{index}", text)
    seed("listing", "huggingface", json.dumps([
        {"type": "file", "path": "a/b.bin", "size": 7, "oid": "0" * 40},
        {"type": "file", "path": "../c", "size": 7, "lfs": {"oid": "0" * 64}},
        {"type": "directory", "path": "d"}]))
    seed("listing", "modelscope", json.dumps(
        {"Data": {"Files": [{"Path": "x.pt", "Type": "blob", "Size": 3, "Sha256": "ab" * 32}]}}))
    seed("body", "picture", '{"image": "' + "QUJD" * 40 + '", "a": [1, 2]}')
    seed("body", "text", '{"text": "猫\\"\\\\", "vector": [0.1, 0.2, 0.3, 0.4]}')
    jpeg = base64.b64encode((images / "single-pixel.jpg").read_bytes()).decode()
    post = "POST %s\nContent-Type: application/json\n\n%s"
    requests = {
        "search": ("/api/v1/search", '{"text": "红", "plus": [{"text": "b", "weight": 2}], '
                   '"where": "width > 3", "limit": 3, "offset": 0}'),
        "image": ("/api/v1/search", '{"image": "%s"}' % jpeg),
        "vector": ("/api/v1/search", '{"vector": [1, 0, 0, 0, 0, 0, 0, 0], "foldDuplicates": true}'),
        "embed": ("/api/v1/embed", '{"texts": ["猫\\ud83d"], "images": ["%s"]}' % jpeg),
        "embeddings": ("/v1/embeddings", '{"input": ["a"], "model": "m", "encoding_format": "base64"}'),
        "tokens": ("/v1/embeddings", '{"input": [[57668, 53901]]}'),
        "knn": ("/knn-service", '{"text": "a", "modality": "image", "num_images": 3, '
                '"indice_name": "pictures", "deduplicate": true}'),
        "metadata": ("/metadata", '{"ids": [1, -1], "indice_name": "pictures"}'),
        "classify": ("/api/v1/classify", '{"labels": ["红", "绿"], "images": ["%s"]}' % jpeg),
        "sort": ("/api/v1/sort", '{"labels": ["红", "绿"]}'),
    }
    for name, (path, body) in requests.items():
        seed("request", name, post % (path, body))
    for name, path in {
            "get": "/api/v1/search?q=%E7%BA%A2&limit=2&where=width%3E3&minus=a", "list":
            "/api/v1/pictures?order=newest&limit=3&offset=0", "thumbnail":
            "/api/v1/pictures/1/thumbnail?side=64", "original": "/api/v1/pictures/1/original",
            "similar": "/api/v1/pictures/1/similar?limit=2", "page": "/", "openapi":
            "/api/v1/openapi.json"}.items():
        seed("request", name, f"GET {path}\nRange: bytes=0-3\nIf-None-Match: \"x\"\n\n")
    seed("request", "upload", b"POST /api/v1/pictures?name=a.jpg\nContent-Type: image/jpeg\n\n"
         + (images / "single-pixel.jpg").read_bytes())
    seed("request", "delete", "DELETE /api/v1/pictures/7\nOrigin: http://localhost\n\n")
    seed("workers", "torchrun", "WORLD_SIZE=2\nRANK=1\nLOCAL_RANK=1\nMASTER_ADDR=h\nMASTER_PORT=29500\n")
    seed("workers", "file", "WORLD_SIZE=4\nRANK=0\nCNCLIP_WORKER_FILE=/x\nCNCLIP_LAUNCHER=1\n")

    def text(value):
        return struct.pack("<Q", len(value)) + value
    hello = bytes([0]) + struct.pack("<I", 0x3C85F7CE)
    ping = bytes([13]) + struct.pack("<I", 7)
    for name, message in {
            "hello": hello + ping, "set": hello + bytes([1]) + text(b"/a") + text(b"value"),
            "get": hello + bytes([3]) + text(b"/a"),
            "add": hello + bytes([4]) + text(b"/n") + struct.pack("<q", 1),
            "check": hello + bytes([5]) + struct.pack("<Q", 1) + text(b"/a"),
            "wait": hello + bytes([6]) + struct.pack("<Q", 2) + text(b"/a") + text(b"/b"),
            "many": hello + bytes([10]) + struct.pack("<Q", 1 << 60) + text(b"/a")}.items():
        seed("rendezvous", name, message)


shutil.rmtree(seeds, ignore_errors=True)
for make in (texts, containers, pictures, models, searching, network):
    make()
total = sum(file.stat().st_size for file in seeds.rglob("*") if file.is_file())
print(f"{len(list(seeds.iterdir()))} targets, {total / 1000:.0f} kB")
