"""A server that is killed and started again on the same port."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND = os.environ.get("CNCLIP", str(ROOT / ".build/release/cnclip"))


class Server:
    """`cnclip serve` over one library."""

    def __init__(self, library, log):
        self.library, self.log, self.port = library, log, 0
        self.process = None
        self.peak = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        # The same port again may be taken for a moment by a connection that is closing.
        for _ in range(20):
            with open(self.log, "ab") as errors:
                self.process = subprocess.Popen(
                    [COMMAND, "serve", "--library", str(self.library), "--port", str(self.port)],
                    stdout=subprocess.PIPE, stderr=errors, text=True)
            line = self.process.stdout.readline()
            if line:
                self.port = int(re.search(r":(\d+)/", line).group(1))
                return
            self.process.wait()
            time.sleep(0.5)
        raise RuntimeError(f"the server does not start; see {self.log}")

    def memory(self):
        """Resident megabytes now."""
        with open(f"/proc/{self.process.pid}/status") as status:
            kilobytes = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
        self.peak = max(self.peak, kilobytes / 1024)
        return kilobytes / 1024

    def kill(self):
        """Without a chance to tidy up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """As a person does.

        Returns: the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)
