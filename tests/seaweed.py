"""A real server that speaks S3: SeaweedFS, on free ports of this machine, with a folder of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.store import S3Store

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(sys.executable).with_name("weed")
BUCKET = "charts"
KEY, SECRET = "AKIACHARTLAKETESTS", "only-this-test-server-knows-it"
_PORTS = (
    "s3.port", "s3.port.grpc", "s3.port.iceberg", "s3.port.lance", "master.port", "master.port.grpc",
    "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc", "admin.port", "admin.port.grpc",
)  # fmt: skip


class Seaweed:
    """A running server."""

    def __init__(self, folder: Path) -> None:
        ports = dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
        self.endpoint = f"http://127.0.0.1:{ports['s3.port']}"
        self._port = ports["s3.port"]
        told = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-admin.ui=false", "-webdav=false", f"-dir={folder}"]
        self._log = (folder / "log").open("wb")
        self._process = subprocess.Popen(
            [PROGRAM, "mini", *told, *(f"-{name}={port}" for name, port in ports.items())],
            cwd=folder,
            env={"HOME": str(folder), "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET},
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )

    def wait(self, *, longest: float = 30.0) -> None:
        """Until it answers: a port that is open is not enough, it must know its keys by then."""
        until = time.monotonic() + longest
        while time.monotonic() < until and self._process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self._port), 1) as connection:
                    connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
                    connection.settimeout(1)
                    if b" 403 " in connection.recv(100):
                        return
            except OSError:
                pass
            time.sleep(0.05)
        raise AssertionError("SeaweedFS did not start")

    def make_bucket(self) -> None:
        """Make the bucket: the first put into it does."""
        settings = {name.removeprefix("AWS_").lower(): value for name, value in self.environment.items()}
        del settings["endpoint_url_s3"]
        bucket = S3Store(BUCKET, endpoint=self.endpoint, client_options={"allow_http": True}, **settings)
        obstore.put(bucket, "made", b"")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    @property
    def environment(self) -> dict[str, str]:
        """What lets a command reach it."""
        return {
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
        }


def running(folder: Path) -> Iterator[Seaweed]:
    """A server as long as it is wanted."""
    server = Seaweed(folder)
    try:
        server.wait()
        server.make_bucket()
        yield server
    finally:
        server.stop()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens at, held until all are found."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports
