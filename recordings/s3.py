"""Copies in an S3-compatible store. Named in settings where COPIES_S3_BUCKET is set; imported nowhere, because what it
imports is an extra (requirements-s3.txt)."""

from collections.abc import Callable
from functools import wraps

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from storages.backends.s3 import S3Storage

# A store that is away is tried again by the next round, not for minutes by this one (s).
TIMES = {"connect_timeout": 5, "read_timeout": 30, "retries": {"max_attempts": 2}}


class StoreAway(OSError):
    """What the store or the way to it said."""


def _as_disks_do(method: Callable) -> Callable:
    """Whatever goes wrong is an OSError, which is what everybody expects of a storage."""

    @wraps(method)
    def call(*args, **kwargs):
        try:
            return method(*args, **kwargs)
        except (BotoCoreError, ClientError, Boto3Error) as error:
            raise StoreAway(str(error)) from error

    return call


class S3Copies(S3Storage):
    """Private, and under the names it is given: the same name is the same bytes."""

    def get_default_settings(self) -> dict:
        config = Config(s3={"addressing_style": "path"}, signature_version="s3v4", **TIMES)
        own = {"file_overwrite": True, "default_acl": None, "querystring_auth": True, "client_config": config}
        return super().get_default_settings() | own

    _save = _as_disks_do(S3Storage._save)
    _open = _as_disks_do(S3Storage._open)
    delete = _as_disks_do(S3Storage.delete)
    exists = _as_disks_do(S3Storage.exists)
    listdir = _as_disks_do(S3Storage.listdir)
    size = _as_disks_do(S3Storage.size)
    get_modified_time = _as_disks_do(S3Storage.get_modified_time)
