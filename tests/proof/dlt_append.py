"""dlt's append into a DuckDB file, with its default settings: only for comparison.

It is run by the Python of .venv-dlt.  It reads one JSON document a line, forks, loads the rows in the
child, and kills the child after the delay that it was told; importing dlt takes longer than loading.
What is pending of an earlier run is finished first, as its documentation says.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

os.environ.update(RUNTIME__DLTHUB_TELEMETRY="false", RUNTIME__LOG_LEVEL="CRITICAL", DO_NOT_TRACK="1")

import dlt


def load(folder: Path) -> None:
    """Finish what is pending, then load the documents that wait; name each one that is done."""
    pipeline = dlt.pipeline(
        pipeline_name="charts",
        pipelines_dir=str(folder / "pipelines"),
        destination=dlt.destinations.duckdb(str(folder / "warehouse.duckdb")),
        dataset_name="charts",
    )
    if pipeline.has_pending_data:
        # A killed run had extracted a document: it is loaded now, and must not be fed again.
        pipeline.run()
        for path in sorted((folder / "pending").glob("*.json"))[:1]:
            _took(path)
    for path in sorted((folder / "pending").glob("*.json")):
        document = json.loads(path.read_text())
        rows = [{"snapshot": document["snapshot"], **row} for row in document["items"]]
        pipeline.run(rows, table_name="songs", write_disposition="append")
        _took(path)


def _took(path: Path) -> None:
    os.write(1, f"{int(path.stem)}\n".encode())
    path.unlink()


def serve() -> None:
    """Answer one request after the other."""
    for line in sys.stdin:
        folder, delay = json.loads(line)
        child = os.fork()
        if child == 0:
            os.dup2(os.open(f"{folder}/answer", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
            os.dup2(os.open(f"{folder}/talk", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
            code = 1
            try:
                load(Path(folder))
                code = 0
            finally:
                os._exit(code)
        if delay is not None:
            time.sleep(delay)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
