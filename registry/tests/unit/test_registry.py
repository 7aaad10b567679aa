"""From the platform's settings to distribution's."""

import re
from pathlib import Path

import pytest

from kit.objectstore import Location
from kit.settings import Secret, SettingsError, list_variables
from registry.environment import build_environment
from registry.settings import Settings

README = Path(__file__).resolve().parents[2] / "README.md"
IN_CLUSTER = Location(
    storage="in-cluster",
    bucket="registry",
    access_key="12345",
    secret_key=Secret('a "b": c'),
    region="us-east-1",
    endpoint="http://store:9000",
)


def test_the_in_cluster_storage():
    env = build_environment(IN_CLUSTER, {})

    secret = env.pop("REGISTRY_HTTP_SECRET")
    assert len(secret) == 64
    assert env == {
        "OTEL_TRACES_EXPORTER": "none",
        "REGISTRY_STORAGE_S3_ACCESSKEY": '"12345"',
        "REGISTRY_STORAGE_S3_SECRETKEY": '"a \\"b\\": c"',
        "REGISTRY_STORAGE_S3_REGION": '"us-east-1"',
        "REGISTRY_STORAGE_S3_BUCKET": '"registry"',
        "REGISTRY_STORAGE_S3_REGIONENDPOINT": '"http://store:9000"',
        "REGISTRY_STORAGE_S3_FORCEPATHSTYLE": '"true"',
    }


def test_s3_by_the_nodes_own_role_names_no_keys():
    location = Location(storage="s3", bucket="images", region="eu-west-1")

    assert build_environment(location, {}) == {
        "OTEL_TRACES_EXPORTER": "none",
        "REGISTRY_STORAGE_S3_REGION": '"eu-west-1"',
        "REGISTRY_STORAGE_S3_BUCKET": '"images"',
    }


def test_google(tmp_path):
    key = tmp_path / "key.json"
    key.write_text("{}")
    env = build_environment(Location(storage="gcs", bucket="images", key_file=key), {})

    assert env["REGISTRY_STORAGE_GCS_KEYFILE"] == f'"{key}"'
    assert env["REGISTRY_STORAGE_GCS_BUCKET"] == '"images"'


def test_azure():
    location = Location(storage="azure", bucket="images", access_key="account", secret_key=Secret("key"))
    env = build_environment(location, {})

    assert env["REGISTRY_STORAGE_AZURE_ACCOUNTNAME"] == '"account"'
    assert env["REGISTRY_STORAGE_AZURE_ACCOUNTKEY"] == '"key"'
    assert env["REGISTRY_STORAGE_AZURE_CONTAINER"] == '"images"'


def test_registries_on_one_store_share_their_secret_and_others_do_not():
    other = Location(storage="azure", bucket="images", access_key="account", secret_key=Secret("key"))

    secrets = [
        build_environment(location, {})["REGISTRY_HTTP_SECRET"]
        for location in (IN_CLUSTER, IN_CLUSTER, other)
    ]

    assert secrets[0] == secrets[1] != secrets[2]


def test_variables_of_distribution_go_through_and_win_and_ours_do_not():
    given = {
        "REGISTRY_MODE": "push",
        "REGISTRY_STORAGE": "in-cluster",
        "REGISTRY_STORAGE_S3_BUCKET": "mine",
        "REGISTRY_LOG_LEVEL": "debug",
        "PATH": "/bin",
    }
    env = build_environment(IN_CLUSTER, given)

    assert env["REGISTRY_STORAGE_S3_BUCKET"] == "mine"
    assert env["REGISTRY_LOG_LEVEL"] == "debug"
    assert env["PATH"] == "/bin"
    assert not {"REGISTRY_MODE", "REGISTRY_STORAGE"} & env.keys()


def test_without_an_object_storage_images_are_files():
    env = build_environment(None, {})

    assert env["REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY"] == '"/var/lib/registry"'
    assert "REGISTRY_HTTP_SECRET" not in env


@pytest.mark.parametrize("name", ["OBJECTSTORAGE", "MINIO"])
def test_the_storages_address_by_its_present_and_its_old_name(name):
    env = {
        "REGISTRY_MODE": "nodes",
        "REGISTRY_STORAGE": "minio",
        f"DEIS_{name}_SERVICE_HOST": "store",
        f"DEIS_{name}_SERVICE_PORT": "9001",
    }

    assert Settings.from_env(env).endpoint == "http://store:9001"


def test_a_mode_and_a_storage_that_do_not_exist_are_named_together():
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"REGISTRY_MODE": "pull", "REGISTRY_STORAGE": "swift"})

    assert len(caught.value.problems) == 2


def test_the_table_of_settings_is_complete():
    text = README.read_text()
    named = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) + re.findall(r"old name `(\w+_\w+)`", text)

    assert sorted(named) == sorted(list_variables(Settings.from_env))
