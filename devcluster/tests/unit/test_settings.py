import re
from pathlib import Path

import pytest

from devcluster.errors import SettingsError
from devcluster.settings import Settings

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_published_ports_can_be_moved():
    assert Settings.from_env({"HTTP_PORT": "8080"}).published_ports == (8080, 443, 2222)


def test_every_malformed_variable_is_named_at_once():
    with pytest.raises(SettingsError, match="HTTP_PORT and HTTPS_PORT must be a port number"):
        Settings.from_env({"HTTP_PORT": "79", "HTTPS_PORT": "https"})


def test_host_processes_stay_out_of_the_way_of_node_ports_but_for_the_registry():
    ports = {name: port for name, port in vars(Settings().ports).items() if port <= 60999}
    assert ports == {"registry": 5000}


def test_the_readme_has_every_variable():
    table = set(re.findall(r"^\| `([A-Z_]+)` \|", README.read_text(), re.MULTILINE))
    assert table == {"HTTP_PORT", "HTTPS_PORT"}
