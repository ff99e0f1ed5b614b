"""What is said when S3 says no, or nothing: one sentence, the right exit code, and no secret."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
from werkzeug import Request, Response

from chartlake.errors import CredentialsError, MissingObject, RefusedObject, SettingsError, StorageError
from chartlake.store import open_store
from seaweed import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_httpserver import HTTPServer

    from chartlake.store import Store

SECRET, TOKEN = "q7Wz/secret+of+these+tests", "FwoG-token-of-these-tests"
LAKE = "s3://charts/lake"

CALLS = {
    "get": lambda store: store.get("a/k"),
    "get some": lambda store: store.get("a/k", most=5),
    "put": lambda store: store.put("a/k", b"1"),
    "create": lambda store: store.create("a/k", b"1"),
    "move": lambda store: store.move([("a/k", "b/k")]),
    "delete": lambda store: store.delete(["a/k"]),
    "list": lambda store: list(store.list("a/")),
}

ANSWERS = {
    # code: (status, what is raised, exit code, what it says)
    "NoSuchBucket": (404, StorageError, 5, "there is no bucket charts"),
    "AccessDenied": (403, StorageError, 5, "may not be accessed"),
    "AllAccessDisabled": (403, StorageError, 5, "may not be accessed"),
    "InvalidAccessKeyId": (403, CredentialsError, 4, "not accepted"),
    "SignatureDoesNotMatch": (403, CredentialsError, 4, "not accepted"),
    "InvalidToken": (400, CredentialsError, 4, "not accepted"),
    "ExpiredToken": (400, CredentialsError, 4, "have expired"),
    "RequestTimeTooSkewed": (403, StorageError, 5, "clock"),
    "PermanentRedirect": (301, StorageError, 5, "AWS_REGION"),
    "AuthorizationHeaderMalformed": (400, StorageError, 5, "AWS_REGION=eu-central-1"),
    "InvalidBucketName": (400, StorageError, 5, "refuses what is asked"),
    "SlowDown": (503, StorageError, 5, "run it again later"),
    "InternalError": (500, StorageError, 5, "run it again later"),
}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment with keys, and nothing of this machine's own settings."""
    for name in ("AWS_PROFILE", "AWS_CA_BUNDLE", "AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOFTHESETESTS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_ports(1)[0]}")
    return monkeypatch


@pytest.fixture
def server(told: pytest.MonkeyPatch, httpserver: HTTPServer) -> HTTPServer:
    """A server that answers as it is told to."""
    told.setenv("AWS_ENDPOINT_URL", httpserver.url_for("").rstrip("/"))
    return httpserver


@pytest.fixture
def store(told: pytest.MonkeyPatch) -> Store:
    return open_store(LAKE)


def answer(server: HTTPServer, status: int, body: str, **headers: str) -> None:
    def respond(_: Request) -> Response:
        return Response(body, status=status, headers=headers, content_type="application/xml")

    server.expect_request("/charts").respond_with_handler(respond)
    server.expect_request("/charts/lake/a/k").respond_with_handler(respond)
    server.expect_request("/charts/lake/b/k").respond_with_handler(respond)


def safe(error: BaseException) -> str:
    said = str(error)
    assert "\n" not in said
    assert SECRET not in said
    assert TOKEN not in said
    assert "Debug" not in said
    return said


@pytest.mark.parametrize(
    ("code", "call"),
    # What is tried again takes its time, and is the same for all.
    [
        (code, call)
        for code in ANSWERS
        for call in CALLS
        if ANSWERS[code][0] < 500 or call in ("list", "create")
    ],
)
def test_every_refusal_is_a_sentence(store: Store, server: HTTPServer, code: str, call: str):
    status, kind, exit_code, says = ANSWERS[code]
    message = "the region 'us-east-1' is wrong; expecting 'eu-central-1'"
    region = "<Region>eu-central-1</Region>" if code == "AuthorizationHeaderMalformed" else ""
    answer(server, status, f"<Error><Code>{code}</Code><Message>{message}</Message>{region}</Error>")
    with pytest.raises(kind) as raised:
        CALLS[call](store)
    assert says in safe(raised.value)
    assert raised.value.exit_code == exit_code
    assert not isinstance(raised.value, MissingObject)


@pytest.mark.parametrize("call", ["get", "create", "list"])
def test_nobody_there_is_told_soon(store: Store, call: str):
    started = time.monotonic()
    with pytest.raises(StorageError, match="cannot be reached") as raised:
        CALLS[call](store)
    assert time.monotonic() - started < 15
    assert raised.value.exit_code == 5
    safe(raised.value)


@pytest.mark.parametrize("call", ["get", "put"])
def test_one_who_hangs_up_is_told_soon(store: Store, told: pytest.MonkeyPatch, call: str):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        told.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{listening.getsockname()[1]}")
        done = threading.Event()

        def hang_up() -> None:
            listening.settimeout(0.1)
            while not done.is_set():
                try:
                    listening.accept()[0].close()
                except TimeoutError:
                    continue

        thread = threading.Thread(target=hang_up)
        thread.start()
        started = time.monotonic()
        try:
            with pytest.raises(StorageError, match="cannot be reached"):
                CALLS[call](store)
        finally:
            done.set()
            thread.join()
    assert time.monotonic() - started < 15


