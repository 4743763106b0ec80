#!/usr/bin/env python3
"""Measures `cnclip dataset clean` on a made-up set with planted faults.

Writes rows with faults of known kinds (and rows that only look like faults), cleans them, and compares
dropped.jsonl with what was planted: precision and recall of each kind. With pictures the set is tar shards
with small JPEG files, without (--texts-only) a list of texts.

    Scripts/check-cleaning.py --rows 20000
    Scripts/check-cleaning.py --rows 1000000 --texts-only
    Scripts/check-cleaning.py --rows 5000 --kills 20      # ended by SIGKILL again and again: the same result

Exit code 1 if a kind falls below --least (0.99) of either; of near duplicates, whose hash sees most
re-scaled and re-compressed pictures and not all, 0.95 is enough. Needs numpy and Pillow (.venv has them).
"""
import argparse
import collections
import hashlib
import io
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tarfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent

SUBJECTS = "小猫 小狗 老人 孩子 女孩 男孩 渔夫 农民 厨师 学生 骑手 工人 游客 司机 医生 舞者 画师 邮差 牧羊人 木匠".split()
COLOURS = "红色 黄色 蓝色 绿色 白色 黑色 紫色 橙色 灰色 棕色".split()
THINGS = "雨伞 自行车 书包 帽子 椅子 气球 风筝 篮子 灯笼 毛衣 围巾 杯子 西瓜 苹果 鲜花 火车 帆船 木桥 石墙 窗户".split()
PLACES = "公园里 河边 街道上 厨房里 草地上 海滩上 雪地里 车站旁 图书馆里 屋顶上 树林里 院子里 山坡上 市场里 桥下".split()
VERBS = "拿着 看着 推着 抱着 指着 画着 修理 擦洗 挑选 举起".split()
TIMES = "清晨 中午 傍晚 夜晚 春天 夏天 秋天 冬天 雨后 雪后".split()

TRADITIONAL = ["一個女孩在圖書館裡讀書寫字", "漁夫們在碼頭邊修補舊漁網", "夕陽下的舊橋與遠處的燈塔", "廚師將雞蛋與麵粉攪拌均勻"]
JAPANESE = ["公園で遊んでいる子どもたちの写真", "赤い傘を持って歩いている女性", "駅の前で電車を待つ人々", "海辺を走る犬とその飼い主"]
KOREAN = ["공원에서 노는 아이들의 사진", "빨간 우산을 들고 걷는 여자", "바닷가를 달리는 개와 주인"]
ENGLISH = ["a woman walking with a red umbrella in the rain", "two dogs are running along the beach at sunset"]
RUSSIAN = ["женщина с красным зонтом идёт по улице", "две собаки бегут по пляжу на закате"]
EMOJI = "😀🎉🔥❤️👍🏻🐱🌸✨"
ADVERTS = ["厂家直销{0}批发价优惠", "{0}加微信：abc{1}领取", "{0}联系电话：010-{1}", "点击购买{0}全场包邮"]
FILES = ["IMG_2021{0}", "{1}.jpg 的图片", "https://example.com/p/{0}", "DSC_00{0}"]
BLOCKED = ["违禁词甲", "敏感内容乙", "blockedterm"]
UNKNOWN = "𠀀𠀁𠀂𠀃𠀄𠀅𠀆𠀇𠀈"
NAMED = ["演员王小明出席活动", "李建国教授在讲台上讲课", "欧阳娜娜女士在舞台上", "歌手周华的新专辑封面"]
LOOK_ALIKE = [
    "马上就要下雨的街道和行人", "黑色3折叠雨伞放在桌上", "优の良品零食放在货架上面", "公众号二维码旁边的花盆",
    "高级餐厅里的白色桌布和花", "iPhone 手机放在木头桌子上", "一张2021年的老照片在墙上", "©版权所有的风景照片一张"]


def sentence(rng):
    return (f"{rng.choice(TIMES)}{rng.choice(PLACES)}{rng.choice(COLOURS)}衣服的{rng.choice(SUBJECTS)}"
            f"{rng.choice(VERBS)}{rng.choice(COLOURS)}的{rng.choice(THINGS)}")


