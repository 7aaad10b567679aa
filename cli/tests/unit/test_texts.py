"""What each command prints and sends, letter by letter, against a server that answers as old controllers do.

Source: cli specification, sections 10, 12 and 15.3.
"""

from __future__ import annotations

import base64
import re

import pytest

APP = "GET /v2/apps/a1/"
CONFIG, SET_CONFIG = f"{APP}config/", "POST /v2/apps/a1/config/"
SETTINGS, SET_SETTINGS = f"{APP}settings/", "POST /v2/apps/a1/settings/"
PODS = [
    {"name": "a1-web-3291896318-09j0o", "type": "web", "state": "starting", "release": "v3", "started": None},
    {"name": "a1-cmd-3291896318-nyrim", "type": "cmd", "state": "up", "release": "v3"},
]
PROCESSES = (
    "=== a1 Processes\n--- cmd:\na1-cmd-3291896318-nyrim up (v3)\n"
    "--- web:\na1-web-3291896318-09j0o starting (v3)\n"
)
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n"


def page(*results, count=None):
    return {"results": list(results), "count": len(results) if count is None else count}


def erase(text):
    """Without the spinner, as a terminal shows it in the end."""
    return re.sub("[.o]{3}\b{3}", "", text)


def run(bob, *argv, **options):
    done = bob(*argv, **options)
    assert (done.code, done.err) == (0, ""), done
    return erase(done.out)