def test_no_credentials_are_told(store: Store, told: pytest.MonkeyPatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        told.delenv(name)
    with pytest.raises(CredentialsError, match="aws configure") as raised:
        store.get("a/k")
    assert raised.value.exit_code == 4


def test_the_keys_of_a_profile_are_used(store: Store, told: pytest.MonkeyPatch, seaweed, tmp_path: Path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        told.delenv(name)
    given = seaweed.environment
    (tmp_path / "credentials").write_text(
        f"[charts]\naws_access_key_id = {given['AWS_ACCESS_KEY_ID']}\n"
        f"aws_secret_access_key = {given['AWS_SECRET_ACCESS_KEY']}\n"
    )
    told.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    told.setenv("AWS_ENDPOINT_URL", seaweed.endpoint)
    told.setenv("AWS_PROFILE", "charts")
    store.put("profile/k", b"1")
    assert store.get("profile/k") == b"1"
    store.delete(["profile/k"])


def test_a_profile_that_is_not_there_is_told(store: Store, told: pytest.MonkeyPatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        told.delenv(name)
    told.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(CredentialsError, match="ProfileNotFound"):
        store.get("a/k")


ENDPOINTS = {
    "plain http over a network": ("http://storage.example:9000", "plain http"),
    "an address of a network": ("http://192.168.1.7", "plain http"),
    "no address": ("storage.example", "no address"),
    "another scheme": ("ftp://storage.example", "no address"),
    "with a secret": (f"https://user:{SECRET.replace('/', '')}@storage.example", "no address"),
    "no port": ("https://storage.example:port", "no address"),
}


@pytest.mark.parametrize("case", ENDPOINTS)
@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_an_endpoint_that_cannot_be_is_told(store: Store, told: pytest.MonkeyPatch, case: str, name: str):
    address, says = ENDPOINTS[case]
    told.setenv(name, address)
    with pytest.raises(SettingsError, match=says) as raised:
        store.get("a/k")
    assert SECRET.replace("/", "") not in safe(raised.value)


@pytest.mark.parametrize("address", ["s3://name:secret-key@charts/x", "s3://charts?secret-key=1"])
def test_what_is_no_bucket_is_not_repeated(address: str):
    with pytest.raises(SettingsError, match="names no bucket") as told:
        open_store(address)
    assert "secret-key" not in str(told.value)


@pytest.mark.parametrize(
    "address",
    ["s3://", "s3:///lake", "s3://charts/../x", "s3://charts/a//b", "s3:/charts/x", "s3:charts"],
)
def test_an_address_that_cannot_be_is_told(address: str):
    with pytest.raises(SettingsError, match="s3://bucket/prefix"):
        open_store(address)


@pytest.mark.parametrize(
    ("address", "shown"),
    [("s3://b", "s3://b"), ("s3://b/", "s3://b"), ("s3://b/p/", "s3://b/p"), ("s3://b/p/q", "s3://b/p/q")],
)
def test_an_address_is_shown_as_it_is_written(address: str, shown: str):
    assert open_store(address).address == shown


@pytest.mark.parametrize("key", ["a/\\b", "a/\nb", "a/\udcff", f"a/{'n' * 1024}"], ids=ascii)
def test_a_key_that_s3_would_not_keep_is_refused(store: Store, key: str):
    """One object says nothing of the others; and nothing is asked."""
    with pytest.raises(RefusedObject):
        store.put(key, b"")


def test_a_secret_is_in_no_name_of_it(store: Store):
    assert SECRET not in repr(store) + repr(vars(store)) + store.address


LISTED = """<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>charts</Name><IsTruncated>false</IsTruncated>{}</ListBucketResult>"""
ONE = (
    "<Contents><Key>{}</Key><Size>{}</Size><LastModified>2026-06-01T00:00:00.000Z</LastModified>"
    "<ETag>x</ETag></Contents>"
)


@pytest.mark.parametrize(
    "odd",
    [[], ["lake/a/x//y"], ["lake/a/../z", "lake/a/./y"], ["lake/a/x\\y"]],
    ids=["folders", "//", "..", "\\"],
)
def test_what_a_console_leaves_in_a_bucket_stops_no_listing(store: Store, server: HTTPServer, odd: list[str]):
    """Folders that were made by hand, and names no store can ask for: the others are still listed."""
    names = ["lake/a/", "lake/a/k", "lake/a/x/", *odd, "lake/a/z", "lake/ab"]
    listed = "".join(ONE.format(name, 0 if name.endswith("/") else 1) for name in names)
    answer(server, 200, LISTED.format(listed))
    server.expect_request("/charts/lake/a/x").respond_with_data("", status=404)
    # What S3 would not keep as it is called is shown, so that somebody is told of it.
    assert [one.key for one in store.list("a/")] == ["a/k", *(["a/x\\y"] if "\\" in str(odd) else []), "a/z"]


@pytest.fixture(autouse=True)
def _quiet(httpserver: HTTPServer) -> Iterator[None]:
    yield
    httpserver.clear()
