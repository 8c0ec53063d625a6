"""Makes `docs/images/demo.svg`: `talentimg demo` in a real terminal, drawn by rich.

    uv run python docs/capture.py

The command runs in a pseudo-terminal; a terminal emulator keeps what it printed, so the picture
shows what a person sees at the end, bar included.
"""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

COLUMNS, ROWS = 124, 90
TARGET = Path(__file__).parent / "images" / "demo.svg"
TALENTIMG = str(Path(sys.executable).with_name("talentimg"))


def run_in_terminal(command: list[str], environment: dict[str, str]) -> bytes:
    """Everything that a command prints to a terminal of its own."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    process = subprocess.Popen(  # noqa: S603  our own command
        command, stdin=follower, stdout=follower, stderr=follower, env=environment, close_fds=True
    )
    os.close(follower)
    printed = bytearray()
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:  # the terminal's other end has gone
            break
        if not chunk:
            break
        printed += chunk
    if process.wait():
        raise SystemExit(f"{command} ended with {process.returncode}:\n{printed.decode(errors='replace')}")
    return bytes(printed)


def screen_of(printed: bytes) -> pyte.Screen:
    """The screen after all of it."""
    screen = pyte.Screen(COLUMNS, ROWS)
    pyte.ByteStream(screen).feed(printed)
    return screen


def as_text(screen: pyte.Screen) -> Text:
    """The screen's lines with their colours, without the empty ones at the end."""
    lines = []
    for row in range(screen.cursor.y):
        line = Text()
        for column in range(COLUMNS):
            cell = screen.buffer[row][column]
            if cell.data:  # the second half of a wide character is empty
                line.append(
                    cell.data, Style(color=_colour(cell.fg), bgcolor=_colour(cell.bg), bold=cell.bold)
                )
        line.rstrip()
        lines.append(line)
    return Text("\n").join(lines)


def _colour(name: str) -> str | None:
    """A colour of the emulator's in rich's words: a name of its own, or six hexadecimal digits."""
    if name == "default":
        return None
    if re.fullmatch(r"[0-9a-f]{6}", name):
        return f"#{name}"
    return name.replace("brown", "yellow").replace("bright", "bright_")


def main() -> None:
    """Run the demo and write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LANG": "C.UTF-8",
        }
        printed = run_in_terminal([TALENTIMG, "demo", "--folder", "/tmp/talentimg-demo"], environment)  # noqa: S108  shown in the picture
    console = Console(
        record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    console.print(Text("$ talentimg demo", style="bold"))
    console.print(as_text(screen_of(printed)), no_wrap=True, crop=False)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    console.save_svg(str(TARGET), title="talentimg", unique_id="talentimg-demo")
    sys.stdout.write(f"{TARGET}\n")


if __name__ == "__main__":
    main()
