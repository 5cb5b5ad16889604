"""Replays of one host as a podcast: RSS 2.0 with the tags of iTunes and of Podcasting 2.0, and its chapter files. Reads
no database and no clock; all addresses are absolute.

https://github.com/Podcastindex-org/podcast-namespace is what the second namespace and the chapters go by.
"""

import hashlib
import json
import re
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from xml.etree import ElementTree

from django.utils.feedgenerator import Enclosure, Rss201rev2Feed

GUIDS = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
# One of Apple's categories, which a podcast must name.
CATEGORY = "Society & Culture"
M4A, OPUS = "audio/x-m4a", "audio/ogg"
CHAPTERS, TRANSCRIPT = "application/json+chapters", "text/vtt"
# Code points that no XML document can hold (XML 1.0, 2.2), besides surrogates, which have no UTF-8.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Voice:
    """Somebody who is heard. `role` is one of the podcast taxonomy: host, co-host, guest."""

    name: str
    role: str
    address: str


@dataclass(frozen=True)
class File:
    address: str
    bytes: int


@dataclass(frozen=True)
class Episode:
    """`transcript` is empty where there is none; `opus` None where there is no such file."""

    id: str
    title: str
    about: str
    address: str
    published: datetime
    milliseconds: int
    m4a: File
    opus: File | None
    chapters: str
    transcript: str
    language: str
    voices: Sequence[Voice] = ()


@dataclass(frozen=True)
class Airing:
    """A Space that is on air or will be; `status` is live or pending."""

    id: str
    title: str
    status: str
    start: datetime
    address: str


@dataclass(frozen=True)
class Show:
    host: Voice
    title: str
    about: str
    feed: str
    picture: str
    language: str
    airings: Sequence[Airing] = ()
    episodes: Sequence[Episode] = field(default_factory=tuple)


def feed(show: Show) -> bytes:
    """The document. Players start at the first second of the file, also of an episode whose beginning was cut off: no
    tag tells them otherwise, and chapters and transcript count from there too."""
    made = PodcastFeed(
        title=_text(show.title),
        link=show.host.address,
        description=_text(show.about),
        language=show.language,
        feed_url=show.feed,
        show=show,
    )
    for episode in show.episodes:
        made.add_item(
            title=_text(episode.title),
            link=episode.address,
            description=_text(episode.about),
            unique_id=episode.id,
            unique_id_is_permalink=False,
            pubdate=episode.published,
            enclosures=[Enclosure(episode.m4a.address, str(episode.m4a.bytes), M4A)],
            episode=episode,
        )
    out = BytesIO()
    made.write(out, "utf-8")
    return out.getvalue()


def fingerprint(document: bytes) -> str:
    """The same for two documents that differ only in when they were written."""
    return hashlib.sha256(re.sub(rb"<lastBuildDate>.*?</lastBuildDate>", b"", document)).hexdigest()


def guid(feed_address: str) -> str:
    """Of a podcast: that of the address of its feed, without its scheme."""
    return str(uuid.uuid5(GUIDS, feed_address.partition("://")[2].rstrip("/")))


def chapters(*, title: str, author: str, marks: Sequence[dict], starts_at_ms: int) -> str:
    """A chapters file, version 1.2.0, of `marks`: at_ms and title of each. Where the host cut off the beginning a
    chapter leads past it, and what lies before is not in the table of contents."""
    found = []
    for mark in marks:
        chapter = {"startTime": mark["at_ms"] / 1000, "title": mark["title"]}
        found.append(chapter if mark["at_ms"] >= starts_at_ms else chapter | {"toc": False})
    if starts_at_ms and all(mark["at_ms"] != starts_at_ms for mark in marks):
        found.append({"startTime": starts_at_ms / 1000, "title": "Beginning"})
    found.sort(key=lambda chapter: chapter["startTime"])
    facts = {"version": "1.2.0", "title": title, "author": author, "chapters": found}
    return json.dumps(facts, ensure_ascii=False)