class Pictures:
    """Small pictures of rectangles and noise, all different."""

    def __init__(self, side):
        import numpy
        from PIL import Image
        self.numpy, self.image, self.side = numpy, Image, side

    def pixels(self, seed, width=None, height=None):
        numpy = self.numpy
        rng = numpy.random.default_rng(seed)
        width, height = width or self.side, height or self.side
        picture = numpy.empty((height, width, 3), numpy.uint8)
        picture[:] = rng.integers(40, 216, 3, dtype=numpy.uint8)
        for _ in range(9):
            x, y = rng.integers(0, width), rng.integers(0, height)
            w, h = rng.integers(width // 6, width // 2 + 2), rng.integers(height // 6, height // 2 + 2)
            picture[y:y + h, x:x + w] = rng.integers(0, 256, 3, dtype=numpy.uint8)
        noise = rng.integers(-25, 26, picture.shape)
        return numpy.clip(picture.astype(int) + noise, 0, 255).astype(numpy.uint8)

    def jpeg(self, pixels, quality=92):
        buffer = io.BytesIO()
        self.image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
        return buffer.getvalue()

    def plain(self, seed):
        pixels = self.numpy.full((self.side, self.side, 3), 30 + seed % 200, self.numpy.uint8)
        return self.jpeg(pixels)

    def blurred(self, seed):
        from PIL import ImageFilter
        image = self.image.fromarray(self.pixels(seed)).filter(ImageFilter.GaussianBlur(self.side / 10))
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=92)
        return buffer.getvalue()

    def two_levels(self, seed):
        numpy = self.numpy
        pixels = numpy.zeros((self.side, self.side, 3), numpy.uint8)
        pixels[::2, (seed % 3)::3] = 255
        buffer = io.BytesIO()
        self.image.fromarray(pixels).save(buffer, "PNG")
        return buffer.getvalue()

    def nearly(self, seed, number):
        """The picture of a seed, scaled and compressed again, differently for each number."""
        side = int(self.side * 1.25) + number % 7
        image = self.image.fromarray(self.pixels(seed)).resize((side, side), self.image.BICUBIC)
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=75 + number % 19)
        return buffer.getvalue()


TEXT_STEPS = [
    {"pattern": {"kinds": ["file_name", "advertisement"]}},
    {"language": {"allowed": ["zh"]}},
    "simplify",
    {"length": {"characters": [5, 50]}},
    {"unknown_tokens": {"maximum": 5}},
    "emoji",
    {"text_entropy": {"minimum": 1.5}},
    "blocked_words",
    "replace_names",
    {"repeated_texts": {"maximum": 10}},
]
PICTURE_STEPS = [
    "readable",
    {"short_side": {"minimum": 32}},
    {"aspect": {"maximum": 3}},
    {"contrast": {"minimum": 2}},
    {"sharpness": {"minimum": 100}},
    {"picture_entropy": {"minimum": 3}},
    "contamination",
    "repeated_pictures",
    "near_duplicates",
]


def text_fault(kind, number, rng):
    """A text with a fault, and the step that must find it; None for one that must stay."""
    plain = sentence(rng)
    if kind == "language":
        return rng.choice(JAPANESE + KOREAN + ENGLISH + RUSSIAN) + f" {number}", "language"
    if kind == "short":
        return plain[:rng.randint(1, 4)], "length"
    if kind == "long":
        return plain * 4, "length"
    if kind == "unknown":
        return plain + "".join(UNKNOWN), "unknown_tokens"
    if kind == "emoji":
        return plain + rng.choice(list("😀🎉🔥👍🐱🌸")), "emoji"
    if kind == "dull":
        return rng.choice("哈好啊的") * rng.randint(6, 40), "text_entropy"
    if kind == "advert":
        return rng.choice(ADVERTS).format(rng.choice(THINGS), 100000 + number), "pattern"
    if kind == "file":
        return rng.choice(FILES).format(1000 + number % 9000, hashlib.md5(str(number).encode()).hexdigest()), "pattern"
    if kind == "blocked":
        return plain[:8] + rng.choice(BLOCKED) + plain[8:16], "blocked_words"
    if kind == "repeated":
        # Often enough to be a fault: some forty rows of each text.
        return f"查看源网页展开全文第{number // 4000}页", "repeated_texts"
    if kind == "traditional":
        return rng.choice(TRADITIONAL) + plain, None
    if kind == "named":
        return rng.choice(NAMED) + plain[:12] + f"{number}", None
    if kind == "lookalike":
        return rng.choice(LOOK_ALIKE) + plain[:16], None
    return plain + f"第{number}号", None


