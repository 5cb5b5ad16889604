"""A stored file as an answer: ranges, and bytes that hold up nobody else. Called by views that have found out whether
this person may read it at this second; decides nothing itself.

Local files are sent piece by piece while the client takes them, with no thread held in between, or by nginx where
MEDIA_ACCEL_PREFIX says so. Files in another store are fetched from there, through a link that is signed for minutes, or
for one where not everybody may hear it: whoever has it needs to be nobody.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.core.files.storage import storages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from recordings import places, ranges

# What Django hands to the server at once.
PIECE = 64 * 1024
LINK_MOST, OWN_LINK_MOST = timedelta(minutes=15), timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A file in the storage `copies`. `name` never means other bytes; from `until` on nobody may read them; `filename`
    is what people see; `public` where everybody may hear it."""

    name: str
    size: int
    content_type: str
    filename: str
    until: datetime | None
    public: bool = False

    @property
    def etag(self) -> str:
        return f'"{hashlib.sha256(self.name.encode()).hexdigest()[:32]}"'


def answer(request: HttpRequest, stored: Stored, *, download: bool = False) -> HttpResponseBase:
    """`download`: to be saved, not to be played. Raises FileNotFoundError when storage does not have it."""
    storage = storages[places.STORAGE]
    try:
        path = storage.path(stored.name)
    except NotImplementedError:
        return _elsewhere(storage, stored, download)
    headers = _headers(stored, download)
    if settings.MEDIA_ACCEL_PREFIX:
        where = f"{settings.MEDIA_ACCEL_PREFIX.rstrip('/')}/{quote(stored.name)}"
        return HttpResponse(headers=headers | {"X-Accel-Redirect": where})
    return _conditional(request, stored, Path(path), headers)


def _conditional(request: HttpRequest, stored: Stored, path: Path, headers: dict) -> HttpResponseBase:
    headers = headers | {"ETag": stored.etag, "Accept-Ranges": "bytes"}
    response = get_conditional_response(request, etag=stored.etag)
    if response is not None:
        response["ETag"], response["Cache-Control"] = stored.etag, headers["Cache-Control"]
        return response
    span, status = None, 200
    # Only GET has ranges (section 14.2).
    if request.method == "GET" and ranges.still_the_same(request.headers.get("If-Range"), stored.etag):
        try:
            span = ranges.asked(request.headers.get("Range"), stored.size)
        except ranges.Unsatisfiable:
            del headers["Content-Disposition"], headers["Content-Type"]
            return HttpResponse(status=416, headers=headers | {"Content-Range": f"bytes */{stored.size}"})
    if span is not None:
        status = 206
        headers["Content-Range"] = f"bytes {span.first}-{span.end - 1}/{stored.size}"
    span = span or ranges.Span(0, stored.size)
    headers["Content-Length"] = str(span.end - span.first)
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers)
    # Opened here, so that what is gone is no file at all rather than half of one.
    file = os.open(path, os.O_RDONLY)
    return StreamingHttpResponse(_Pieces(file, span, stored.until), status=status, headers=headers)


class _Pieces:
    """The bytes of an open file, which is closed however this ends: also when nobody ever asks for the first."""

    def __init__(self, file: int, span: ranges.Span, until: datetime | None) -> None:
        self._file = os.fdopen(file, "rb", buffering=0)
        self._span, self._until = span, until

    def close(self) -> None:
        self._file.close()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        at, end = self._span
        with self._file as file:
            while at < end:
                # What expires while it is sent breaks off.
                if self._until is not None and timezone.now() >= self._until:
                    return
                piece = await asyncio.to_thread(os.pread, file.fileno(), min(PIECE, end - at), at)
                if not piece:
                    return
                at += len(piece)
                yield piece


def _elsewhere(storage, stored: Stored, download: bool) -> HttpResponse:
    most = LINK_MOST if stored.public else OWN_LINK_MOST
    left = most if stored.until is None else min(most, stored.until - timezone.now())
    named = {
        "ResponseContentType": stored.content_type,
        "ResponseContentDisposition": _disposition(stored, download),
        "ResponseCacheControl": "private, no-store",
    }
    link = storage.url(stored.name, parameters=named, expire=max(1, int(left.total_seconds())))
    return HttpResponseRedirect(link, headers={"Cache-Control": "private, no-store"})


def _headers(stored: Stored, download: bool) -> dict[str, str]:
    return {
        "Content-Type": stored.content_type,
        "Content-Disposition": _disposition(stored, download),
        # Asked again each time: it may be gone by then.
        "Cache-Control": "no-cache" if stored.public else "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }


def _disposition(stored: Stored, download: bool) -> str:
    return content_disposition_header(download, stored.filename) or "inline"
