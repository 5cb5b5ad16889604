"""Copies in an S3-compatible store: kept, listed, handed out and destroyed there, over HTTP and with the real client.

Skipped where neither requirements-s3.txt nor moto[server] is installed: `pip install -r requirements-s3.txt
"moto[s3,server]"`.
"""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from recordings import places, storing, tasks
from recordings.models import Copy, Segment, SessionExport, Tombstone
from recordings.services import capture, exports, mounted, purge, replays
from rooms.models import Participant, Space
from rooms.relay import segments
from tests.support import recorded, replayed
from tests.support.copies import signed_in
from tests.support.recorded import Talk
from tests.support.taken import file_at, opened, take

boto3 = pytest.importorskip("boto3")
pytest.importorskip("storages")
moto = pytest.importorskip("moto.server")

pytestmark = pytest.mark.django_db

BUCKET = "openfloor-copies"
KEY = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "eu-central-1"}
TALKS = (Talk("host", 1, 5, tone=440), Talk("speaker", 5, 9, tone=880))


@pytest.fixture(scope="module")
def server():
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(server, settings):
    client = boto3.client("s3", endpoint_url=server, **KEY)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": KEY["region_name"]})
    options = {"bucket_name": BUCKET, "endpoint_url": server, "region_name": KEY["region_name"]}
    options |= {"access_key": "key", "secret_key": "secret"}
    settings.STORAGES = settings.STORAGES | {"copies": {"BACKEND": "recordings.s3.S3Copies", "OPTIONS": options}}
    yield client
    for name in names(client) | {places.MARK}:
        client.delete_object(Bucket=BUCKET, Key=name)
    client.delete_bucket(Bucket=BUCKET)


@pytest.fixture
def space(bucket) -> Space:
    return recorded.space(TALKS)


def names(client) -> set[str]:
    """But the mark's."""
    return {each["Key"] for each in client.list_objects_v2(Bucket=BUCKET).get("Contents", ())} - {places.MARK}


def test_what_goes_wrong_is_what_goes_wrong_with_a_disk(bucket, settings):
    with pytest.raises(FileNotFoundError):
        storages["copies"].open("spaces/nothing.opus")
    storages["copies"].delete("spaces/nothing.opus")
    options = settings.STORAGES["copies"]["OPTIONS"] | {"bucket_name": "no-such-bucket"}
    settings.STORAGES = settings.STORAGES | {"copies": {"BACKEND": "recordings.s3.S3Copies", "OPTIONS": options}}
    # To delete what is not there is no error, nor is it in a bucket that is not there: a purge then cannot list it.
    for act in (lambda store: store.save("a", ContentFile(b"a")), lambda store: store.listdir("")):
        with pytest.raises(OSError, match="bucket"):
            act(storages["copies"])


def test_a_captured_segment_is_kept_there_and_once(bucket, space, tmp_path):
    speaker = recorded.of(space, "speaker")
    path = tmp_path / "segment.opus"
    for _ in range(2):
        path.write_bytes(recorded.ogg(list(recorded._packets("host", 440.0))[:50]))
        kept = segments.Segment(str(space.pk), str(speaker.pk), 1_700_000_000_000_000, 48_000, path)
        assert capture.keep(segment=kept) and not path.exists()
    name = places.segment(space.pk, speaker.pk, 1_700_000_000_000_000, 48_000)
    assert name in names(bucket) and Segment.objects.filter(name=name).count() == 1
    assert name in set(storing.walk(places.space_folder(space.pk)))


def test_a_session_is_made_from_there_and_fetched_from_there_by_a_link_that_ends(bucket, space):
    export = take(space)
    assert export.file in names(bucket) and opened(export).testzip() is None
    soon = signed_in(space.host).get(file_at(export))
    assert int(parse_qs(urlsplit(soon.url).query)["X-Amz-Expires"][0]) == 60
    Copy.objects.update(expires_at=timezone.now() + timedelta(seconds=40))
    answer = signed_in(space.host).get(file_at(export))
    assert answer.status_code == 302 and "no-store" in answer["Cache-Control"]
    asked = parse_qs(urlsplit(answer.url).query)
    assert 20 < int(asked["X-Amz-Expires"][0]) <= 40, "never beyond what it leads to"
    with urlopen(answer.url) as fetched:
        assert len(fetched.read()) == export.size
        assert fetched.headers["Content-Disposition"].startswith("attachment")


def test_what_has_expired_is_destroyed_there_and_seen_to_be(bucket, space):
    take(space)
    assert len(names(bucket)) == Segment.objects.count() + 1
    with time_machine.travel(Copy.objects.get().expires_at):
        assert purge.copy(Copy.objects.get().pk)
    assert names(bucket) == set() and Tombstone.objects.get().files == 3
    assert Participant.objects.filter(space=space).exists()


def test_a_store_that_is_away_is_asked_again(bucket, space, settings):
    exports.ask(space=space, kind="host", by=space.host)
    there = settings.STORAGES
    options = there["copies"]["OPTIONS"] | {"endpoint_url": "http://127.0.0.1:9"}
    settings.STORAGES = there | {"copies": {"BACKEND": "recordings.s3.S3Copies", "OPTIONS": options}}
    assert tasks.make_exports() == 0 and SessionExport.objects.get().state == "queued"
    with time_machine.travel(Copy.objects.get().expires_at):
        assert not purge.copy(Copy.objects.get().pk) and Copy.objects.get().state == "purging"
    settings.STORAGES = there
    assert len(names(bucket)) == 2


def test_another_bucket_than_before_is_not_taken_for_an_empty_one(bucket, space):
    for name in names(bucket):
        bucket.delete_object(Bucket=BUCKET, Key=name)
    with time_machine.travel(Copy.objects.get().expires_at):
        assert not purge.copy(space.copy.pk)
    assert places.MARK in Copy.objects.get().purge_error and not Tombstone.objects.exists()
    Segment.objects.all().delete()
    mounted.ready()
    assert storing.is_marked()


def test_what_is_gone_is_told_from_what_cannot_be_reached(bucket, space, settings):
    assert not storing.is_gone(names(bucket).pop()) and storing.is_gone("spaces/nothing.opus")
    options = settings.STORAGES["copies"]["OPTIONS"] | {"endpoint_url": "http://127.0.0.1:9"}
    settings.STORAGES = settings.STORAGES | {"copies": {"BACKEND": "recordings.s3.S3Copies", "OPTIONS": options}}
    with pytest.raises(OSError, match="127.0.0.1"):
        storing.is_gone("spaces/nothing.opus")


def test_files_of_mixings_that_do_not_count_are_found_there(bucket, space):
    replay = replayed.replay(space, TALKS)
    storages["copies"].save(places.replay(space.pk, "0" * 32, "m4a"), ContentFile(b"of somebody who was killed"))
    replays.tidy(replay.pk)
    assert {name for name in names(bucket) if name.startswith("replays/")} == {replay.m4a, replay.opus}