def opml(title: str, shows: Sequence[Show], *, stamp: datetime) -> bytes:
    """Podcasts to subscribe to, for other programs (OPML 2.0)."""
    root = ElementTree.Element("opml", version="2.0")
    head = ElementTree.SubElement(root, "head")
    ElementTree.SubElement(head, "title").text = _text(title)
    ElementTree.SubElement(head, "dateCreated").text = f"{stamp:%a, %d %b %Y %H:%M:%S +0000}"
    body = ElementTree.SubElement(root, "body")
    for show in shows:
        name = _text(show.title)
        facts = {"type": "rss", "version": "RSS2", "text": name, "title": name}
        ElementTree.SubElement(body, "outline", facts | {"xmlUrl": show.feed, "htmlUrl": show.host.address})
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


class PodcastFeed(Rss201rev2Feed):
    """Made by `feed` alone: expects a `show`, and of each item its `episode`."""

    def rss_attributes(self) -> dict[str, str]:
        return super().rss_attributes() | {
            "xmlns:itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
            "xmlns:podcast": "https://podcastindex.org/namespace/1.0",
        }

    def add_root_elements(self, handler) -> None:
        super().add_root_elements(handler)
        show: Show = self.feed["show"]
        handler.addQuickElement("generator", "Openfloor")
        handler.addQuickElement("itunes:author", _text(show.host.name))
        handler.addQuickElement("itunes:image", None, {"href": show.picture})
        handler.addQuickElement("itunes:category", None, {"text": CATEGORY})
        handler.addQuickElement("itunes:explicit", "false")
        handler.addQuickElement("itunes:type", "episodic")
        handler.addQuickElement("podcast:guid", guid(show.feed))
        handler.addQuickElement("podcast:medium", "podcast")
        _person(handler, show.host)
        for airing in show.airings:
            handler.startElement("podcast:liveItem", {"status": airing.status, "start": _moment(airing.start)})
            handler.addQuickElement("title", _text(airing.title))
            handler.addQuickElement("link", airing.address)
            handler.addQuickElement("guid", airing.id, {"isPermaLink": "false"})
            # There is no stream that players know: they lead to the page, where one listens.
            handler.addQuickElement("podcast:contentLink", "Listen in your browser", {"href": airing.address})
            _person(handler, show.host)
            handler.endElement("podcast:liveItem")

    def add_item_elements(self, handler, item) -> None:
        super().add_item_elements(handler, item)
        episode: Episode = item["episode"]
        handler.addQuickElement("itunes:title", _text(episode.title))
        handler.addQuickElement("itunes:duration", str(round(episode.milliseconds / 1000)))
        handler.addQuickElement("itunes:episodeType", "full")
        handler.addQuickElement("itunes:explicit", "false")
        for voice in episode.voices:
            _person(handler, voice)
        handler.addQuickElement("podcast:chapters", None, {"url": episode.chapters, "type": CHAPTERS})
        if episode.transcript:
            facts = {"url": episode.transcript, "type": TRANSCRIPT, "language": episode.language, "rel": "captions"}
            handler.addQuickElement("podcast:transcript", None, facts)
        if episode.opus:
            facts = {"type": OPUS, "length": str(episode.opus.bytes), "title": "Opus", "codecs": "opus"}
            handler.startElement("podcast:alternateEnclosure", facts)
            handler.addQuickElement("podcast:source", None, {"uri": episode.opus.address})
            handler.endElement("podcast:alternateEnclosure")


def _person(handler, voice: Voice) -> None:
    facts = {"role": voice.role, "group": "cast", "href": voice.address}
    handler.addQuickElement("podcast:person", _text(voice.name), facts)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _text(text: str) -> str:
    """Whatever was written, as XML can hold it."""
    return _NOT_XML.sub("", "".join(c for c in text if unicodedata.category(c) != "Cc" or c in "\t\n"))
