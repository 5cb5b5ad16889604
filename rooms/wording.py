"""What people write about a Space, as it is stored: cleaned, or refused with the field's own sentence. Pure."""

import unicodedata
from collections.abc import Iterable

from accounts.validators import clean_line, has_substance
from rooms.languages import LANGUAGES
from rooms.refusals import refuse_if


def cleaned_title(text: str, *, longest: int) -> str:
    """One NFC line without control or bidirectional characters."""
    title = clean_line(text)
    refuse_if(not has_substance(title), "title_empty")
    refuse_if(len(title) > longest, "title_too_long", most=longest)
    return title


def cleaned_description(text: str, *, longest: int) -> str:
    """Lines as a title is one, at most one empty line between two."""
    lines = [clean_line(line) for line in unicodedata.normalize("NFC", text).splitlines()]
    kept = [line for n, line in enumerate(lines) if line or (n and lines[n - 1])]
    description = "\n".join(kept).strip()
    refuse_if(len(description) > longest, "description_too_long", most=longest)
    return description


def cleaned_topics(names: Iterable[str], *, most: int, longest: int) -> list[str]:
    """In the order given, without a leading #, each once whatever its case."""
    topics: dict[str, str] = {}
    for name in names:
        topic = clean_line(name).lstrip("#").strip()
        if has_substance(topic):
            topics.setdefault(topic.casefold(), topic)
    refuse_if(len(topics) > most, "topics_too_many", most=most)
    refuse_if(any(len(topic) > longest for topic in topics.values()), "topic_too_long", most=longest)
    return list(topics.values())


def cleaned_language(code: str) -> str:
    refuse_if(code not in LANGUAGES, "language_unknown")
    return code
