from __future__ import annotations

import tomllib

from dockerbuilder.mirrors import CA_FILE, build_run_environment, render_registries


def test_without_mirrors_the_hub_is_meant():
    parsed = tomllib.loads(render_registries({}))
    assert parsed == {"unqualified-search-registries": ["docker.io"], "short-name-mode": "permissive"}


def test_mirrors_of_registries_with_and_without_tls():
    parsed = tomllib.loads(
        render_registries(
            {
                "docker.io": "http://10.0.0.1:5000",
                "quay.io": "https://mirror.example/quay/",
                "pypi": "https://x",
            }
        )
    )
    assert parsed["registry"] == [
        {
            "prefix": "docker.io",
            "location": "docker.io",
            "mirror": [{"location": "10.0.0.1:5000", "insecure": True}],
        },
        {
            "prefix": "quay.io",
            "location": "quay.io",
            "mirror": [{"location": "mirror.example/quay", "insecure": False}],
        },
    ]


def test_a_name_can_not_break_out():
    assert tomllib.loads(render_registries({'a"\n[x]': "http://h"}))["registry"][0]["prefix"] == 'a"\n[x]'


def test_run_steps_see_indexes_and_trust():
    assert build_run_environment({}, trusted_ca=False) == {}
    environment = build_run_environment({"pypi": "https://p", "docker.io": "http://d"}, trusted_ca=True)
    assert environment["PIP_INDEX_URL"] == "https://p"
    assert environment["SSL_CERT_FILE"] == CA_FILE
    assert "http://d" not in environment.values()
