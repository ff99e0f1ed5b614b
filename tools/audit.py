"""Whether any part of the product has a known vulnerability; never green where nobody could look.

``make audit`` asks the public advisories about each line of locks/product.txt, through pip-audit.  What
could not be looked up is no good news: the answer is then ``not run`` and exit code 2.  Exit code 1
means that something was found, 0 that every single part was looked up and has nothing known.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from tempfile import NamedTemporaryFile

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "locks" / "product.txt"
PROGRAM = ROOT / ".venv-audit" / "bin" / "pip-audit"
FOUND, NOT_RUN = 1, 2


def verdict(answer: str, talk: str, *, expected: int) -> tuple[int, str]:
    """The exit code and the sentences for what pip-audit said.

    Args:
        answer: Its JSON.
        talk: Its stderr, for the reason where there is no JSON.
        expected: How many parts it was to look up.
    """
    try:
        parts = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        reason = talk.strip().splitlines()[-1:] or ["pip-audit said nothing"]
        return NOT_RUN, f"not run: {reason[0][:200]}"
    looked_up = [part for part in parts if "vulns" in part and not part.get("skip_reason")]
    found = [
        f"{part['name']} {part['version']}: {flaw['id']}, mended in "
        f"{', '.join(flaw['fix_versions']) or 'no version'}"
        for part in looked_up
        for flaw in part["vulns"]
    ]
    if found:
        return FOUND, "\n".join(found)
    if len(looked_up) < expected:
        return NOT_RUN, f"not run: {expected - len(looked_up)} of {expected} parts could not be looked up"
    return 0, f"nothing is known against any of {expected} parts"


def main(program: Path = PROGRAM, lock: Path = LOCK) -> int:
    """Ask, and print the verdict; the exit code."""
    # Without its conditions, or parts that only another system needs would be passed over.
    text, expected = re.subn(r"(?m)^(\S+==[^ ;\\]+)[^\\\n]*", r"\1 ", lock.read_text(encoding="utf-8"))
    try:
        with NamedTemporaryFile("w", suffix=".txt") as everything:
            everything.write(text)
            everything.flush()
            command = [
                program,
                "-r",
                everything.name,
                "--disable-pip",
                "--require-hashes",
                "--format",
                "json",
            ]
            done = subprocess.run(
                [*command, "--progress-spinner", "off"],
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"not run: {error}")
        return NOT_RUN
    code, said = verdict(done.stdout, done.stderr, expected=expected)
    print(said)
    return code


if __name__ == "__main__":
    sys.exit(main())