TEXT_FAULTS = "language short long unknown emoji dull advert file blocked repeated".split()
TEXT_OTHERS = "traditional named lookalike".split()
PICTURE_FAULTS = "broken small narrow plain blurred levels test equal near".split()
PICTURE_STEP = dict(broken="readable", small="short_side", narrow="aspect", plain="contrast", blurred="sharpness",
                    levels="picture_entropy", test="contamination", equal="repeated_pictures", near="near_duplicates")


def make(folder, arguments):
    """Writes the set; returns the planted fault of every row by its name in dropped.jsonl."""
    rng = random.Random(arguments.seed)
    planted = {}
    words = folder / "blocked.txt"
    words.write_text("\n".join(BLOCKED) + "\n", encoding="utf-8")
    pictures = None if arguments.texts_only else Pictures(arguments.side)
    steps = TEXT_STEPS + ([] if arguments.texts_only else PICTURE_STEPS)
    (folder / "recipe.json").write_text(json.dumps({"name": "planted", "steps": steps}, ensure_ascii=False))
    if arguments.texts_only:
        with open(folder / "texts.txt", "w", encoding="utf-8") as file:
            for number in range(arguments.rows):
                draw = rng.random()
                kind = (rng.choice(TEXT_FAULTS) if draw < arguments.faults
                        else rng.choice(TEXT_OTHERS) if draw < arguments.faults + 0.1 else "plain")
                text, step = text_fault(kind, number, rng)
                planted[f"texts.txt, row {number + 1}"] = (kind, step)
                file.write(text + "\n")
        return planted, [str(folder / "texts.txt")]
    test = folder / "test"
    test.mkdir()
    tests = [pictures.jpeg(pictures.pixels(10**9 + number)) for number in range(50)]
    for number, data in enumerate(tests):
        (test / f"{number}.jpg").write_bytes(data)
    shards = []
    earlier = []
    for start in range(0, arguments.rows, arguments.shard):
        path = folder / f"{start // arguments.shard:05}.tar"
        shards.append(str(path))
        with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
            for number in range(start, min(start + arguments.shard, arguments.rows)):
                draw = rng.random()
                kind, step, data = "plain", None, None
                text = sentence(rng) + f"第{number}号"
                if draw < arguments.faults / 2:
                    kind = rng.choice(TEXT_FAULTS)
                    text, step = text_fault(kind, number, rng)
                elif draw < arguments.faults:
                    kind = rng.choice(PICTURE_FAULTS)
                    if kind in ("equal", "near") and not earlier:
                        kind = "plain"
                    step = PICTURE_STEP.get(kind)
                elif draw < arguments.faults + 0.1:
                    kind = rng.choice(TEXT_OTHERS)
                    text, step = text_fault(kind, number, rng)
                side = arguments.side
                if kind == "broken":
                    data = pictures.jpeg(pictures.pixels(number))[:rng.randint(10, 300)]
                elif kind == "small":
                    data = pictures.jpeg(pictures.pixels(number, 31, 40))
                elif kind == "narrow":
                    data = pictures.jpeg(pictures.pixels(number, side * 3 + 3, side))
                elif kind == "plain" and step == "contrast":
                    data = pictures.plain(number)
                elif kind == "blurred":
                    data = pictures.blurred(number)
                elif kind == "levels":
                    data = pictures.two_levels(number)
                elif kind == "test":
                    data = rng.choice(tests)
                elif kind == "equal":
                    data = pictures.jpeg(pictures.pixels(rng.choice(earlier)))
                elif kind == "near":
                    data = pictures.nearly(rng.choice(earlier), number)
                else:
                    data = pictures.jpeg(pictures.pixels(number))
                    if step is None:
                        earlier.append(number)
                        if len(earlier) > 2000:
                            earlier.pop(rng.randrange(1000))
                key = f"{number:09}"
                label = {"plain": "flat" if step == "contrast" else "plain"}.get(kind, kind)
                planted[f"{path.name}/{key}"] = (label, step)
                metadata = json.dumps({"url": f"https://host{number % 50}.example/{number}.jpg", "key": key})
                for ending, content in (("jpg", data), ("txt", text.encode()), ("json", metadata.encode())):
                    info = tarfile.TarInfo(f"{key}.{ending}")
                    info.size = len(content)
                    archive.addfile(info, io.BytesIO(content))
    return planted, shards


