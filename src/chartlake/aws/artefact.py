"""The functions' zip: this very chartlake, what it needs of others, and one person's settings.

What it needs stands in ``lambda.txt`` beside this module, each version with the hashes of its
files, so that what runs in the cloud is what was tested.  boto3 is not in it, for Lambda has it,
and neither is what the command line needs alone.  Equal contents make equal bytes.
"""

from __future__ import annotations

import os
import re
import subprocess
import zipfile
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from chartlake.errors import ChartlakeError, SettingsError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

PYTHON = "3.13"
"""The version of Python that the functions run on; the stack says the same."""

PLATFORM = "aarch64-manylinux_2_28"
"""The processors and the C library that they run on: Graviton, Amazon Linux 2023."""

LARGEST = 50_000_000
"""Bytes of the zip, less than the 50 MiB that Lambda takes directly (developer guide, "Quotas")."""

LARGEST_UNZIPPED = 250 * 2**20
"""Bytes of what is in it."""

_LEFT_OUT = re.compile(
    r"(^|/)(__pycache__|bin|adbc_driver_duckdb|_duckdb-stubs|sboms)/|\.pyi$|/cli/|/demo/|/\."
)
_EPOCH = (1980, 1, 1, 0, 0, 0)


def built(settings: Path | None, *, platform: str = PLATFORM, python: str = PYTHON) -> bytes:
    """The zip of the functions.

    Args:
        settings: The chartlake.toml of the charts; None makes a zip without one.
        platform: What it is to run on, as uv names it.
        python: The version of Python that it is to run on.

    Raises:
        ChartlakeError: What it needs cannot be fetched.
        SettingsError: uv is not installed.
        StorageError: It would be larger than Lambda takes.
    """
    with TemporaryDirectory(prefix="chartlake-") as folder:
        _fetch(Path(folder), platform=platform, python=python)
        contents = dict(_files(Path(folder)))
        contents |= dict(_files(Path(str(files("chartlake"))), below="chartlake/"))
        if settings is not None:
            contents["chartlake.toml"] = settings
        return _zipped(contents)


def _fetch(folder: Path, *, platform: str, python: str) -> None:
    lock = files("chartlake.aws").joinpath("lambda.txt")
    command = [_uv(), "pip", "install", "--quiet", "--no-config", "--require-hashes", "--no-deps"]
    command += ["--only-binary", ":all:", "--python-platform", platform, "--python-version", python]
    command += ["--target", str(folder), "-r", str(lock)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise ChartlakeError(
            f"the parts of the functions cannot be fetched ({said[-1].strip() if said else 'uv failed'}); "
            "check the connection to the package index and run it again"
        )


def _uv() -> str:
    try:
        from uv import find_uv_bin  # noqa: PLC0415 - of the extra
    except ImportError as error:
        raise SettingsError("uv builds the functions; run `pip install 'chartlake[aws]'`") from error
    return os.fsdecode(find_uv_bin())


def _files(folder: Path, *, below: str = "") -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        name = below + path.relative_to(folder).as_posix()
        if path.is_file() and not _LEFT_OUT.search(f"/{name}"):
            yield name, path


def _zipped(contents: dict[str, Path]) -> bytes:
    buffer, unzipped = BytesIO(), 0
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as made:
        for name in sorted(contents):
            content = contents[name].read_bytes()
            unzipped += len(content)
            # Neither the time of the build nor the machine's modes: equal contents, equal bytes.
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            made.writestr(entry, content)
    refuse_oversized(len(buffer.getvalue()), unzipped)
    return buffer.getvalue()


def refuse_oversized(packed: int, unzipped: int) -> None:
    """Say whether Lambda takes a zip of so many bytes.

    Raises:
        StorageError: It does not.
    """
    if packed > LARGEST or unzipped > LARGEST_UNZIPPED:
        raise StorageError(
            f"the functions' zip has {packed / 1e6:.0f} MB, {unzipped / 2**20:.0f} MiB unzipped, and Lambda "
            f"takes {LARGEST / 1e6:.0f} MB, {LARGEST_UNZIPPED / 2**20:.0f} MiB; nothing was deployed, "
            "install the released chartlake again"
        )
