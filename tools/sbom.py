"""The parts of an installed chartlake, as a CycloneDX document made from locks/product.txt.

``make sbom`` writes build/sbom.cdx.json.  What the lock says is what there is: a part that only some
Pythons or systems need is named with its condition.  No network is needed, and no
clock: the same lock gives the same bytes.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "locks" / "product.txt"
MADE = ROOT / "build" / "sbom.cdx.json"
_BUILDING = frozenset({"hatchling", "editables", "packaging", "pathspec", "pluggy", "trove-classifiers"})
"""What builds the wheel and is no part of it."""

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: *; *([^\\]+?))? *\\?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def parts(lock: str) -> list[dict[str, Any]]:
    """The components that a lock names, in its order."""
    found: list[dict[str, Any]] = []
    for line in lock.splitlines():
        if pinned := _PINNED.match(line):
            name, version, condition = pinned.groups()
            found.append(_part(name, version, condition))
        elif found and (hashed := _HASH.search(line)):
            found[-1]["properties"].append({"name": "chartlake:lock:sha256", "value": hashed[1]})
    return found


def _part(name: str, version: str, condition: str | None) -> dict[str, Any]:
    properties = [{"name": "chartlake:lock:condition", "value": condition}] if condition else []
    address = f"pkg:pypi/{re.sub(r'[-_.]+', '-', name).lower()}@{version}"
    return {
        "type": "library",
        "bom-ref": address,
        "name": name,
        "version": version,
        "scope": "excluded" if name in _BUILDING else "required",
        "purl": address,
        # Of several files, one for each system, the lock says that any of these hashes will do; as
        # `hashes` they would be said to be of one and the same file.
        "properties": properties,
    }


def document(lock: str, *, version: str) -> dict[str, Any]:
    """The whole document.

    Args:
        lock: The text of a lock with hashes.
        version: The version of chartlake.
    """
    components = parts(lock)
    product = f"pkg:pypi/chartlake@{version}"
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, product + lock)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": product,
                "name": "chartlake",
                "version": version,
                "purl": product,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
        "dependencies": [{"ref": product, "dependsOn": sorted(part["bom-ref"] for part in components)}],
    }


def main() -> int:
    """Write it; the exit code."""
    text = (ROOT / "src" / "chartlake" / "__init__.py").read_text(encoding="utf-8")
    version = re.search(r'__version__ = "([^"]+)"', text)
    if version is None:
        sys.stderr.write("src/chartlake/__init__.py says no version\n")
        return 1
    made = document(LOCK.read_text(encoding="utf-8"), version=version[1])
    MADE.parent.mkdir(exist_ok=True)
    MADE.write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")
    print(f"{MADE.relative_to(ROOT)}: {len(made['components'])} parts")
    return 0


if __name__ == "__main__":
    sys.exit(main())