def command(arguments, folder, inputs, output):
    line = [arguments.program, "dataset", "clean", *inputs, "--recipe", str(folder / "recipe.json"),
            "--output", str(output), "--blocked-words", str(folder / "blocked.txt"), "--json", "--quiet"]
    if not arguments.texts_only:
        line += ["--against", str(folder / "test")]
    return line


def digest(folder):
    """A hash over all files of a result."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            total.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--texts-only", action="store_true")
    parser.add_argument("--faults", type=float, default=0.4, help="share of rows with a planted fault")
    parser.add_argument("--shard", type=int, default=1000, help="rows of a shard")
    parser.add_argument("--side", type=int, default=48, help="pixels of a picture's side")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=0.99)
    parser.add_argument("--kills", type=int, default=0, help="end a second run so often and compare the results")
    parser.add_argument("--program", default=str(ROOT / ".build/release/cnclip"))
    parser.add_argument("--work", help="a folder to keep; a temporary one if absent")
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.work or f"/tmp/check-cleaning-{os.getpid()}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    planted, inputs = make(folder, arguments)
    output = folder / "clean"
    start = time.monotonic()
    run = subprocess.run(command(arguments, folder, inputs, output), stdout=subprocess.PIPE, text=True)
    seconds = time.monotonic() - start
    if run.returncode != 0:
        sys.exit(f"cnclip ended with {run.returncode}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    report = json.loads(run.stdout)
    dropped = {}
    with open(output / "dropped.jsonl", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            assert row["row"] not in dropped, f"{row['row']} is dropped twice"
            dropped[row["row"]] = row["step"]
    assert len(planted) == report["rows"] and report["kept"] + len(dropped) == report["rows"]
    kinds = collections.defaultdict(collections.Counter)
    for name, (kind, step) in planted.items():
        found = dropped.get(name)
        kinds[kind]["planted"] += 1
        kinds[kind]["hit" if found == step else "other" if found and step else "missed" if step else "wrong"] += 1
    steps = {kind: step for kind, step in planted.values()}
    print(f"{'kind':12} {'step':18} {'planted':>8} {'recall':>8} {'precision':>10}")
    lowest = 1.0
    for kind in sorted(kinds, key=lambda kind: (steps[kind] is None, kind)):
        counts = kinds[kind]
        step = steps[kind]
        if step is None:
            kept = counts["hit"] / counts["planted"]
            print(f"{kind:12} {'(stays)':18} {counts['planted']:8} {kept:8.4f}")
            lowest = min(lowest, kept)
            continue
        of_step = [name for name, found in dropped.items() if found == step]
        right = sum(planted[name][1] == step for name in of_step)
        recall = counts["hit"] / counts["planted"]
        precision = right / len(of_step) if of_step else 0.0
        print(f"{kind:12} {step:18} {counts['planted']:8} {recall:8.4f} {precision:10.4f}")
        lowest = min(lowest, 1.0 if kind == "near" and min(recall, precision) >= 0.95 else min(recall, precision))
    changed = {step["name"]: step["changed"] for step in report["steps"] if step["changed"]}
    print(f"changed texts: {changed}")
    print(f"{len(planted)} rows in {seconds:.1f} s, {len(planted) / seconds:.0f} rows/s, peak {peak:.0f} MiB; "
          f"{report['kept']} stay")
    if arguments.kills:
        again = folder / "again"
        for number in range(arguments.kills):
            process = subprocess.Popen(command(arguments, folder, inputs, again), stdout=subprocess.DEVNULL)
            try:
                process.wait(timeout=random.Random(number).uniform(0.05, seconds * 0.6))
                break
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
        if not (again / "report.json").exists() or (again / ".cleaning").exists():
            subprocess.run(command(arguments, folder, inputs, again), stdout=subprocess.DEVNULL, check=True)
        same = digest(output) == digest(again)
        print(f"{arguments.kills} kills: the result is {'the same' if same else 'ANOTHER'}")
        if not same:
            sys.exit(1)
    if not arguments.work:
        shutil.rmtree(folder)
    if lowest < arguments.least:
        sys.exit(f"a kind lies at {lowest:.4f}, below {arguments.least}")


if __name__ == "__main__":
    main()
