from __future__ import annotations

import re
from pathlib import Path

import pytest

from kit.settings import SettingsError, list_variables
from router.cpus import count_workers, get_cpu_quota
from router.options import GENERAL_FIELDS, GZIP_FIELDS, HSTS_FIELDS, PROXY_BUFFERS_FIELDS, SSL_FIELDS
from router.services import FIELDS
from router.settings import Settings

README = (Path(__file__).parents[2] / "README.md").read_text()


def list_table(heading: str) -> list[str]:
    section = README.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)


def test_the_defaults():
    assert Settings.from_env({"POD_NAMESPACE": ""}) == Settings()


def test_durations_are_milliseconds():
    settings = Settings.from_env({"POD_NAMESPACE": "deis", "SHUTDOWN_DELAY": "1500"})
    assert (settings.namespace, settings.shutdown_delay) == ("deis", 1.5)
    with pytest.raises(SettingsError, match="SHUTDOWN_TIMEOUT"):
        Settings.from_env({"SHUTDOWN_TIMEOUT": "soon"})


def test_the_readme_has_every_setting_and_annotation():
    assert list_table("Settings") == list_variables(Settings.from_env)
    router = (*GENERAL_FIELDS, *GZIP_FIELDS, *PROXY_BUFFERS_FIELDS, *SSL_FIELDS, *HSTS_FIELDS)
    assert list_table("Annotations of the router's Deployment") == [f"nginx.{field.key}" for field in router]
    apps = [field.key for field in FIELDS] + [f"nginx.{field.key}" for field in PROXY_BUFFERS_FIELDS]
    assert list_table("Annotations of an app's Service") == [*apps, "certificateFingerprints"]


def test_workers_are_as_many_as_processors_allowed(tmp_path: Path):
    assert 1 <= count_workers(tmp_path) <= 4
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert get_cpu_quota(tmp_path) == 0.5
    assert count_workers(tmp_path) == 1
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert get_cpu_quota(tmp_path) is None
    (tmp_path / "cpu.max").unlink()
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("200000")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert get_cpu_quota(tmp_path) == 2
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("-1")
    assert get_cpu_quota(tmp_path) is None
