"""A store in a bucket of S3, or of any server that speaks like it.

Every object is put whole in one request and is durable when the service says so; a
listing shows what was put before it.  Nothing here depends on a conditional copy, which
not every such server has.  Many objects at once are moved and deleted side by side, for a
request takes some 20 ms wherever the bucket is far away.
"""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING

import obstore
import obstore.exceptions
import obstore.store

from chartlake.errors import MissingObject, RefusedObject, SettingsError
from chartlake.store import Stored, checked, is_key
from chartlake.store.s3_access import opened
from chartlake.store.s3_botocore import buried, listed
from chartlake.store.s3_refusals import conflicting, explained, nothing_in_range, passing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

_BUCKET = re.compile(r"[A-Za-z0-9._-]{1,63}")
"""A bucket's name, those of before 2018 included (Amazon S3, "Bucket naming rules")."""

_AT_ONCE = 16
_PAGE = 1000
_LONGEST_KEY = 1024
"""Bytes of a key: the limit of S3."""

_WAITS = (0.1, 0.3, 0.9)
"""Seconds between the attempts of a create."""

_LAST_ATTEMPT = 10.0
"""Seconds after which a create is not attempted once more."""


class S3Store:
    """Objects under a prefix of one bucket."""

    def __init__(self, address: str) -> None:
        """Take an address as ``s3://bucket/prefix``; nothing is asked of it yet.

        Raises:
            SettingsError: It names no bucket, or the prefix is none.
        """
        self._bucket, _, prefix = address.removeprefix("s3://").partition("/")
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        if self._bucket and not _BUCKET.fullmatch(self._bucket):
            # Not repeated here, for somebody may have written a key into it.
            raise SettingsError(
                "the address of the lake names no bucket: its name is up to 63 letters, digits, dots, "
                'hyphens and underscores; write it as lake = "s3://bucket/prefix"'
            )
        if not self._bucket:
            raise SettingsError(f'{address} names no bucket; write it as lake = "s3://bucket/prefix"')
        if self._prefix and (not is_key(self._prefix[:-1]) or _fault(self._prefix)):
            raise SettingsError(f"{address!r} names no place in a bucket; write it as s3://bucket/prefix")

    @property
    def address(self) -> str:
        """The bucket and the prefix, as an address."""
        return f"s3://{self._bucket}/{self._prefix}".rstrip("/")

    def local_path(self, key: str) -> Path | None:  # noqa: ARG002 - a bucket has no files
        """None: nothing lies on this machine."""
        return None

    def get(self, key: str, *, most: int = -1) -> bytes:
        """The bytes of an object, or the first of them by a range."""
        full = self._full(key)
        with explained(self.address, key):
            if most < 0:
                return bytes(obstore.get(self._client, full).bytes())
            try:
                # A range of nothing is no range; and asking is how one learns that it is missing.
                found = obstore.get_range(self._client, full, start=0, length=max(most, 1))
            except obstore.exceptions.GenericError as error:
                if nothing_in_range(error):
                    return b""
                raise
            return bytes(found)[:most]

    def put(self, key: str, data: bytes) -> None:
        """Put an object whole, in place of what was there."""
        full = self._full(key)
        with explained(self.address, key):
            obstore.put(self._client, full, data)

    def create(self, key: str, data: bytes) -> bool:
        """Put an object unless there is one.

        The client's own retries are off here.  An answer that is lost leaves open whether the object
        was put; found there at the next attempt, it is taken as ours if its bytes are the same.
        After an answer that says it is there, at the first attempt, nothing is asked any more.
        """
        full = self._full(key)
        started, lost = time.monotonic(), False
        with explained(self.address, key):
            for wait in (*_WAITS, None):
                try:
                    obstore.put(self._once, full, data, mode="create")
                except (obstore.exceptions.AlreadyExistsError, obstore.exceptions.PreconditionError) as error:
                    # A conflict says that another is putting or deleting right now; who won shows next time.
                    if wait is None or not conflicting(error):
                        return lost and self._holds(key, data)
                except obstore.exceptions.BaseError as error:
                    if wait is None or time.monotonic() - started > _LAST_ATTEMPT or not passing(error):
                        raise
                    lost = True
                else:
                    return True
                time.sleep(wait)
        return False

    def move(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Copy every object within the bucket, then delete the originals."""
        self._side_by_side(self._copied, pairs)
        self.delete(original for original, copy in pairs if original != copy)

    def delete(self, keys: Iterable[str]) -> None:
        """Delete objects, a thousand in a request."""
        gone = list(dict.fromkeys(self._full(key) for key in keys))
        for start in range(0, len(gone), _PAGE):
            with explained(self.address):
                obstore.delete(self._client, gone[start : start + _PAGE])

    def bury(self, unwanted: Callable[[str], bool]) -> int:
        """Delete the versions of deleted and replaced objects, where the bucket keeps such."""
        return buried(self._bucket, self._prefix, lambda full: unwanted(full[len(self._prefix) :]))

    def list(self, prefix: str) -> Iterator[Stored]:
        """The objects under a prefix but hidden ones, as in a folder."""
        full = self._prefix + prefix
        checked(prefix.removesuffix("/"))
        with explained(self.address):
            found = [
                Stored(key[len(self._prefix) :], size)
                for key, size in self._listed(full)
                if key.startswith(full) and "/." not in key[len(full) - 1 :] and (size or self._is_there(key))
            ]
        # S3 lists in the order of the keys; SeaweedFS lists folder by folder.
        yield from sorted(found)

    def _is_there(self, full: str) -> bool:
        """Whether an empty object is one: the client shows a folder that a console made as one, too."""
        try:
            obstore.head(self._client, full)
        except FileNotFoundError:
            return False
        return True

    def _listed(self, full: str) -> Sequence[tuple[str, int]]:
        try:
            pages = obstore.list(self._client, full, chunk_size=_PAGE)
            return [(meta["path"], meta["size"]) for page in pages for meta in page]
        except obstore.exceptions.InvalidPathError:
            # One name that is no key, such as a//b, ends the whole listing of this client.
            return [(key, size) for key, size in listed(self._bucket, full) if is_key(key)]

    @cached_property
    def _client(self) -> obstore.store.S3Store:
        return opened(self._bucket, retries=3)

    @cached_property
    def _once(self) -> obstore.store.S3Store:
        return opened(self._bucket, retries=0)

    def _full(self, key: str) -> str:
        full = self._prefix + checked(key)
        if fault := _fault(full):
            raise RefusedObject(f"{key!a} {fault}; give it another name")
        return full

    def _holds(self, key: str, data: bytes) -> bool:
        try:
            return self.get(key, most=len(data) + 1) == data
        except MissingObject:
            return False

    def _copied(self, pair: tuple[str, str]) -> None:
        """Copy one object; fine if it is gone and its copy is there.  Only then is it looked for."""
        original, copy = pair
        try:
            with explained(self.address, original):
                if original == copy:
                    obstore.head(self._client, self._full(original))
                else:
                    obstore.copy(self._client, self._full(original), self._full(copy))
        except MissingObject:
            try:
                with explained(self.address, copy):
                    obstore.head(self._client, self._full(copy))
            except MissingObject:
                pass
            else:
                return
            raise

    def _side_by_side(self, act: Callable[[tuple[str, str]], None], pairs: Sequence[tuple[str, str]]) -> None:
        """Do one thing to many, and wait for all of them; the first failure is told afterwards."""
        if len(pairs) < 2:  # noqa: PLR2004 - threads cost more than they bring
            for pair in pairs:
                act(pair)
            return
        _ = self._client
        with ThreadPoolExecutor(min(_AT_ONCE, len(pairs))) as pool:
            for done in [pool.submit(act, pair) for pair in pairs]:
                done.result()


def _fault(full: str) -> str:
    """Why S3 or its client would not keep this name as it is."""
    try:
        length = len(full.encode())
    except UnicodeEncodeError:
        return "is no UTF-8"
    if length > _LONGEST_KEY:
        return f"is longer than the {_LONGEST_KEY} bytes that S3 allows"
    if "\\" in full or not full.isprintable():
        return "holds a backslash or what cannot be printed"
    return ""
