"""Measures one pipeline, that of the tree it is started in, on the files that it is told of.

    python picture_step.py FOLDER OUT    (with the tree in PYTHONPATH)

Reads names of files in the folder, and prints a line of JSON for each: CPU milliseconds of each stage. The
largest form goes into the other folder. Nothing is used but what every version of `talentimg` has.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talentimg.images import renditions

if TYPE_CHECKING:
    from collections.abc import Callable

STAGES = {"decode": "decode", "placeholder": "refuse_placeholder", "encode": "_encoded"}
"""What each is called in `renditions.py`. The rest is the square, its smaller sizes and hashing."""
WHOLE = "whole"
PARAMETERS = inspect.signature(renditions.make_picture).parameters


def watch(stage: str, name: str, taken: dict[str, float]) -> None:
    """Have the time of a function added up."""
    function: Callable[..., Any] = getattr(renditions, name)

    def timed(*arguments: Any) -> Any:
        began = time.process_time()
        try:
            return function(*arguments)
        finally:
            taken[stage] += time.process_time() - began

    setattr(renditions, name, timed)


def key_for(named_by: bytes | str, suffix: str) -> str:
    """As the store names objects: by their bytes, or by their hash where that is known already."""
    return f"{named_by if isinstance(named_by, str) else hashlib.sha256(named_by).hexdigest()}.{suffix}"


def measure(data: bytes, taken: dict[str, float]) -> bytes:
    """Hash a picture and make every form of it, as the service does, and return the largest."""
    for stage in (*STAGES, WHOLE):
        taken[stage] = 0.0
    began = time.process_time()
    known: dict[str, Any] = {"source_hash": hashlib.sha256(data).hexdigest()}
    if "source_hash" not in PARAMETERS:
        known = {}
    made = renditions.make_picture(data, now=datetime.now(UTC), key_for=key_for, **known)
    taken[WHOLE] = time.process_time() - began
    return made.objects[made.picture.renditions[0].key]


def main(folder: Path, out: Path) -> None:
    """Every file whose name is read, twice: the first time, whatever is kept for the next ones is made."""
    taken: dict[str, float] = {}
    for stage, name in STAGES.items():
        watch(stage, name, taken)
    for line in sys.stdin:
        data = (folder / line.strip()).read_bytes()
        measure(data, taken)
        largest = measure(data, taken)
        (out / line.strip()).write_bytes(largest)
        print(json.dumps({stage: seconds * 1000 for stage, seconds in taken.items()}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
