"""One playlist of Spotify, read as it is at one moment."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import msgspec

from chartlake.errors import CredentialsError, SourceError
from chartlake.sources.http import same_origin
from chartlake.sources.passes import MOST, Pass
from chartlake.sources.spotify.refusals import refusal

if TYPE_CHECKING:
    from chartlake.sources.http import Answer, Visit
    from chartlake.sources.spotify import Settings
    from chartlake.sources.spotify.access import Access

_ITEMS = {"development": ("items", 50), "extended": ("tracks", 100)}
"""By flavour: what Spotify calls the items of a playlist, and how many it gives at once."""

T = TypeVar("T")


class _Description(msgspec.Struct):
    name: str | None = None
    snapshot_id: str | None = None


class _Page(msgspec.Struct):
    items: list[msgspec.Raw]
    offset: int | None = None
    total: int | None = None
    next: str | None = None


class Playlist:
    """A playlist as one capture reads it.

    Attributes:
        id: Its id.
        visit: The requests made for it.
        name: What Spotify calls it, once it was read.
    """

    def __init__(self, identity: str, *, settings: Settings, visit: Visit, access: Access) -> None:
        self.id = identity
        self.visit = visit
        self.name: str | None = None
        self._settings = settings
        self._access = access
        self._renewed = False
        self._address = f"{settings.api_url.rstrip('/')}/playlists/{identity}"
        self._market: dict[str, str | int] = {"market": settings.market} if settings.market else {}

    def read(self) -> Pass:
        """Its description, then its items from the first page to the last.

        Only the description is cut down to some fields: cut pages would lose what no one
        has thought of yet.

        Raises:
            TryLater: Spotify asks to be left alone.
            CredentialsError: Credentials are missing, wrong or expired.
            SourceError: Spotify does not answer, does not show the playlist, or its pages
                do not fit together.
        """
        described = self._got("", {"fields": "id,name,snapshot_id", **self._market})
        before = _decoded(described, _Description)
        self.name = before.name
        pages, items, fitting = self._items()
        after = _decoded(self._got("", {"fields": "snapshot_id", **self._market}), _Description)
        steady = fitting and before.snapshot_id == after.snapshot_id
        return Pass([described, *pages], items, steady=steady)

    def _items(self) -> tuple[list[bytes], list[bytes], bool]:
        """The pages, what is on them, and whether they agree on how many there are."""
        path, limit = _ITEMS[self._settings.flavour]
        pages: list[bytes] = []
        items: list[bytes] = []
        totals: set[int | None] = set()
        while True:
            body = self._got(
                f"/{path}",
                {"limit": limit, "offset": len(items), "additional_types": "track,episode", **self._market},
            )
            page = _decoded(body, _Page)
            found = [bytes(item) for item in page.items]
            self._check(page, found, items)
            pages.append(body)
            items += found
            totals.add(page.total)
            if page.next is None:
                return pages, items, totals <= {None, len(items)}

    def _check(self, page: _Page, found: list[bytes], before: list[bytes]) -> None:
        """Nothing, if the page follows upon those before it.

        Raises:
            SourceError: It does not, so reading on might never end.
        """
        if page.next is not None and not same_origin(page.next, self._address):
            raise SourceError(
                "Spotify continues at another address, which is not followed; check api_url under [spotify]"
            )
        misplaced = page.offset is not None and page.offset != len(before)
        repeated = bool(found) and found == before[-len(found) :]
        stuck = page.next is not None and (not found or len(before) + len(found) >= MOST)
        if misplaced or repeated or stuck:
            raise SourceError(
                f"the pages of Spotify playlist {self.id} do not follow upon one another after "
                f"position {len(before)}; run again later"
            )

    def _got(self, path: str, params: dict[str, str | int]) -> bytes:
        answer = self._asked(path, params)
        if answer.status == HTTPStatus.UNAUTHORIZED and not self._renewed:
            # Valid tokens have been refused in passing, so one more is fetched.
            self._renewed = True
            self._access.drop()
            answer = self._asked(path, params)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            raise CredentialsError(
                f"Spotify does not accept its own token; check the app's credentials{self._access.remedy()}"
            )
        if not answer.fine:
            raise refusal(answer, playlist=self.id, flavour=self._settings.flavour)
        return answer.body

    def _asked(self, path: str, params: dict[str, str | int]) -> Answer:
        headers = self._access.headers(self.visit)
        return self.visit.get(self._address + path, params=params, headers=headers)


def _decoded(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SourceError(
            "Spotify answers in a shape that is not known here; check api_url under [spotify], "
            "or look for a newer chartlake"
        ) from error
