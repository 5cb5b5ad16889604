"""Somebody's replays as a podcast, its cover, and what one follows as a file for podcast apps."""

from datetime import UTC, datetime

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from redis.exceptions import RedisError

from accounts.views.scope import MyView, PersonPage
from recordings import pictures, podcast, shows
from recordings.selectors import podcasts
from recordings.views.drawing import drawn

# How long it is remembered since when a feed is as it is; forgotten, it was changed just now.
SINCE_SECONDS = 30 * 24 * 3600


class PublicPersonPage(PersonPage):
    """Of people who approve followers by hand nothing is public, for nobody: programs carry no cookie."""

    def public_person(self):
        if self.person.is_protected:
            raise Http404
        return self.person


class Podcast(PublicPersonPage):
    def get(self, request: HttpRequest, handle: str) -> HttpResponse:
        """The feed, or 304 where it would say nothing new. Five queries, however many episodes."""
        now = timezone.now()
        person = self.public_person()
        document = podcast.feed(shows.show(person, now))
        fingerprint = podcast.fingerprint(document)
        since = _since(f"podcast:{person.pk}", fingerprint, now)
        response = HttpResponse(document, content_type="application/rss+xml; charset=utf-8")
        response["ETag"] = etag = f'W/"{fingerprint}"'
        # Kept by whoever likes, and asked for anew each time: what has expired is in no copy that is shown.
        response["Cache-Control"], response["Access-Control-Allow-Origin"] = "public, no-cache", "*"
        if since:
            response["Last-Modified"] = http_date(since)
        return get_conditional_response(request, etag=etag, last_modified=since, response=response)


class PodcastCover(PublicPersonPage):
    def get(self, request: HttpRequest, handle: str) -> HttpResponse:
        person = self.public_person()
        if not podcasts.has_podcast(person, timezone.now()):
            raise Http404
        key = f"cover|{shows.face_key(person)}"
        return drawn(request, key, lambda: pictures.cover(shows.face(person)), kind="image/jpeg")


class FollowedPodcasts(MyView):
    def get(self, request: HttpRequest) -> HttpResponse:
        """Two queries."""
        now = timezone.now()
        followed = [shows.named(host) for host in podcasts.followed_podcasts(self.me, now)]
        title = f"Podcasts of people {self.me.display_name} follows on Openfloor"
        response = HttpResponse(podcast.opml(title, followed, stamp=now.astimezone(UTC)), content_type="text/x-opml")
        response["Content-Disposition"] = 'attachment; filename="openfloor-podcasts.opml"'
        response["Cache-Control"] = "private, no-store"
        return response


def _since(key: str, fingerprint: str, now: datetime) -> int | None:
    """Since when the feed is as it is, Unix time; None within its first second, in which it could still be another, and
    without a cache. What expired changed it too, at a moment that no row holds."""
    try:
        known = cache.get(key)
        if known is None or known[0] != fingerprint:
            cache.set(key, known := (fingerprint, int(now.timestamp())), SINCE_SECONDS)
    except RedisError:
        return None
    return known[1] if known[1] < int(now.timestamp()) else None
