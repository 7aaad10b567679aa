"""The volume's layout and the server's command line."""

import re
from pathlib import Path

import pytest

from kit.settings import Secret, SettingsError, list_variables
from objectstorage.errors import VolumeUnusable
from objectstorage.server import build_command, build_environment
from objectstorage.settings import Settings
from objectstorage.volume import apply_volume

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.fixture
def settings(tmp_path):
    return Settings(access_key="key", secret_key=Secret("secret"), data_dir=tmp_path)


def test_every_bucket_is_a_directory(tmp_path):
    root, attributes = apply_volume(tmp_path, probe=lambda _: True)

    assert sorted(path.name for path in root.iterdir()) == ["dbwal", "git", "registry"]
    assert attributes is None


def test_a_volume_without_attributes_gets_a_directory_for_them_and_keeps_it(tmp_path):
    _, attributes = apply_volume(tmp_path, probe=lambda _: False)

    assert attributes == tmp_path / "attributes"
    assert apply_volume(tmp_path, probe=lambda _: True)[1] == attributes


def test_a_volume_that_can_not_be_written_is_a_sentence(tmp_path):
    (tmp_path / "buckets").write_text("in the way")

    with pytest.raises(VolumeUnusable, match=f"The volume at {tmp_path} can't be used"):
        apply_volume(tmp_path)


def test_the_command_without_secrets(settings):
    command = build_command(settings, root=Path("/b"), attributes=None)

    assert command == [
        *(
            "versitygw",
            "--port",
            ":9000",
            "--region",
            "us-east-1",
            "--health",
            "/healthz",
            "--quiet",
            "--keep-alive",
        ),
        *("posix", "/b"),
    ]


def test_attributes_in_a_directory(settings):
    command = build_command(settings, root=Path("/b"), attributes=Path("/a"))

    assert command[-4:] == ["posix", "--sidecar", "/a", "/b"]


def test_the_account_is_in_the_environment(settings):
    assert build_environment(settings, {"PATH": "/bin"}) == {
        "PATH": "/bin",
        "ROOT_ACCESS_KEY_ID": "key",
        "ROOT_SECRET_ACCESS_KEY": "secret",
    }


def test_missing_credentials_are_named_at_once(tmp_path):
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"CREDENTIALS_DIR": str(tmp_path)})

    assert len(caught.value.problems) == 2


def test_the_table_of_settings_is_complete():
    named = re.findall(r"^\| `(\w+)` \|", README.read_text(), re.MULTILINE)

    assert sorted(named) == sorted(list_variables(Settings.from_env))
