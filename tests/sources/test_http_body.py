"""A body is whole or not at all."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chartlake.sources.http.body import Damaged, TooLarge, whole

TEXT = b'{"a": 1}'
ZIPPED = gzip.compress(TEXT)


def pieces(content: bytes, size: int) -> list[bytes]:
    return [content[start : start + size] for start in range(0, len(content), size)]


@pytest.mark.parametrize(
    ("content", "encoding", "expected"),
    [
        pytest.param(TEXT, "", TEXT, id="plain"),
        pytest.param(TEXT, "identity", TEXT, id="identity"),
        pytest.param(b"", "", b"", id="empty"),
        pytest.param(ZIPPED, "gzip", TEXT, id="gzip"),
        pytest.param(ZIPPED, " X-GZip ", TEXT, id="its old name"),
        pytest.param(b"", "gzip", b"", id="empty, said to be gzip"),
        pytest.param(b"x" * 100, "", b"x" * 100, id="as large as agreed"),
        pytest.param(gzip.compress(b"x" * 100), "gzip", b"x" * 100, id="unzipped as large as agreed"),
        pytest.param(b"x" * 101, "", TooLarge, id="larger"),
        pytest.param(gzip.compress(b"x" * 101), "gzip", TooLarge, id="unzipped larger"),
        pytest.param(gzip.compress(bytes(10_000_000)), "gzip", TooLarge, id="bomb"),
        pytest.param(ZIPPED[:-1], "gzip", Damaged, id="gzip cut off"),
        pytest.param(ZIPPED[:12], "gzip", Damaged, id="gzip hardly begun"),
        pytest.param(ZIPPED + ZIPPED, "gzip", Damaged, id="two gzip members"),
        pytest.param(ZIPPED + b"x", "gzip", Damaged, id="something behind gzip"),
        pytest.param(ZIPPED + b"x" * 100, "gzip", TooLarge, id="very much behind gzip"),
        pytest.param(ZIPPED[:-8] + b"\0" * 8, "gzip", Damaged, id="wrong checksum"),
        pytest.param(TEXT, "gzip", Damaged, id="no gzip"),
        pytest.param(zlib.compress(TEXT), "deflate", Damaged, id="deflate was not asked for"),
        pytest.param(TEXT, "br", Damaged, id="nor was br"),
        pytest.param(ZIPPED, "gzip, gzip", Damaged, id="nor was gzip twice"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
def test_bodies(content: bytes, encoding: str, expected: bytes | type[Exception], size: int):
    if isinstance(expected, bytes):
        assert whole(pieces(content, size), encoding=encoding, largest=100) == expected
    else:
        with pytest.raises(expected):
            whole(pieces(content, size), encoding=encoding, largest=100)


@given(st.binary(max_size=300), st.integers(1, 50), st.integers(0, 400))
def test_half_a_gzip_stream_is_never_a_whole_one(content: bytes, size: int, kept: int):
    zipped = gzip.compress(content)
    cut = zipped[:kept]
    if cut == zipped:
        assert whole(pieces(cut, size), encoding="gzip", largest=300) == content
    elif cut:
        with pytest.raises(Damaged):
            whole(pieces(cut, size), encoding="gzip", largest=300)


def test_a_bomb_is_stopped_while_it_unpacks():
    bomb = gzip.compress(bytes(50_000_000))
    taken = 0

    def received():
        nonlocal taken
        for piece in pieces(bomb, 1000):
            taken += len(piece)
            yield piece

    with pytest.raises(TooLarge):
        whole(received(), encoding="gzip", largest=1_000_000)
    assert taken <= 3000


def test_a_bomb_in_one_piece_takes_no_more_memory_than_agreed():
    bomb = gzip.compress(bytes(50_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            whole([bomb], encoding="gzip", largest=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()
