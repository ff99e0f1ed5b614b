"""What nothing in Python can be faster than: reading, and decoding alone.

python limits.py HOW FOLDER     HOW is one of read, msgspec-typed, msgspec, orjson, json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import msgspec
import orjson

from chartlake.transform.spotify import Page

HOW = {
    "read": len,
    "msgspec-typed": msgspec.json.Decoder(Page).decode,
    "msgspec": msgspec.json.Decoder().decode,
    "orjson": orjson.loads,
    "json": json.loads,
}

if __name__ == "__main__":
    act = HOW[sys.argv[1]]
    for path in sorted(Path(sys.argv[2]).glob("*.json")):
        act(path.read_bytes())
