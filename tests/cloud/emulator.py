"""A local AWS: MiniStack in an environment of its own, on loopback, with IAM enforced.

The functions run in Debian's bubblewrap under AWS's own runtime client: the zip is unpacked and
read-only, only /tmp may be written, and of this machine's environment nothing is there but what
Lambda would set and where the local AWS is.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Self

CLOUD = Path(__file__).parents[2] / ".venv-cloud"
ACCOUNT = "123456789012"
REGION = "us-east-1"

# What AWS has in its runtime: its client, and boto3.
_RUNTIME = (
    "awslambdaric",
    "boto3",
    "botocore",
    "dateutil",
    "jmespath",
    "runtime_client",
    "s3transfer",
    "simplejson",
    "six",
    "snapshot_restore_py",
    "urllib3",
)

_BOOTSTRAP = """#!/bin/sh
# Lambda's own way of starting a function, with the same client, from the same read-only folder.
set -f
names=$(env | sed -n 's/=.*//p' | grep -E '^(AWS_|CHARTLAKE_|XDG_)[A-Z0-9_]+$|^(_HANDLER|STACK|HOME)$')
for name in $names; do
    eval "value=\\$$name"
    set -- "$@" --setenv "$name" "$value"
done
exec {bwrap} --ro-bind /usr /usr --ro-bind /lib /lib --ro-bind-try /lib64 /lib64 --ro-bind /bin /bin \\
    --ro-bind /etc /etc --ro-bind {prefix} {prefix} --tmpfs /tmp --dev /dev --proc /proc \\
    --ro-bind "$LAMBDA_TASK_ROOT" /var/task --ro-bind {runtime} /var/runtime \\
    --ro-bind {certificate} /var/trusted \\
    --unshare-user --unshare-pid --uid 993 --gid 990 --chdir /var/task --clearenv "$@" \\
    --setenv LAMBDA_TASK_ROOT /var/task --setenv AWS_CA_BUNDLE /var/trusted \\
    --setenv PATH /usr/bin:/bin --setenv TZ :UTC \\
    --setenv PYTHONPATH /var/task:/var/runtime --setenv AWS_LAMBDA_LOG_FORMAT JSON \\
    {python} -m awslambdaric "$_HANDLER"
"""


def python() -> Path:
    """The interpreter that the functions run on: that of the environment."""
    return CLOUD / "bin" / "python"


def python_version() -> str:
    """Its version, as uv names it."""
    said = subprocess.run(
        [python(), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=True,
    )
    return said.stdout.strip()


def free_port() -> int:
    """A port of loopback that nobody has."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Emulator:
    """A running MiniStack; end it, or use it in a ``with`` statement."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.log = folder / "emulator.log"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "TMPDIR": str(self._folder),
            "S3_DATA_DIR": str(self._folder / "s3"),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "GATEWAY_PORT": str(self.port),
            "AUTH": "true",
            "USE_SSL": "1",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_CA_BUNDLE": str(self.certificate),
        }
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                [CLOUD / "bin" / "ministack"],
                env=environment,
                cwd=self._folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is None:
            return
        # Its workers too: they are of the same session.
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)

    @property
    def certificate(self) -> Path:
        """What its TLS is signed by."""
        return self._folder / "ministack-tls" / "server.crt"

    def environment(self) -> dict[str, str]:
        """What leads boto3 and obstore to it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_CA_BUNDLE": str(self.certificate),
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
        }

    def packed(self, content: bytes) -> bytes:
        """A function's zip with the one file more that starts it here."""
        runtime = self._runtime()
        real = Path(os.path.realpath(python()))
        bootstrap = _BOOTSTRAP.format(
            bwrap=shutil.which("bwrap"),
            prefix=real.parents[1],
            python=real,
            certificate=self.certificate,
            runtime=runtime,
        )
        buffer = BytesIO(content)
        with zipfile.ZipFile(buffer, "a") as made:
            entry = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o755 << 16
            made.writestr(entry, bootstrap)
        return buffer.getvalue()

    def _runtime(self) -> Path:
        """Only what AWS's runtime has: what is missing in the zip is missing here too."""
        folder = self._folder / "runtime"
        if not folder.exists():
            site = next((CLOUD / "lib").glob("python*/site-packages"))
            folder.mkdir()
            for path in site.iterdir():
                if path.name.partition(".")[0] not in _RUNTIME:
                    continue
                if path.is_dir():
                    shutil.copytree(path, folder / path.name, copy_function=os.link)
                else:
                    os.link(path, folder / path.name)
        return folder

    def _wait(self) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            if b"Ready" in self.log.read_bytes() and self._answers():
                return
            if self._process is not None and self._process.poll() is not None:
                break
            time.sleep(0.05)
        sys.exit(f"the local AWS does not start:\n{self.log.read_text()}")

    def _answers(self) -> bool:
        trusting = ssl.create_default_context(cafile=str(self.certificate))
        try:
            urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=2, context=trusting).close()
        except OSError:
            return False
        return True
