from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import pytest

from chartlake.demo import CLIENT_SECRETS
from chartlake.demo.services import Services


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: object):
        return None


Fetch = Callable[..., Got]


@pytest.fixture(scope="session")
def fetch() -> Fetch:
    """One request by urllib, without proxies; a redirect is an answer like any other."""
    opener = build_opener(ProxyHandler({}), _Stay())

    def fetch(url: str, *, data: dict[str, str] | None = None, timeout: float = 5, **headers: str) -> Got:
        body = urlencode(data).encode() if data is not None else None
        request = Request(url, data=body, headers={name.replace("_", "-"): v for name, v in headers.items()})
        try:
            with opener.open(request, timeout=timeout) as answer:
                return Got(answer.status, dict(answer.headers), answer.read())
        except HTTPError as error:
            with error:
                return Got(error.code, dict(error.headers), error.read())

    return fetch


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        yield running


@pytest.fixture
def basic() -> Callable[[str], str]:
    def basic(app: str) -> str:
        return "Basic " + b64encode(f"{app}:{CLIENT_SECRETS[app]}".encode()).decode()

    return basic


@pytest.fixture
def bearer(services: Services, fetch: Fetch, basic: Callable[[str], str]) -> Callable[[str], str]:
    """The Authorization of an app on its own."""

    def bearer(app: str) -> str:
        got = fetch(
            services.spotify_accounts + "/api/token",
            data={"grant_type": "client_credentials"},
            Authorization=basic(app),
        )
        return "Bearer " + got.json["access_token"]

    return bearer


@pytest.fixture
def consented(services: Services, fetch: Fetch) -> Callable[..., dict[str, object]]:
    """What the token endpoint says to an app whose user consented."""

    def consented(app: str, scope: str = "playlist-read-private") -> dict[str, object]:
        redirect = "http://127.0.0.1:4321/callback"
        query = {
            "client_id": app,
            "response_type": "code",
            "redirect_uri": redirect,
            "scope": scope,
            # The challenge of the example in RFC 7636, appendix B.
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "code_challenge_method": "S256",
        }
        sent = fetch(f"{services.spotify_accounts}/authorize?{urlencode(query)}").headers["Location"]
        return fetch(
            services.spotify_accounts + "/api/token",
            data={
                "grant_type": "authorization_code",
                "client_id": app,
                "code": sent.partition("code=")[2],
                "redirect_uri": redirect,
                "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            },
        ).json

    return consented
