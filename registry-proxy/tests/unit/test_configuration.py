"""The text that nginx gets."""

import re
from pathlib import Path

from kit.settings import Secret, list_variables
from registry_proxy.configuration import parse_nameservers, render_configuration
from registry_proxy.settings import Settings

README = Path(__file__).resolve().parents[2] / "README.md"


def build_settings(**changes):
    values = {"registry_host": "deis-registry.deis", "username": "node", "password": Secret("pw"), **changes}
    return Settings(**values)


def test_the_registry_is_asked_for_by_name_each_time():
    text = render_configuration(build_settings(registry_port=5001), nameservers=["198.19.0.10"])

    assert "set $registry deis-registry.deis:5001;\n" in text
    assert "resolver 198.19.0.10 valid=10s;" in text


def test_the_password_is_sent_as_basic_credentials():
    text = render_configuration(build_settings(), nameservers=[])

    assert 'proxy_set_header Authorization "Basic bm9kZTpwdw==";' in text


def test_it_listens_on_the_nodes_own_address():
    assert "listen 127.0.0.1:5555;" in render_configuration(build_settings(), nameservers=[])


def test_without_name_servers_there_is_no_resolver():
    assert "resolver" not in render_configuration(build_settings(), nameservers=[])


def test_addresses_of_name_servers():
    text = "search deis.svc\nnameserver 198.19.0.10\nnameserver fd00::a\n# nameserver 1.1.1.1\n"

    assert parse_nameservers(text) == ["198.19.0.10", "[fd00::a]"]


def test_the_table_of_settings_is_complete():
    named = re.findall(r"^\| `(\w+)` \|", README.read_text(), re.MULTILINE)

    assert sorted(named) == sorted(list_variables(Settings.from_env))