@pytest.mark.parametrize(
    ("argv", "route", "answer", "text"),
    [
        (("apps",), "GET /v2/apps/", page({"id": "b"}, {"id": "a"}), "=== Apps\nb\na\n"),
        (("apps:list", "-l", "1"), "GET /v2/apps/", page({"id": "b"}, count=2), "=== Apps (1 of 2)\nb\n"),
        (
            ("builds", "-a", "a1"),
            f"{APP}builds/",
            page({"uuid": "u-1", "created": "2014-01-01T00:00:00UTC"}, count=2),
            "=== a1 Builds (1 of 2)\nu-1 2014-01-01T00:00:00UTC\n",
        ),
        (
            ("domains", "-a", "a1"),
            f"{APP}domains/",
            page({"domain": "x.y"}, count=2),
            "=== a1 Domains (1 of 2)\nx.y\n",
        ),
        (("ps", "-a", "a1"), f"{APP}pods/", page(*PODS, count=9), PROCESSES),
        (("ps", "-a", "a1"), f"{APP}pods/", page(), "=== a1 Processes\n"),
        (
            ("releases", "-a", "a1"),
            f"{APP}releases/",
            page(
                {"version": 2, "created": "2016-08-22T17:40:16Z", "summary": "khamul added ANGMAR"},
                {
                    "version": 1,
                    "created": "2014-01-01T00:00:00UTC",
                    "summary": "nazgul created initial release",
                },
                count=5,
            ),
            (
                "=== a1 Releases (2 of 5)\nv2\t2016-08-22T17:40:16Z\tkhamul added ANGMAR\n"
                "v1\t2014-01-01T00:00:00UTC\tnazgul created initial release\n"
            ),
        ),
        (
            ("users",),
            "GET /v2/users/",
            page({"username": "admin", "is_superuser": True}, {"username": "bob"}, count=3),
            "=== Users (*=admin) (2 of 3)\n*admin\nbob\n",
        ),
        (
            ("keys",),
            "GET /v2/keys/",
            page(
                {"id": "cpike@starfleet.ufp", "public": "ssh-rsa abc cpike@starfleet.ufp"},
                {"id": "cpike@1701.ncc.starfleet.ufp", "public": "ssh-rsa 123 cpike@1701.ncc.starfleet.ufp"},
                {"id": "x", "public": "short"},
                count=4,
            ),
            (
                "=== bob Keys (3 of 4)\n"
                "cpike@starfleet.ufp          ssh-rsa abc cpik...rfleet.ufp\n"
                "cpike@1701.ncc.starfleet.ufp ssh-rsa 123 cpik...rfleet.ufp\n"
                "x                            short...short\n"
            ),
        ),
        (("certs",), "GET /v2/certs/", page(), "No certs\n"),
        (
            ("perms", "-a", "a1"),
            f"{APP}perms/",
            {"users": ["bob", "eve"]},
            "=== a1's Users\nbob\neve\n",
        ),
        (
            ("sharing", "--admin", "-l", "1"),
            "GET /v2/admin/perms/",
            page({"username": "admin", "is_superuser": True}, count=2),
            "=== Administrators (1 of 2)\nadmin\n",
        ),
        (
            ("labels", "-a", "a1"),
            SETTINGS,
            {"label": {"team": "frontend", "git_repo": "https://github.com/deis/workflow"}},
            "=== a1 Label\ngit_repo:      https://github.com/deis/workflow\nteam:          frontend\n",
        ),
        (("labels", "-a", "a1"), SETTINGS, {}, "=== a1 Label\nNo labels found.\n"),
        (
            ("autoscale", "-a", "a1"),
            SETTINGS,
            {"autoscale": {"web": {"min": 1, "max": 5, "cpu_percent": 40}, "cmd": None}},
            (
                "=== a1 Autoscale\n\n--- cmd:\nMin Replicas: 0\nMax Replicas: 0\nCPU: 0%\n\n"
                "--- web:\nMin Replicas: 1\nMax Replicas: 5\nCPU: 40%\n"
            ),
        ),
        (
            ("autoscale", "-a", "a1"),
            SETTINGS,
            {"autoscale": None},
            "=== a1 Autoscale\n\nNo autoscale rules found.\n",
        ),
        (("maintenance", "-a", "a1"), SETTINGS, {"maintenance": True}, "Maintenance mode is on.\n"),
        (("maintenance", "-a", "a1"), SETTINGS, {"maintenance": False}, "Maintenance mode is off.\n"),
        (("maintenance", "-a", "a1"), SETTINGS, {}, "Maintenance mode is off.\n"),
        (("routing", "-a", "a1"), SETTINGS, {"routable": True}, "Routing is enabled.\n"),
        (("routing", "-a", "a1"), SETTINGS, {"routable": False}, "Routing is disabled.\n"),
        (("routing", "-a", "a1"), SETTINGS, {}, "Routing is enabled.\n"),
        (("tls", "-a", "a1"), f"{APP}tls/", {"https_enforced": True}, "=== a1 TLS\nHTTPS Enforced: true\n"),
        (("tls", "-a", "a1"), f"{APP}tls/", {"https_enforced": False}, "=== a1 TLS\nHTTPS Enforced: false\n"),
        (("tls", "-a", "a1"), f"{APP}tls/", {}, "=== a1 TLS\nHTTPS Enforced: not set\n"),
        (
            ("whitelist", "-a", "a1"),
            f"{APP}whitelist/",
            {"addresses": ["1.2.3.4", "0.0.0.0/0"]},
            "=== a1 Whitelisted Addresses\n1.2.3.4\n0.0.0.0/0\n",
        ),
        (
            ("config", "-a", "a1"),
            CONFIG,
            {"values": {"TRUE": True, "NCC": 1701.0, "FLOAT": 12.34}},
            "=== a1 Config\nFLOAT      12.34\nNCC        1701\nTRUE       true\n",
        ),
        (
            ("config", "--oneline", "--diff", "-a", "a1"),
            CONFIG,
            {"values": {"B": 2, "A": "x y"}},
            "A=x y B=2\n",
        ),
        (("config", "--diff", "-a", "a1"), CONFIG, {"values": {"B": 2, "A": "1"}}, "A=1\nB=2\n"),
        (("config", "--oneline", "-a", "a1"), CONFIG, {"values": {}}, ""),
        (("config:pull", "-a", "a1"), CONFIG, {"values": {"FOO": "xyzzy"}}, "FOO=xyzzy\n"),
        (
            ("limits", "-a", "a1"),
            CONFIG,
            {"memory": {"web": "1G", "worker": "512M/1G"}, "cpu": {"web": 1}},
            "=== a1 Limits\n\n--- Memory\nweb        1G\nworker     512M/1G\n\n--- CPU\nweb     1\n",
        ),
        (
            ("limits", "-a", "a1"),
            CONFIG,
            {},
            "=== a1 Limits\n\n--- Memory\nUnlimited\n\n--- CPU\nUnlimited\n",
        ),
        (("tags", "-a", "a1"), CONFIG, {"tags": {"rack": 1.0}}, "=== a1 Tags\nrack     1\n"),
        (("tags", "-a", "a1"), CONFIG, {}, "=== a1 Tags\n"),
        (
            ("registry", "-a", "a1"),
            CONFIG,
            {"registry": {"username": "bob", "password": "s3cur3pw1"}},
            "=== a1 Registry\npassword     s3cur3pw1\nusername     bob\n",
        ),
        (
            ("timeouts", "-a", "a1"),
            CONFIG,
            {"termination_grace_period": {"web": 30, "worker": "300"}},
            "=== a1 Timeouts (sec)\nweb        30\nworker     300\n",
        ),
        (
            ("timeouts", "-a", "a1"),
            CONFIG,
            {},
            (
                "=== a1 Timeouts (sec)\ndefault (30 sec) or controlled by env "
                "KUBERNETES_POD_TERMINATION_GRACE_PERIOD_SECONDS\n"
            ),
        ),
        (
            ("services", "-a", "a1"),
            f"{APP}services/",
            {"services": [{"procfile_type": "web", "path_pattern": "/x"}]},
            "=== a1 Services\nweb     /x\n",
        ),
        (
            ("healthchecks", "-a", "a1"),
            CONFIG,
            {},
            "=== a1 Healthchecks\nNo health checks configured.\n",
        ),
        (
            ("whoami", "--all"),
            "GET /v2/auth/whoami/",
            {
                "id": 3,
                "username": "bob",
                "email": "b@example.com",
                "first_name": "",
                "last_name": "",
                "last_login": "2016-09-12T22:15:26Z",
                "is_superuser": False,
                "is_staff": False,
                "is_active": True,
                "date_joined": "2016-09-12T22:15:26Z",
            },
            (
                "ID: 3\nUsername: bob\nEmail: b@example.com\nFirst Name: \nLast Name: \n"
                "Last Login: 2016-09-12T22:15:26Z\nIs Superuser: false\nIs Staff: false\nIs Active: true\n"
                "Date Joined: 2016-09-12T22:15:26Z\n"
            ),
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_is_shown(bob, scripted, argv, route, answer, text):
    scripted.answers[route] = answer
    assert run(bob, *argv) == text


@pytest.mark.parametrize(
    ("argv", "request_", "body", "text"),
    [
        (("apps:transfer", "eve", "-a", "a1"), "POST /v2/apps/a1/", {"owner": "eve"}, "Transferring a1 to eve... done\n"),
        (("auth:regenerate", "-u", "eve"), "POST /v2/auth/tokens/", {"username": "eve"}, "Token Regenerated\n"),
        (("auth:regenerate", "--all", "-u", "eve"), "POST /v2/auth/tokens/", {"all": True}, "Token Regenerated\n"),
        (
            ("auth:cancel", "--username=eve", "--yes"),
            "DELETE /v2/auth/cancel/",
            {"username": "eve"},
            "Account cancelled\n",
        ),
        (
            ("passwd", "--password=old", "--new-password=new"),
            "POST /v2/auth/passwd/",
            {"password": "old", "new_password": "new"},
            "Password change succeeded.\n",
        ),
        (
            ("passwd", "--username=eve", "--new-password=new"),
            "POST /v2/auth/passwd/",
            {"username": "eve", "new_password": "new"},
            "Password change succeeded.\n",
        ),
        (
            ("autoscale:set", "web/cmd", "--min=1", "--max=3", "--cpu-percent=50", "-a", "a1"),
            SET_SETTINGS,
            {"autoscale": {"web/cmd": {"min": 1, "max": 3, "cpu_percent": 50}}},
            "Applying autoscale settings for process type web/cmd on a1... done\n",
        ),
        (
            ("autoscale:unset", "web", "-a", "a1"),
            SET_SETTINGS,
            {"autoscale": {"web": None}},
            "Removing autoscale for process type web on a1... done\n",
        ),
        (("pull", "img:v1", "-a", "a1"), "POST /v2/apps/a1/builds/", {"image": "img:v1"}, "Creating build... done\n"),
        (
            ("builds:create", "img", "-a", "a1", "-p", "web: ./run\nworker: 5 # five\n"),
            "POST /v2/apps/a1/builds/",
            {"image": "img", "procfile": {"web": "./run", "worker": "5"}},
            "Creating build... done\n",
        ),
        (("certs:remove", "web"), "DELETE /v2/certs/web", None, "Removing web... done\n"),
        (
            ("certs:attach", "web", "x.y"),
            "POST /v2/certs/web/domain/",
            {"domain": "x.y"},
            "Attaching certificate web to domain x.y... done\n",
        ),
        (
            ("certs:detach", "web", "x.y"),
            "DELETE /v2/certs/web/domain/x.y",
            None,
            "Detaching certificate web from domain x.y... done\n",
        ),
        (("domains:add", "x.y", "-a", "a1"), "POST /v2/apps/a1/domains/", {"domain": "x.y"}, "Adding x.y to a1... done\n"),
        (("domains:remove", "*.y", "-a", "a1"), "DELETE /v2/apps/a1/domains/%2A.y", None, "Removing *.y from a1... done\n"),
        (("keys:remove", "me@host"), "DELETE /v2/keys/me@host", None, "Removing me@host SSH Key... done\n"),
        (
            ("labels:set", "team=frontend", "a=b", "-a", "a1"),
            SET_SETTINGS,
            {"label": {"team": "frontend", "a": "b"}},
            "Applying labels on a1... done\n",
        ),
        (("labels:unset", "team", "-a", "a1"), SET_SETTINGS, {"label": {"team": None}}, "Removing labels on a1... done\n"),
        (
            ("maintenance:on", "-a", "a1"),
            SET_SETTINGS,
            {"maintenance": True},
            "Enabling maintenance mode for a1... done\n",
        ),
        (
            ("maintenance:off", "-a", "a1"),
            SET_SETTINGS,
            {"maintenance": False},
            "Disabling maintenance mode for a1... done\n",
        ),
        (("routing:enable", "-a", "a1"), SET_SETTINGS, {"routable": True}, "Enabling routing for a1... done\n"),
        (("routing:disable", "-a", "a1"), SET_SETTINGS, {"routable": False}, "Disabling routing for a1... done\n"),
        (
            ("tls:enable", "-a", "a1"),
            "POST /v2/apps/a1/tls/",
            {"https_enforced": True},
            "Enabling https-only requests for a1... done\n",
        ),
        (
            ("tls:disable", "-a", "a1"),
            "POST /v2/apps/a1/tls/",
            {"https_enforced": False},
            "Disabling https-only requests for a1... done\n",
        ),
        (
            ("whitelist:add", "1.2.3.4,0.0.0.0/0", "-a", "a1"),
            "POST /v2/apps/a1/whitelist/",
            {"addresses": ["1.2.3.4", "0.0.0.0/0"]},
            "Adding 1.2.3.4,0.0.0.0/0 to a1 whitelist...\ndone\n",
        ),
        (
            ("whitelist:remove", "1.2.3.4", "-a", "a1"),
            "DELETE /v2/apps/a1/whitelist/",
            {"addresses": ["1.2.3.4"]},
            "Removing 1.2.3.4 from a1 whitelist...\ndone\n",
        ),
        (
            ("perms:create", "eve", "-a", "a1"),
            "POST /v2/apps/a1/perms/",
            {"username": "eve"},
            "Adding eve to a1 collaborators... done\n",
        ),
        (
            ("sharing:remove", "eve", "-a", "a1"),
            "DELETE /v2/apps/a1/perms/eve",
            None,
            "Removing eve from a1 collaborators... done\n",
        ),
        (
            ("perms:create", "eve", "--admin"),
            "POST /v2/admin/perms/",
            {"username": "eve"},
            "Adding eve to system administrators... done\n",
        ),
        (
            ("perms:delete", "eve", "--admin"),
            "DELETE /v2/admin/perms/eve",
            None,
            "Removing eve from system administrators... done\n",
        ),
        (
            ("services:add", "--type", "web", "--route", "/x", "-a", "a1"),
            "POST /v2/apps/a1/services/",
            {"procfile_type": "web", "path_pattern": "/x"},
            "Adding web (/x) to a1... done\n",
        ),
        (
            ("services:remove", "web", "-a", "a1"),
            "DELETE /v2/apps/a1/services/",
            {"procfile_type": "web"},
            "Removing web from a1... done\n",
        ),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, tuple) else "",
)  # fmt: skip
def test_what_is_sent(bob, scripted, argv, request_, body, text):
    scripted.anything = (200, "{}")
    assert run(bob, *argv) == text
    assert scripted.list_requests() == [request_]
    assert scripted.asked[0].body == body


@pytest.mark.parametrize(
    ("argv", "body", "progress", "listed"),
    [
        (("config:set", "A=1", "E=", "#B=2"), {"values": {"A": "1", "E": ""}}, "Creating config... done\n\n", "=== a1 Config\n"),
        (("config:unset", "B", "C"), {"values": {"B": None, "C": None}}, "Removing config... done\n\n", "=== a1 Config\n"),
        (("limits:set", "web=1G", "db=0/3G"), {"memory": {"web": "1G", "db": "0/3G"}}, "Applying limits... done\n\n", None),
        (("limits:set", "--cpu", "-m", "web=1"), {"cpu": {"web": "1"}}, "Applying limits... done\n\n", None),
        (("limits:unset", "web"), {"memory": {"web": None}}, "Applying limits... done\n\n", None),
        (("limits:unset", "--cpu", "web"), {"cpu": {"web": None}}, "Applying limits... done\n\n", None),
        (("tags:set", "rack=1"), {"tags": {"rack": "1"}}, "Applying tags... done\n\n", "=== a1 Tags\n"),
        (("tags:unset", "rack"), {"tags": {"rack": None}}, "Applying tags... done\n\n", "=== a1 Tags\n"),
        (
            ("registry:set", "username=bob", "password=a=b="),
            {"registry": {"username": "bob", "password": "a=b="}},
            "Applying registry information... done\n\n",
            "=== a1 Registry\n",
        ),
        (
            ("registry:unset", "any"),
            {"registry": {"any": None}},
            "Applying registry information... done\n\n",
            "=== a1 Registry\n",
        ),
        (
            ("timeouts:set", "web=30"),
            {"termination_grace_period": {"web": "30"}},
            "Applying timeouts... done\n\n",
            None,
        ),
        (
            ("timeouts:unset", "web"),
            {"termination_grace_period": {"web": None}},
            "Applying timeouts... done\n\n",
            None,
        ),
        (
            ("healthchecks:set", "liveness", "httpGet", "80", "--headers=X-A: b ,C:d", "-p", "/x", "--period-seconds=7"),
            {
                "healthcheck": {
                    "web/cmd": {
                        "livenessProbe": {
                            "initialDelaySeconds": 50,
                            "timeoutSeconds": 50,
                            "periodSeconds": 7,
                            "successThreshold": 1,
                            "failureThreshold": 3,
                            "httpGet": {
                                "path": "/x",
                                "port": 80,
                                "httpHeaders": [{"name": "X-A", "value": "b"}, {"name": "C", "value": "d"}],
                            },
                        }
                    }
                }
            },
            "Applying livenessProbe healthcheck... done\n\n",
            None,
        ),
        (
            ("healthchecks:unset", "liveness", "readiness", "--type=web"),
            {"healthcheck": {"web": {"livenessProbe": None, "readinessProbe": None}}},
            "Removing healthchecks... done\n\n",
            ("=== a1 Healthchecks\n\nweb:\n--- Liveness\nNo liveness probe configured.\n\n"
            "--- Readiness\nNo readiness probe configured.\n"),
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_a_change_is_followed_by_the_list(bob, scripted, argv, body, progress, listed):
    scripted.anything = (200, "{}")
    shown = run(bob, *argv, "-a", "a1")
    assert scripted.list_requests() == [SET_CONFIG, CONFIG]
    assert scripted.asked[0].body == body
    assert shown.startswith(f"{progress}=== a1 ")
    assert listed is None or shown == progress + listed


def test_all_about_an_app(bob, scripted):
    scripted.answers |= {
        APP: {
            "id": "a1",
            "owner": "dolar-sit-amet",
            "uuid": "c4aed81c",
            "created": "2016-08-22T17:40:16Z",
            "updated": "2016-08-22T17:40:16Z",
        },
        f"{APP}domains/": page({"domain": "lorem-ipsum"}),
        f"{APP}pods/": page(PODS[1]),
        SETTINGS: {"label": {"team": "frontend"}},
    }
    host = scripted.url.removeprefix("http://").partition(".")[2]
    assert run(bob, "info", "-a", "a1") == (
        "=== a1 Application\nupdated:  2016-08-22T17:40:16Z\nuuid:     c4aed81c\n"
        f"created:  2016-08-22T17:40:16Z\nurl:      lorem-ipsum.{host}\nowner:    dolar-sit-amet\nid:       a1\n\n"
        "=== a1 Processes\n--- cmd:\na1-cmd-3291896318-nyrim up (v3)\n\n=== a1 Domains\nlorem-ipsum\n\n"
        "=== a1 Label\nteam:      frontend\n\n"
    )
    assert scripted.list_requests() == [
        APP,
        f"{APP}domains/?limit=1",
        f"{APP}pods/?limit=100",
        f"{APP}domains/?limit=100",
        SETTINGS,
    ]
    scripted.answers[f"{APP}domains/"] = page()
    assert "\nurl:      No domain assigned to a1\n" in run(bob, "info", "-a", "a1")
    assert bob("open", "-a", "a1").err == "Error: No domain assigned to a1\n"


def test_the_app_opens(bob, scripted):
    opener = bob.home / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$@" > {bob.home}/opened\nexit 4\n')
    opener.chmod(0o755)
    path = f"{bob.home}:{bob.env['PATH']}"
    for domain, url in (("x.y", "http://x.y"), ("https://x.y", "https://x.y")):
        scripted.answers[f"{APP}domains/"] = page({"domain": domain})
        assert bob("open", "-a", "a1", PATH=path) == (1, "", "Error: exit status 4\n")
        assert (bob.home / "opened").read_text() == f"{url}\n"
    opener.write_text("#!/bin/sh\n")
    assert bob("open", "-a", "a1", PATH=path) == (0, "", "")
    missing = 'Error: exec: "xdg-open": executable file not found in $PATH\n'
    assert bob("open", "-a", "a1", PATH=str(bob.directory)) == (1, "", missing)


def test_a_new_app(bob, scripted):
    scripted.anything = (201, {"id": "drafty-zaniness"})
    later = "If you want to add a git remote for this app later, use `deis git:remote -a drafty-zaniness`\n"
    created = "Creating Application... done, created drafty-zaniness\n"
    assert run(bob, "create", "--no-remote") == created + later
    assert run(bob, "create", "example-go", "--no-remote", "-b", "http://b/p") == created + later
    assert [(asked.path, asked.body) for asked in scripted.asked] == [
        ("/v2/apps/", None),
        ("/v2/apps/", {"id": "example-go"}),
        ("/v2/apps/drafty-zaniness/config/", {"values": {"BUILDPACK_URL": "http://b/p"}}),
    ]
    assert bob.run(["git", "init", "-q"]).code == 0
    remote = "Git remote deis successfully created for app drafty-zaniness.\n"
    assert run(bob, "create") == created + remote
    done = bob("create", "-r", "deis")
    assert (done.code, erase(done.out)) == (1, created)
    assert done.err == (
        "Error: A git remote with the name deis already exists. To overwrite this remote run:\n"
        "deis git:remote --force --remote deis --app drafty-zaniness\n"
    )


def test_a_new_app_outside_a_repository(bob, scripted):
    scripted.anything = (201, {"id": "foo"})
    done = bob("create")
    assert (done.code, erase(done.out)) == (1, "Creating Application... done, created foo\n")
    assert re.fullmatch(
        r"Error: Error when running 'git remote add deis ssh://git@.+:2222/foo\.git'\n"
        r"fatal: not a git repository \(or any of the parent directories\): \.git\n",
        done.err,
    )


def test_the_end_of_an_app(bob, scripted):
    scripted.anything = (204, "")
    assert re.fullmatch(
        r"Destroying a1\.\.\.\ndone in \d+s\n", run(bob, "destroy", "-a", "a1", "--confirm=a1")
    )
    assert scripted.list_requests() == ["DELETE /v2/apps/a1/"]
    done = bob("destroy", "--confirm=shop")
    assert done.code == 1
    assert re.fullmatch(r"Destroying shop\.\.\.\ndone in \d+s\n", done.out)
    assert done.err.startswith("Error: Error when running 'git remote -v'\nfatal: not a git repository")


def test_the_remote_of_an_app_goes_with_it(bob, scripted):
    bob.log_in(scripted.url.replace("127.0.0.1", "localhost"))
    scripted.anything = (204, "")
    assert bob.run(["git", "init", "-q"]).code == 0
    assert bob("git:remote", "-a", "a1").code == 0
    shown = run(bob, "destroy", "--confirm=a1")
    assert re.fullmatch(r"Destroying a1\.\.\.\ndone in \d+s\nGit remotes for app a1 removed\.\n", shown)
    assert bob.run(["git", "remote"]).out == ""


def test_what_a_run_prints(bob, scripted):
    scripted.answers["POST /v2/apps/a1/run"] = [
        (200, {"exit_code": 0, "output": "no newline"}),
        (200, {"exit_code": 127, "output": "No such file or directory\n"}),
    ]
    assert bob("run", "-a", "a1", "--", "ls", "-la") == (0, "Running 'ls -la'...\nno newline", "")
    assert bob("run", "-a", "a1", "x") == (127, "Running 'x'...\n", "No such file or directory\n")
    assert scripted.list_bodies() == [{"command": "ls -la"}, {"command": "x"}]


def test_logs(bob, scripted):
    route = f"{APP}logs".removesuffix("/")
    scripted.answers[route] = (200, "INFO -- x\na b -- y\n")
    assert run(bob, "logs", "-a", "a1") == "\x1b[35mINFO -- x\x1b[0m\n\x1b[32ma b -- y\x1b[0m\n"
    assert run(bob, "logs", "-a", "a1", "--lines=1").count("\n") == 2
    assert scripted.list_requests() == [route, f"{route}?log_lines=1"]
    for answer in ((204, ""), (200, "ab"), (404, '"No"'), (403, "{}"), (500, "x")):
        scripted.answers[route] = answer
        done = bob("logs", "-a", "a1")
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith(
            "Error: There are currently no log messages. Please check the following things:\n1)"
        )
        advice, _, reason = done.err.partition("\n\nWhat went wrong: ")
        assert advice.rstrip().endswith("workaround: https://github.com/deis/logger/issues/50")
        assert bool(reason) == (answer[0] >= 400), "why there are none, where the controller says so"


def test_a_release(bob, scripted):
    release = {
        "config": "3bb816b1",
        "owner": "nazgul",
        "created": "2016-08-22T17:40:16Z",
        "summary": "khamul added ANGMAR",
        "updated": "2016-08-22T17:40:16Z",
        "uuid": "c4aed81c",
        "build": "b1c0",
    }
    scripted.answers[f"{APP}releases/v2/"] = release
    text = (
        "config:   3bb816b1\nowner:    nazgul\ncreated:  2016-08-22T17:40:16Z\n"
        "summary:  khamul added ANGMAR\nupdated:  2016-08-22T17:40:16Z\nuuid:     c4aed81c\n"
    )
    assert run(bob, "releases:info", "v2", "-a", "a1") == f"=== a1 Release v2\nbuild:    b1c0\n{text}"
    scripted.answers[f"{APP}releases/v2/"] = release | {"build": None}
    assert run(bob, "releases:info", "2", "-a", "a1") == f"=== a1 Release v2\n{text}"


def test_rollbacks(bob, scripted):
    scripted.anything = (201, {"version": 13})
    assert run(bob, "rollback", "-a", "a1") == "Rolling back one release... done, v13\n"
    assert run(bob, "rollback", "v3", "-a", "a1") == "Rolling back to v3... done, v13\n"
    assert scripted.list_bodies() == [None, {"version": 3}]
    assert {asked.path for asked in scripted.asked} == {"/v2/apps/a1/releases/rollback/"}


def test_scaling(bob, scripted):
    scripted.answers |= {"POST /v2/apps/a1/scale/": (204, ""), f"{APP}pods/": page(*PODS)}
    shown = run(bob, "scale", "web=3", "worker=1", "-a", "a1")
    assert re.fullmatch(
        rf"Scaling processes\.\.\. but first, coffee!\ndone in \d+s\n{re.escape(PROCESSES)}", shown
    )
    assert scripted.asked[0].body == {"web": 3, "worker": 1}
    assert scripted.list_requests()[1] == f"{APP}pods/?limit=100"


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ((), "pods/restart/"),
        (("web",), "pods/web/restart/"),
        (("a1-web-57f6c4bb68-x7k2p",), "pods/web/a1-web-57f6c4bb68-x7k2p/restart/"),
        (("web-x7k2p",), "pods/web/web-x7k2p/restart/"),
    ],
    ids=["all", "type", "pod", "short"],
)
def test_restarts(bob, scripted, words, path):
    scripted.anything = (200, PODS)
    shown = run(bob, "ps:restart", *words, "-a", "a1", DEIS_DRINK_OF_CHOICE="tea")
    assert re.fullmatch(
        rf"Restarting processes\.\.\. but first, tea!\ndone in \d+s\n{re.escape(PROCESSES)}", shown
    )
    assert scripted.list_requests() == [f"POST /v2/apps/a1/{path}"]
    assert scripted.asked[0].body is None


def test_restarts_of_nothing(bob, scripted):
    scripted.anything = (200, "[]")
    first = "Restarting processes... but first, coffee!\n"
    assert run(bob, "ps:restart", "-a", "newapp") == f"{first}Could not find any processes to restart\n"
    scripted.anything = (400, {"detail": "Container type ghost does not exist in application"})
    assert bob("ps:restart", "ghost", "-a", "newapp").err == (
        "Error: Could not find process type ghost in app newapp\n"
    )


def test_a_private_key_in_the_config(bob, scripted):
    encoded = base64.b64encode(KEY.encode()).decode()
    (bob.directory / "id").write_text(KEY)
    scripted.answers[SET_CONFIG] = {"values": {"WORKFLOW_RELEASE": "v9"}}
    scripted.answers[CONFIG] = {"values": {}}
    for given in (KEY, encoded, "id"):
        assert run(bob, "config:set", f"SSH_KEY={given}", "-a", "a1").startswith(
            "Creating config... done, v9\n\n"
        )
    assert scripted.list_bodies() == [{"values": {"SSH_KEY": encoded}}] * 3
    assert bob("config:set", "SSH_KEY=x", "-a", "a1").err == "Error: Could not parse SSH private key:\n x\n"


def test_the_old_way_to_set_healthchecks(bob, scripted):
    scripted.anything = (200, "{}")
    shown = run(bob, "config:set", "HEALTHCHECK_URL=/", "-a", "a1")
    assert shown.startswith(
        "Hey there! We've noticed that you're using 'deis config:set HEALTHCHECK_URL'\n"
        "to set up healthchecks. This functionality has been deprecated. In the future, please use\n"
        "'deis healthchecks' to set up application health checks. Thanks!\nCreating config... done\n"
    )


@pytest.mark.parametrize("text", ["FOO=bar\nB=x y", "\r\n#comment\r\nFOO=bar\r\nB=x y\r\n"])
def test_variables_are_pushed(bob, scripted, text):
    """From a file if standard input is a device, from standard input if it is a pipe."""
    scripted.anything = (200, "{}")
    (bob.directory / ".env").write_text(text, newline="")
    run(bob, "config:push", "-a", "a1")
    (bob.directory / ".env").rename(bob.directory / "other")
    run(bob, "config:push", "-a", "a1", "-p", "other")
    run(bob, "config:push", "-a", "a1", stdin=text)
    assert scripted.list_bodies() == [{"values": {"FOO": "bar", "B": "x y"}}] * 3
    assert bob("config:push", "-a", "a1").err == "Error: open .env: no such file or directory\n"


def test_variables_are_pulled_into_a_file(bob, scripted):
    scripted.answers[CONFIG] = {"values": {"A": "1", "B": "2"}}
    path = bob.directory / ".env"
    assert bob.show("config:pull", "-a", "a1", "-i", "-o") == "Error: open .env: no such file or directory\n"
    assert bob.show("config:pull", "-a", "a1") == ""
    assert path.read_text() == "A=1\nB=2\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert bob.show("config:pull", "-a", "a1") == "Error: .env already exists, pass -o to overwrite\n"
    path.write_text("\nC=3\nA=9\n")
    assert bob.show("config:pull", "-a", "a1", "-oi") == "A: overwrite 9 with 1? (y/N) "
    assert path.read_text() == "A=9\nB=2\nC=3\n"
    assert bob.show("config:pull", "-a", "a1", "-o") == ""
    assert path.read_text() == "A=1\nB=2\n"


def test_a_certificate_is_added(bob, scripted):
    scripted.anything = (201, "{}")
    (bob.directory / "c.pem").write_text("CERT\r\n", newline="")
    (bob.directory / "k.pem").write_text("KEY\n")
    assert run(bob, "certs:add", "web", "c.pem", "k.pem") == "Adding SSL endpoint... done\n"
    assert scripted.asked[0].body == {"certificate": "CERT\r\n", "key": "KEY\n", "name": "web"}


def test_a_procfile_of_the_directory(bob, scripted):
    scripted.anything = (201, "{}")
    (bob.directory / "Procfile").write_text("web: ./run\n")
    run(bob, "pull", "img", "-a", "a1")
    assert scripted.list_bodies() == [{"image": "img", "procfile": {"web": "./run"}}]


def test_keys_are_added(bob, scripted):
    scripted.anything = (201, "{}")
    (bob.directory / "me.key.pub").write_text("ssh-ed25519 abc me@host\n")
    assert run(bob, "keys:add", "me.key.pub") == "Uploading me.key.pub to deis... done\n"
    assert run(bob, "keys:add", "other", "me.key.pub") == "Uploading me.key.pub to deis... done\n"
    public = "ssh-ed25519 abc me@host\n"
    assert scripted.list_bodies() == [{"id": "me@host", "public": public}, {"id": "other", "public": public}]


def test_a_key_elsewhere_is_chosen(bob, scripted):
    scripted.anything = (201, "{}")
    (bob.home / ".ssh").mkdir()
    (bob.directory / "me.pub").write_text("ssh-ed25519 abc\n")
    shown = run(bob, "keys:add", "laptop", stdin=f"0\n{bob.directory}/me.pub\n")
    assert shown.endswith("Enter the path to the pubkey file: Uploading me.pub to deis... done\n")
    assert scripted.list_bodies() == [{"id": "laptop", "public": "ssh-ed25519 abc\n"}]
    for typed, told in (
        ("-1", "-1 is not a valid option"),
        ("3", "3 is not a valid option"),
        ("a", "a is not a valid integer"),
    ):
        assert bob("keys:add", stdin=f"{typed}\n").err == f"Error: {told}\n"


def test_a_login(deis, scripted):
    scripted.answers |= {
        "GET /v2/": (401, "{}"),
        "POST /v2/auth/login/": {"token": "new"},
        "POST /v2/auth/register/": (201, {}),
    }
    path = deis.home / ".deis/prod.json"
    done = deis("login", scripted.url, "--username=bob", "--password=p", "--ssl-verify=false", "-c", "prod")
    assert done == (0, f"Logged in as bob\nConfiguration file written to {path}\n", "")
    assert path.read_text() == (
        f'{{"username":"bob","ssl_verify":false,"controller":"{scripted.url}","token":"new","response_limit":0}}'
    )
    first, second = scripted.asked
    assert (first.method, first.path, second.body) == ("GET", "/v2/", {"username": "bob", "password": "p"})
    assert "Authorization" not in first.headers
    assert "Authorization" not in second.headers
    register = ("register", scripted.url, "--username=eve", "--password=p", "--email=e@x.y", "--login=false")
    assert deis(*register, "-c", "prod") == (0, "Registered eve\n", "")
    sent = scripted.asked[-1]
    assert sent.body == {"username": "eve", "password": "p", "email": "e@x.y"}
    assert sent.headers["Authorization"] == "token new"
    assert "Authorization" not in scripted.asked[-2].headers


def test_no_controller_there(deis, scripted):
    for answer in ((200, "{}"), (404, "<html>"), (301, "")):
        scripted.anything = answer
        assert deis("login", scripted.url, "--username=b", "--password=p") == (
            1,
            "",
            (
                f"Error: {scripted.url} does not appear to be a valid Deis controller.\n"
                "Make sure that the Controller URI is correct, the server is running and\n"
                "your deis version is correct.\n"
            ),
        )


def test_a_login_that_can_not_be_kept(deis, scripted):
    scripted.answers |= {"GET /v2/": (401, "{}"), "POST /v2/auth/login/": {"token": "new"}}
    done = deis("login", scripted.url, "--username=b", "--password=p", "-c", "/no/such/x.json")
    assert (done.code, done.out) == (1, "")
    assert done.err == "Error: cannot write the settings file /no/such/x.json: No such file or directory\n"


def test_passwords_are_typed_on_terminals_only(bob):
    assert bob("passwd").err.startswith("Error: inappropriate ioctl for device")


def test_every_request_says_who_asks_and_in_what_form(bob, scripted):
    scripted.answers["GET /v2/apps/"] = page()
    run(bob, "apps", "-l", "2")
    run(bob, "apps", "-l", "-1")
    headers = scripted.asked[0].headers
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"] == "token t0ken"
    assert headers["User-Agent"] == "Deis Client v3.0.0"
    assert headers["Connection"] == "close"
    assert scripted.list_requests() == ["GET /v2/apps/?limit=2", "GET /v2/apps/?limit=100"]


def test_the_page_size_of_the_settings_file(bob, scripted):
    path = bob.home / ".deis/client.json"
    path.write_text(path.read_text().replace('"response_limit":0', '"response_limit":10'))
    scripted.answers["GET /v2/apps/"] = page()
    run(bob, "apps")
    assert scripted.list_requests() == ["GET /v2/apps/?limit=10"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_versions_of_both_sides(deis, scripted, slash):
    deis.log_in(scripted.url + slash)
    scripted.version = "1234"
    scripted.answers["GET /healthz"] = (200, "OK")
    assert deis("version", "--all") == (
        0,
        (
            "Workflow CLI Version:            v3.0.0\nWorkflow CLI API Version:        2.3\n"
            "Workflow Controller API Version: 1234\n"
        ),
        "",
    )
    assert set(scripted.asked[0].headers) <= {"Host", "User-Agent", "Accept-Encoding", "Accept", "Connection"}


def test_a_controller_of_another_major_version_at_login(deis, scripted):
    scripted.version = "3.0"
    scripted.answers |= {"GET /v2/": (401, "{}"), "POST /v2/auth/login/": {"token": "new"}}
    done = deis("login", scripted.url, "--username=b", "--password=p")
    assert done.code == 0
    assert done.err == (
        "!    WARNING: Client and server API versions do not match. Please consider upgrading.\n"
        "!    Client version: 2.3\n!    Server version: 3.0\n"
    )
