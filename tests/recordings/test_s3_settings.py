"""Where copies lie is said as a whole, or refused in one sentence."""

import pytest

from config import copies, env
from config.env import Misconfigured

WHOLE = {
    "COPIES_S3_BUCKET": "openfloor-copies",
    "COPIES_S3_ENDPOINT_URL": "https://minio.example.org",
    "COPIES_S3_KEY_ID": "key",
    "COPIES_S3_SECRET_KEY": "secret",
}


def store(monkeypatch, tmp_path, **said: str) -> dict:
    for name in (*WHOLE, "COPIES_S3_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    return copies.store(env.read(), var_dir=tmp_path)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"COPIES_S3_ENDPOINT_URL": "https://minio.example.org"}, "not COPIES_S3_BUCKET"),
        ({"COPIES_S3_SECRET_KEY": "secret"}, "not COPIES_S3_BUCKET"),
        ({"COPIES_S3_BUCKET": "b", "COPIES_S3_KEY_ID": "key"}, "go together"),
        ({"COPIES_S3_BUCKET": "b", "COPIES_S3_SECRET_KEY": "secret"}, "go together"),
        (WHOLE | {"COPIES_S3_ENDPOINT_URL": "minio.example.org"}, "an address such as"),
    ],
)
def test_half_a_store_is_refused(monkeypatch, tmp_path, said, why):
    with pytest.raises(Misconfigured, match=why):
        store(monkeypatch, tmp_path, **said)


def test_a_store_without_its_programs_is_refused_with_what_to_run(monkeypatch, tmp_path):
    monkeypatch.setattr(copies, "find_spec", lambda name: None)
    with pytest.raises(Misconfigured, match="requirements-s3.txt"):
        store(monkeypatch, tmp_path, **WHOLE)


def test_a_whole_store_is_used(monkeypatch, tmp_path):
    monkeypatch.setattr(copies, "find_spec", lambda name: name)
    found = store(monkeypatch, tmp_path, **WHOLE)
    assert found["BACKEND"] == "recordings.s3.S3Copies"
    assert found["OPTIONS"] == {
        "bucket_name": "openfloor-copies",
        "endpoint_url": "https://minio.example.org",
        "region_name": None,
        "access_key": "key",
        "secret_key": "secret",
    }


def test_without_one_copies_lie_in_a_folder_that_nobody_else_reads(monkeypatch, tmp_path):
    assert store(monkeypatch, tmp_path)["OPTIONS"]["location"] == tmp_path / "copies"


def test_browsers_may_fetch_sound_from_the_store_and_nowhere_else(monkeypatch, tmp_path):
    monkeypatch.setattr(copies, "find_spec", lambda name: name)
    assert copies.origins(store(monkeypatch, tmp_path)) == []
    assert copies.origins(store(monkeypatch, tmp_path, **WHOLE)) == [
        "https://minio.example.org",
        "https://openfloor-copies.minio.example.org",
    ]
    amazon = copies.origins(store(monkeypatch, tmp_path, COPIES_S3_BUCKET="b", COPIES_S3_REGION="eu-west-1"))
    assert "https://b.s3.eu-west-1.amazonaws.com" in amazon and "https://s3.eu-west-1.amazonaws.com" in amazon
