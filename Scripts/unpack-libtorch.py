"""Takes what a C++ program needs out of the PyPI wheel `torch`. Called by install-libtorch.sh.

    companions cpu|cuda WHEEL              prints the requirements to fetch beside the wheel
    unpack cpu|cuda WHEEL FOLDER DEST      fills DEST/{lib,include}; FOLDER has the other wheels

Only Python's standard library; every file is compared with the SHA-256 in its wheel's RECORD.
"""

import base64
import csv
import ctypes
import hashlib
import io
import re
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

# Python bindings, shared-memory helpers for Python's data loader, and PyTorch's own tests.
NOT_NEEDED = re.compile(r"libtorch_python|libshm|_test|backend_with_compiler|torchbind|aoti_custom")
# What needs more of CUDA than its run-time and profiling libraries; libtorch.so only joins
# libtorch_cpu and libtorch_cuda, so in a CUDA build it belongs here.
NEEDS_CUDA = re.compile(r"cuda|nvrtc|nvshmem|^libtorch\.so")
# The two libraries that libtorch_cpu of a CUDA build is linked to.
CPU_COMPANIONS = re.compile(r"^lib(cudart|cupti)\.so")


def is_cuda_build(wheel: zipfile.ZipFile) -> bool:
    return any(PurePosixPath(name).name == "libtorch_cuda.so" for name in wheel.namelist())


def metadata(wheel: zipfile.ZipFile, name: str) -> str:
    """The text of METADATA or RECORD."""
    path = next(path for path in wheel.namelist() if path.endswith(f".dist-info/{name}"))
    return wheel.read(path).decode()


def companions(variant: str, wheel: zipfile.ZipFile) -> list[str]:
    """Requirements on CUDA libraries: all of them, or for `cpu` the run-time and CUPTI only.

    Two spellings are in use: `nvidia-cuda-runtime-cu12==12.8.90`, one a library, and
    `cuda-toolkit[cublas,cudart,cupti,…]==13.0.3`, one for most.
    """
    if not is_cuda_build(wheel):
        return []
    result = []
    for line in HeaderParser().parsestr(metadata(wheel, "METADATA")).get_all("Requires-Dist", []):
        requirement = line.split(";")[0].replace(" ", "").replace("(", "").replace(")", "")
        if variant == "cpu":
            requirement = re.sub(r"^cuda-toolkit\[.*\]", "cuda-toolkit[cudart,cupti]", requirement)
            wanted = r"cuda-toolkit\[|nvidia-cuda-(runtime|cupti)"
        else:
            wanted = r"cuda-toolkit\[|nvidia-"
        if re.match(wanted, requirement):
            result.append(requirement)
    return result


def extract(wheel: zipfile.ZipFile, select, destination: Path) -> None:
    """Writes the members for which `select` gives a relative path, comparing their hashes."""
    expected = {row[0]: row[1] for row in csv.reader(io.StringIO(metadata(wheel, "RECORD"))) if row}
    for member in wheel.infolist():
        target = None if member.is_dir() else select(PurePosixPath(member.filename))
        if target is None:
            continue
        if ".." in target.parts or target.is_absolute():
            sys.exit(f"error: {wheel.filename} has a member outside its folder: {member.filename}")
        path = destination / target
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with wheel.open(member) as source, path.open("wb") as output:
            while block := source.read(1 << 20):
                digest.update(block)
                output.write(block)
        found = base64.urlsafe_b64encode(digest.digest()).rstrip(b"=").decode()
        if expected.get(member.filename) != f"sha256={found}":
            sys.exit(
                f"error: {member.filename} in {Path(wheel.filename).name} differs from the wheel's"
                " RECORD; the download is damaged: remove .libtorch.partial and run it again."
            )


def unpack(variant: str, wheel: zipfile.ZipFile, folder: Path, destination: Path) -> None:
    without_cuda = variant == "cpu" and is_cuda_build(wheel)

    def from_torch(path: PurePosixPath) -> PurePosixPath | None:
        if path.parts[:2] == ("torch", "include"):
            return path.relative_to("torch")
        if path.parts[:2] != ("torch", "lib") or len(path.parts) != 3 or ".so" not in path.name:
            return None
        if NOT_NEEDED.search(path.name) or (without_cuda and NEEDS_CUDA.search(path.name)):
            return None
        return PurePosixPath("lib", path.name)

    def from_nvidia(path: PurePosixPath) -> PurePosixPath | None:
        if path.parts[0] != "nvidia" or path.parent.name != "lib" or ".so" not in path.name:
            return None
        if without_cuda and not CPU_COMPANIONS.search(path.name):
            return None
        return PurePosixPath("lib", path.name)

    extract(wheel, from_torch, destination)
    for path in sorted(folder.glob("nvidia_*.whl")):
        with zipfile.ZipFile(path) as companion:
            extract(companion, from_nvidia, destination)
    try_loading(destination / "lib")


def try_loading(folder: Path) -> None:
    """Loads the libraries, so that a missing one is named now and not by the linker later."""
    for name in ("libtorch_cpu.so", "libtorch_cuda.so"):
        if (folder / name).exists():
            try:
                ctypes.CDLL(str(folder / name))
            except OSError as error:
                sys.exit(f"error: {name} does not load on this machine: {error}")


def main() -> None:
    command, variant, path, *rest = sys.argv[1:]
    try:
        with zipfile.ZipFile(path) as wheel:
            if command == "companions":
                print("".join(f"{line}\n" for line in companions(variant, wheel)), end="")
            else:
                unpack(variant, wheel, Path(rest[0]), Path(rest[1]))
    except zipfile.BadZipFile as error:
        sys.exit(
            f"error: {path} is damaged ({error}); remove .libtorch.partial and run it again."
        )
    except OSError as error:
        sys.exit(f"error: unpacking {path} failed: {error}")


main()
