"""Somebody's copy of their data as a zip: what the registered keepers give. Rows pass through one by one, so that a
copy needs the same memory however much somebody wrote."""

from collections.abc import Callable, Iterator
from typing import BinaryIO

from django.core.files.storage import default_storage
from django.utils import timezone

from accounts import own_data
from accounts.models import User
from accounts.zips import Archive

FORMAT = "openfloor-account/1"


def write(target: BinaryIO, user: User, report: Callable[[int, int], None]) -> None:
    """`report` is told how many parts are done, of how many, and may raise to give up."""
    parts = [part for keeper in own_data.keepers() for part in _parts(keeper, user)]
    archive, made_at = Archive(target), timezone.now()
    with archive.zip:
        for done, (path, part) in enumerate(parts):
            report(done, len(parts))
            if isinstance(part, own_data.Section):
                archive.rows(path, part.what, part.rows)
            else:
                with default_storage.open(part.stored) as source:
                    archive.copied(path, part.what, source)
        report(len(parts), len(parts))
        context = {"person": user, "made_at": made_at}
        manifest = {"format": FORMAT, "account": user.handle, "made_at": made_at}
        archive.finish(readme="accounts/copy_readme.txt", context=context, manifest=manifest)


def _parts(keeper: own_data.Keeper, user: User) -> Iterator[tuple[str, own_data.Section | own_data.KeptFile]]:
    for section in keeper.sections(user):
        yield f"{keeper.name}/{section.name}.jsonl", section
    for kept in keeper.files(user):
        yield f"{keeper.name}/{kept.name}", kept
