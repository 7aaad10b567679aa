"""The environment and the README's table of it."""

import re
from pathlib import Path

import pytest

from controller.djangosettings import build_django_settings
from controller.settings import NativeIngressSettings, Settings
from kit.settings import SettingsError, list_variables

README = Path(__file__).resolve().parents[2] / "README.md"
KEYS = {"DEIS_SECRET_KEY": "s", "DEIS_BUILDER_KEY": "b"}


def test_the_readme_names_every_variable():
    named = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", README.read_text(), re.MULTILINE))
    assert named == set(list_variables(Settings.from_env))


def test_it_does_not_start_without_its_keys():
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({})
    assert caught.value.problems == ("DEIS_SECRET_KEY is missing", "DEIS_BUILDER_KEY is missing")


def test_every_mistake_is_named_at_once():
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({**KEYS, "DEIS_DEPLOY_TIMEOUT": "soon", "DEIS_DEFAULT_CONFIG_TAGS": "[1]"})
    assert len(caught.value.problems) == 2


def test_a_mode_of_registration_that_nobody_knows():
    with pytest.raises(SettingsError, match="REGISTRATION_MODE"):
        Settings.from_env({**KEYS, "REGISTRATION_MODE": "sometimes"})


@pytest.mark.parametrize(("text", "workers"), [("", 2), ("0", 2), ("-1", 2), ("many", 2), ("5", 5)])
def test_workers(text, workers):
    assert Settings.from_env({**KEYS, "GUNICORN_WORKERS": text}).process.workers == workers


def test_values():
    settings = Settings.from_env(
        {
            **KEYS,
            "RESERVED_NAMES": "deis, deis-builder,grafana",
            "DEIS_DEBUG": "false",
            "DEIS_DATABASE_USER": "owner",
            "DEIS_LOGGER_SERVICE_HOST": "logger",
            "DEIS_LOGGER_SERVICE_PORT_HTTP": "8088",
            "WORKFLOW_NAMESPACE": "platform",
            "DEIS_DEPLOY_HOOK_URLS": "http://a,http://b",
        }
    )
    assert settings.reserved_names == {"deis", "deis-builder", "grafana"}
    assert settings.debug is True
    assert settings.database.name == "owner"
    assert settings.logger_url == "http://logger:8088"
    assert settings.controller_url == "http://deis-controller.platform.svc.cluster.local"
    assert settings.deploy.hook_urls == ("http://a", "http://b")


def test_secrets_do_not_print():
    settings = Settings.from_env({**KEYS, "DEIS_DATABASE_PASSWORD": "hunter2"})
    assert "hunter2" not in repr(settings)
    assert build_django_settings(settings)["DATABASES"]["default"]["PASSWORD"] == "hunter2"


def test_native_ingress_under_both_names():
    assert Settings.from_env(KEYS).native_ingress is None
    old = {"EXPERIMENTAL_NATIVE_INGRESS": "true", "EXPERIMENTAL_NATIVE_INGRESS_HOSTNAME": "example.com"}
    short = {"NATIVE_INGRESS": "1", "NATIVE_INGRESS_HOSTNAME": "example.com"}
    for names in (old, short):
        assert Settings.from_env({**KEYS, **names}).native_ingress == NativeIngressSettings(
            hostname="example.com"
        )
    modern = {**old, "NATIVE_INGRESS_CLASS": "nginx", "NATIVE_INGRESS_GATEWAY": "infra/public"}
    native = Settings.from_env({**KEYS, **modern}).native_ingress
    assert native == NativeIngressSettings(
        hostname="example.com", ingress_class="nginx", gateway="infra/public"
    )


def test_native_ingress_needs_a_domain_and_a_whole_gateway():
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({**KEYS, "NATIVE_INGRESS": "true", "NATIVE_INGRESS_GATEWAY": "public"})
    assert caught.value.problems == (
        "EXPERIMENTAL_NATIVE_INGRESS_HOSTNAME must be the platform's domain",
        "NATIVE_INGRESS_GATEWAY must be a Gateway's namespace and name, such as infra/public",
    )
