"""Ask Microsoft's parser of TMDL whether models are well.

python model.py FOLDER...    each a definition folder; the packages of package.json beside it are installed
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any


class Parser:
    """The parser, spoken to in JSON-RPC over its standard input and output."""

    def __init__(self) -> None:
        """Start it."""
        found = Path(__file__).parent.glob(
            "node_modules/@microsoft/powerbi-modeling-mcp-*/dist/powerbi-modeling-mcp"
        )
        program = next(found)
        program.chmod(0o755)
        self._process = subprocess.Popen(
            [program, "--start"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._number = 0
        client = {"name": "chartlake", "version": "1"}
        self.ask("initialize", {"protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": client})
        self._send({"method": "notifications/initialized"})

    def ask(self, method: str, parameters: dict[str, Any]) -> Any:
        """Its answer."""
        self._number += 1
        self._send({"id": self._number, "method": method, "params": parameters})
        for line in self._process.stdout or ():
            said = json.loads(line) if line.startswith("{") else {}
            if said.get("id") == self._number:
                return said["result"]
        sys.exit("the parser ended")

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()

    def _send(self, said: dict[str, Any]) -> None:
        if self._process.stdin:
            self._process.stdin.write(json.dumps({"jsonrpc": "2.0", **said}) + "\n")
            self._process.stdin.flush()


def main(folders: list[str]) -> int:
    """Parse each; 1 if one is not well."""
    parser, wrong = Parser(), 0
    for folder in folders:
        request = {"operation": "ImportFromTmdlFolder", "tmdlFolderPath": str(Path(folder).resolve())}
        said = parser.ask("tools/call", {"name": "database_operations", "arguments": {"request": request}})
        wrong |= bool(said.get("isError"))
        print(folder, said["content"][0]["text"] if said.get("isError") else "is TMDL")
    parser.end()
    return wrong


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
