from pathlib import Path

from quickstart.platform import build_values, parse_tags
from quickstart.settings import Settings

SETTINGS = Settings(checkout=Path("/checkout"), state=Path("/state"), http_port=8080)


def test_values_name_our_images_and_the_node_ports() -> None:
    values = build_values(SETTINGS, tags={"router": "abc", "controller": "def"}, trusted_ca="PEM")
    assert values["router"] == {
        "docker_tag": "abc",
        "service_type": "NodePort",
        "node_ports": {"http": 8080, "https": 443, "builder": 2222},
    }
    assert values["controller"] == {"docker_tag": "def", "registration_mode": "enabled"}
    assert values["global"]["trusted_ca"] == "PEM"
    assert values["global"]["image_registry"] == "198.19.255.1:5000/"


def test_another_cluster_keeps_its_own_kind_of_service() -> None:
    settings = Settings(
        checkout=Path("/checkout"),
        state=Path("/state"),
        cluster="current",
        registry="r.example.com",
        domain="example.com",
    )
    values = build_values(settings, tags={}, trusted_ca="")
    assert values["router"] == {"platform_domain": "example.com"}
    assert "mirrors" not in values["global"]


def test_only_images_that_the_chart_knows_become_values() -> None:
    assert parse_tags("base=1\nrouter=2\n", components={"router"}) == {"router": "2"}
