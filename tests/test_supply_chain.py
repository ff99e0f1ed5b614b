"""What chartlake is made of: pinned, named, and looked up; nobody having looked is no good news."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tools"))
import audit  # noqa: E402
import sbom  # noqa: E402

LOCK = (ROOT / "locks" / "product.txt").read_text()
WORKFLOWS = [*(ROOT / ".github" / "workflows").glob("*.yml"), *(ROOT / "docs" / "examples").glob("*.yml")]


def test_every_part_of_the_lock_is_in_the_bill_and_the_bill_is_valid():
    made = sbom.document(LOCK, version="1.2.3")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(made)) is None
    locked = re.findall(r"^([\w.-]+)==([^ ;]+)", LOCK, re.MULTILINE)
    assert [(part["name"], part["version"]) for part in made["components"]] == locked
    assert len(locked) > 20
    assert made["dependencies"][0]["dependsOn"] == sorted(part["purl"] for part in made["components"])
    hashes = [
        one["value"] for part in made["components"] for one in part["properties"] if "sha256" in one["name"]
    ]
    assert hashes == re.findall(r"sha256:([0-9a-f]{64})", LOCK)
    assert sbom.document(LOCK, version="1.2.3") == made
    needed = {part["name"] for part in made["components"] if part["scope"] == "required"}
    assert {"duckdb", "msgspec", "httpx2"} <= needed
    assert "hatchling" not in needed


def test_a_bill_that_is_wrong_is_seen():
    made = sbom.document(LOCK, version="1.2.3")
    made["components"][0]["type"] = "song"
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(made)) is not None


@pytest.mark.parametrize("lock", sorted((ROOT / "locks").glob("*.txt")), ids=lambda path: path.stem)
def test_every_line_of_a_lock_has_a_hash_and_no_index(lock: Path):
    pinned = re.split(r"\n(?=\S)", lock.read_text().strip())
    assert [one for one in pinned if not re.match(r"[\w.-]+==\S+", one) or "--hash=sha256:" not in one] == []
    assert "://" not in lock.read_text()


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_a_commit_and_may_do_little(workflow: Path):
    text = workflow.read_text()
    used = re.findall(r"uses: (\S+)(.*)", text)
    assert used
    for action, said in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", said), f"{action} does not say which version it is"
    assert "\npermissions: {}\n" in text
    assert "timeout-minutes:" in text
    assert "pull_request_target" not in text


def part(name: str, *flaws: str, **said: str) -> dict[str, object]:
    vulns = {"vulns": [{"id": flaw, "fix_versions": ["2"]} for flaw in flaws]}
    return {"name": name, "version": "1", **({} if said else vulns), **said}


@pytest.mark.parametrize(
    ("parts", "code", "said"),
    [
        ([part("a"), part("b")], 0, "nothing is known"),
        ([part("a"), part("b", "CVE-1")], 1, "b 1: CVE-1, mended in 2"),
        ([part("a"), part("b", skip_reason="not found")], 2, "not run: 1 of 2"),
        ([part("a")], 2, "not run: 1 of 2"),
        ([], 2, "not run: 2 of 2"),
    ],
)
def test_what_was_not_looked_up_is_never_green(parts: list[object], code: int, said: str):
    told = audit.verdict(json.dumps({"dependencies": parts}), "", expected=2)
    assert told[0] == code
    assert told[1].startswith(said)


def test_a_check_that_could_not_ask_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert audit.verdict("", "Traceback…\nConnectionError: no route", expected=2) == (
        2,
        "not run: ConnectionError: no route",
    )
    assert audit.main(tmp_path / "missing") == 2
    assert capsys.readouterr().out.startswith("not run: ")


def test_the_check_ends_as_it_says(tmp_path: Path):
    asking = tmp_path / "pip-audit"
    answer = json.dumps({"dependencies": [part("a", skip_reason="no network")]})
    asking.write_text(f"#!/bin/sh\necho 'No known vulnerabilities found' >&2\necho '{answer}'\n")
    asking.chmod(0o755)
    code = "import sys, pathlib, audit; sys.exit(audit.main(pathlib.Path(sys.argv[1])))"
    done = subprocess.run(
        [sys.executable, "-c", code, asking], cwd=ROOT / "tools", capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout.startswith("not run: ")
