"""Which addresses are called, and how they are written down."""

from __future__ import annotations

import pytest

from chartlake.errors import SettingsError
from chartlake.sources.http.address import checked, same_origin, shown


@pytest.mark.parametrize(
    "url",
    [
        "https://api.deezer.com",
        "https://api.deezer.com:8443/path?query=1",
        "https://192.0.2.7/",
        "http://127.0.0.1:8000/v1",
        "http://127.8.9.10/",
        "http://localhost:8000",
        "HTTP://LocalHost:8000",
        "http://[::1]:8000/",
    ],
)
def test_may_be_called(url: str):
    assert checked(url).host


@pytest.mark.parametrize(
    "url",
    [
        "http://api.deezer.com",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://0.0.0.0/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.0.0.1.nip.io/",
        "http://localhost.example/",
        "http://[::ffff:127.0.0.1]/",
        "http://127.0.0.1\\@example.com/",
        "http://127.0.0.1@example.com/",
        "https://user:word@example.com/",
        "https://user@example.com/",
        "file:///etc/passwd",
        "ftp://example.com/",
        "gopher://127.0.0.1/",
        "//example.com/",
        "example.com",
        "https://",
        "https://example.com:port/",
        "",
    ],
)
def test_may_not_be_called(url: str):
    with pytest.raises(SettingsError) as refused:
        checked(url)
    assert "word" not in str(refused.value).replace("password", "")


@pytest.mark.parametrize(
    ("url", "other", "same"),
    [
        ("https://a.example/x?y", "https://a.example", True),
        ("https://a.example:443/", "https://A.EXAMPLE/", True),
        ("http://127.0.0.1:80/", "http://127.0.0.1/", True),
        ("https://a.example/", "http://a.example/", False),
        ("https://a.example/", "https://a.example:444/", False),
        ("https://a.example/", "https://a.example.evil.example/", False),
        ("https://a.example/", "https://a.example@evil.example/", False),
        ("https://a.example/", "//a.example/", False),
        ("https://a.example/", "/x", False),
        ("https://a.example/", "", False),
        ("", "", False),
        ("https://[", "https://[", False),
        ("https://a:99999", "https://a:99999", False),
    ],
)
def test_same_origin(url: str, other: str, *, same: bool):
    assert same_origin(url, other) is same
    assert same_origin(other, url) is same


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://a.example/x?limit=50&offset=0", "https://a.example/x?limit=50&offset=0"),
        ("https://a.example/?fields=id,name", "https://a.example/?fields=id,name"),
        ("https://user:word@a.example/x", "https://a.example/x"),
        ("https://a.example/?access_token=abc&limit=1", "https://a.example/?access_token=hidden&limit=1"),
        ("https://a.example/?API_KEY=abc&sig=d", "https://a.example/?API_KEY=hidden&sig=hidden"),
        ("https://a.example/#token=abc", "https://a.example/"),
        ("https://[", "(unreadable address)"),
    ],
)
def test_what_is_written_down_holds_no_secret(url: str, written: str):
    assert shown(url) == written
