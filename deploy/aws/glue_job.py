"""The job that AWS Glue runs where one machine is outgrown: `chartlake transform --engine spark`.

Glue passes its arguments as ``--key value``; chartlake itself is among its Python modules.
"""

from __future__ import annotations

import argparse
import sys

from chartlake.cli import run

REJECTED = 3


def main() -> int:
    """Transform, or what else is asked for; a rejected document is told in the ledger and fails no job."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--lake", required=True)
    parser.add_argument("--work", choices=["transform", "rebuild", "compact"], default="transform")
    asked, _ = parser.parse_known_args()
    code = run([asked.work, "--engine", "spark", "--lake", asked.lake, "--json"])
    return 0 if code == REJECTED else code


if __name__ == "__main__":
    code = main()
    if code:  # An exit with 0 ends a job of Glue as a failure, too.
        sys.exit(code)
