"""Millions of documents changed at random, in processes that may take 512 MiB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from proving import proven

CAP_MIB = 512
WORKER = str(Path(__file__).parents[1] / "mutating.py")
COUNTS = {"bytes": 2_000_000, "parts": 100_000}


@pytest.mark.parametrize("how", COUNTS)
def test_a_changed_document_gives_rows_that_hold_together_or_a_reason(how: str):
    with proven(f"random {how} of documents changed", promise=3, where=f"{CAP_MIB} MiB a process",
                random=True) as tally:  # fmt: skip
        seed, share = int(time.time()), COUNTS[how] // 2
        workers = [
            subprocess.Popen(
                [sys.executable, WORKER, how, str(seed + number), "1500", str(share), str(CAP_MIB)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            )
            for number in range(2)
        ]
        for number, worker in enumerate(workers):
            answer, talk = worker.communicate()
            # Out of memory, or dead: every one of its cases is.
            assert worker.returncode == 0, (seed + number, talk.decode()[-2000:])
            done = json.loads(answer)
            tally.cases += done["cases"]
            tally.wrong += done["wrong"]
            tally.wedged += done["wedged"]
            assert not done["first"], (seed + number, done["first"])
            assert done["peak_mib"] < CAP_MIB
        tally.note = f"seeds {seed} and {seed + 1}"
        assert tally.cases >= COUNTS[how]
