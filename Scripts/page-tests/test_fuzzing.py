"""Every operation of the OpenAPI file under a grammar fuzzer: what the file allows is answered, what it
forbids is refused, and nothing makes the server fail."""

import os
import re
import subprocess
import sys
from pathlib import Path

# An address of a picture is fetched on request only, and what a picture or a vector must look like is
# more than a schema can say: such requests are refused by rights.
REFUSED_BY_RIGHTS = "--exclude-checks=positive_data_acceptance"


def fuzz(server, *options):
    """Runs Schemathesis; gives the exit code and what it printed."""
    command = [
        str(Path(sys.executable).parent / "schemathesis"), "run",
        server.url + "/api/v1/openapi.json", "--checks=all", REFUSED_BY_RIGHTS,
        # One worker: the parser of CPython 3.11 counts its depth for all threads together.
        "--request-timeout=60", "--workers=1", *options,
    ]
    outcome = subprocess.run(
        command, capture_output=True, text=True, timeout=1800,
        env={**os.environ, "NO_COLOR": "1", "COLUMNS": "120"})
    # Vectors make lines without end.
    return outcome.returncode, re.sub(r"(.{300}).*", r"\1 …", outcome.stdout + outcome.stderr)


def test_the_server_keeps_what_its_description_says(library, serve, tmp_path):
    code, report = fuzz(
        serve(library), "--max-examples=15", "--seed=1", "--phases=examples,coverage,fuzzing")
    assert code == 0, report[-20_000:]
