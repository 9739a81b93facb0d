"""A progress bar on a terminal, a line now and then elsewhere."""

import sys
import time

WIDTH = 30
INTERVAL = 15


class Progress:
    """Tells on standard error how far the replay is."""

    def __init__(self, title, total, stream=None):
        self.title, self.total = title, total
        self.stream = stream or sys.stderr
        self.done = 0
        self.started = self._said = time.monotonic()

    def step(self, count=1):
        """Some more are done."""
        if not count:
            return
        self.done += count
        terminal = self.stream.isatty()
        due = time.monotonic() - self._said >= (0.2 if terminal else INTERVAL)
        if due or self.done >= self.total:
            self._said = time.monotonic()
            self._write("\r" if terminal and self.done < self.total else "\n", terminal)

    def _write(self, end, terminal):
        spent = time.monotonic() - self.started
        left = spent / self.done * (self.total - self.done) if self.done else 0
        share = self.done / self.total if self.total else 1
        bar = "#" * round(share * WIDTH)
        text = f"{self.title} [{bar:<{WIDTH}}] {self.done}/{self.total}"
        text += (
            f"  {spent:.0f} s, about {left:.0f} s left" if left else f"  {spent:.0f} s"
        )
        start = "\r\033[K" if terminal else ""
        print(f"{start}{text}", end=end, file=self.stream, flush=True)
