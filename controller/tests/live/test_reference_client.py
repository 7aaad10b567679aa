"""The requests of the original client, byte for byte, and all that it reads of the answers.

Bodies are as its library writes them: compact, the keys in its order. Its types are strict: a number where it has
text, or ``null`` where it has an object, ends a command in an error. Source: API specification, sections 3 and 16;
client specification, sections 5.2, 9 and 10.
"""

from __future__ import annotations

import json
import re
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from ..pairs import make_pair  # noqa: TID252 - both tiers use it, and tests are no package
from .conftest import BUILDER_KEY, Answer, Client, Controller, ask, build_controller_env
from .listeners import Listener
from .test_slice import IDLE, IMAGE

LIBRARY = "Deis Go SDK V2.3"
CLIENT = "Deis Client v2.18.0"
PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAPYa7ztrkGyl/LSpBxv0DjPej74GCSVItX9Y2+/zxc+ bob@host\n"
FINGERPRINT = "75:9a:b3:81:13:40:c2:78:32:aa:e3:b4:93:2a:12:c9"
LOGS = "2026-01-02T03:04:05+00:00 deis[controller]: INFO x\n"

pytestmark = pytest.mark.timeout(200)


# What the client decodes: a type, one of several, a list of what is in the list, or an object with these keys.

TEXT, NUMBER, FLAG = str, int, bool
TIME = "a time in the form of RFC 3339"
OBJECT: dict[str, Any] = {}
STAMPS = {"created": TEXT, "updated": TEXT}
APP = {"id": TEXT, "owner": TEXT, "uuid": TEXT, "structure": OBJECT, **STAMPS}
POD = {"name": TEXT, "type": TEXT, "state": TEXT, "release": TEXT, "started": TIME}
BUILD = {
    "uuid": TEXT, "app": TEXT, "owner": TEXT, "image": TEXT, "sha": TEXT, "dockerfile": TEXT, "procfile": OBJECT, **STAMPS,
}  # fmt: skip
RELEASE = {
    "app": TEXT, "owner": TEXT, "uuid": TEXT, "version": NUMBER, "summary": TEXT, "config": TEXT,
    "build": (TEXT, None), **STAMPS,
}  # fmt: skip
CONFIG = {
    "app": TEXT, "owner": TEXT, "uuid": TEXT, "values": OBJECT, "memory": OBJECT, "cpu": OBJECT, "tags": OBJECT,
    "registry": OBJECT, "healthcheck": OBJECT, "termination_grace_period": OBJECT, **STAMPS,
}  # fmt: skip
SETTINGS = {
    "app": TEXT, "owner": TEXT, "uuid": TEXT, "maintenance": (FLAG, None), "routable": (FLAG, None),
    "whitelist": [TEXT], "autoscale": OBJECT, "label": OBJECT, **STAMPS,
}  # fmt: skip
DOMAIN = {"app": TEXT, "owner": TEXT, "domain": TEXT, **STAMPS}
TLS = {"app": TEXT, "owner": TEXT, "uuid": TEXT, "https_enforced": (FLAG, None), **STAMPS}
CERTIFICATE = {
    "name": TEXT, "common_name": TEXT, "san": [TEXT], "domains": [TEXT], "expires": TIME, "starts": TIME,
    "created": TIME, "updated": TIME, "fingerprint": TEXT, "issuer": TEXT, "subject": TEXT, "owner": TEXT, "id": NUMBER,
}  # fmt: skip
KEY = {"id": TEXT, "public": TEXT, "owner": TEXT, "uuid": TEXT, **STAMPS}
USER = {
    "username": TEXT, "email": TEXT, "first_name": TEXT, "last_name": TEXT, "last_login": TEXT, "date_joined": TEXT,
    "is_superuser": FLAG, "is_staff": FLAG, "is_active": FLAG,
}  # fmt: skip
PROBE = {
    "initialDelaySeconds": NUMBER, "timeoutSeconds": NUMBER, "periodSeconds": NUMBER, "successThreshold": NUMBER,
    "failureThreshold": NUMBER, "httpGet": {"path": TEXT, "port": NUMBER, "httpHeaders": [{"name": TEXT, "value": TEXT}]},
}  # fmt: skip
TOKEN = {"token": TEXT}
NOTHING = "an answer without a body, or one that nobody reads"


def page(row: Any) -> dict[str, Any]:
    return {"count": NUMBER, "results": [row]}


def check(value: Any, wanted: Any, where: str) -> None:
    """Unknown fields are ignored, as the client does."""
    if wanted == TIME:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value), where
        datetime.fromisoformat(value)
    elif isinstance(wanted, tuple):
        assert value is None or type(value) is wanted[0], f"{where}: {value!r}"
    elif isinstance(wanted, list):
        assert type(value) is list, f"{where}: {value!r}"
        for number, item in enumerate(value):
            check(item, wanted[0], f"{where}[{number}]")
    elif isinstance(wanted, dict):
        assert type(value) is dict, f"{where}: {value!r}"
        for name, kind in wanted.items():
            assert name in value, f"{where}: there is no {name}"
            check(value[name], kind, f"{where}.{name}")
    else:
        assert type(value) is wanted, f"{where}: {value!r}"


@dataclass
class Session:
    """A client of the time, as one user or as nobody."""

    client: Client
    agent: str = LIBRARY
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, method: str, path: str, body: str = "") -> Answer:
        """Without a body the length is 0, and the type is told all the same."""
        raw = body.encode() if body or method == "POST" else None
        more = {"User_Agent": self.agent, "Accept_Encoding": "gzip", **self.headers}
        return self.client.call(method, path, raw=raw, timeout=150, **more)

    def expect(self, request: tuple[Any, ...]) -> Any:
        """Send ``(method, path, body, status, what is read)``; return the answer's JSON."""
        method, path, body, status, wanted = request
        where = f"{method} {path} {body}"
        answer = self.send(method, path, body)
        assert answer.status == status, f"{where}: {answer.status} {answer.body!r}"
        assert answer.headers["DEIS_API_VERSION"] == "2.3", where
        assert answer.headers["DEIS_PLATFORM_VERSION"] == "2.3.0", where
        if wanted is NOTHING:
            return None
        assert answer.headers["Content-Type"] == "application/json", where
        check(answer.json, wanted, where)
        return answer.json


@pytest.fixture(scope="module")
def logger() -> Iterator[Listener]:
    listener = Listener()
    listener.body = LOGS.encode()
    yield listener
    listener.stop()


@pytest.fixture(scope="module")
def own(postgres, router, logger, kubeconfig, tmp_path_factory) -> Iterator[Controller]:
    """Of its own, as in the end every user gets a new token."""
    name = f"client_{uuid.uuid4().hex[:8]}"
    postgres.create_database(name)
    env = build_controller_env(postgres, name, router=router) | {
        "DEIS_LOGGER_SERVICE_HOST": "127.0.0.1",
        "DEIS_LOGGER_SERVICE_PORT_HTTP": str(logger.port),
    }
    server = Controller(env, log=tmp_path_factory.mktemp("client") / "log").start()
    yield server
    server.stop()
    print(server.log.read_text()[-20000:])


@pytest.fixture(scope="module")
def root(own) -> Session:
    """The first user, and so an administrator."""
    own.register("root")
    return log_in(own, "root", "pw-root")


def log_in(own: Controller, username: str, password: str) -> Session:
    body = f'{{"username":"{username}","password":"{password}"}}'
    token = Session(own.client()).expect(("POST", "/v2/auth/login/", body, 200, TOKEN))["token"]
    return Session(own.client(token=token), agent=CLIENT)


def register(own: Controller) -> tuple[str, Session]:
    username = f"u-{uuid.uuid4().hex[:6]}"
    body = f'{{"username":"{username}","password":"pw","email":"{username}@example.com"}}'
    Session(own.client(), agent=CLIENT).expect(("POST", "/v2/auth/register/", body, 201, USER))
    return username, log_in(own, username, "pw")


@pytest.fixture(scope="module")
def bob(own, root) -> tuple[str, Session]:
    return register(own)


@pytest.fixture(scope="module")
def app(bob) -> Iterator[str]:
    """Nothing is routed to it, so that nothing has to listen."""
    name = f"ct-{uuid.uuid4().hex[:8]}"
    bob[1].expect(("POST", "/v2/apps/", f'{{"id":"{name}"}}', 201, APP))
    bob[1].expect(("POST", f"/v2/apps/{name}/settings/", '{"routable":false}', 201, SETTINGS))
    yield name
    bob[1].expect(("DELETE", f"/v2/apps/{name}/", "", 204, NOTHING))


def test_a_controller_is_known_by_its_refusal(own):
    """Nothing but the user agent is sent, and the answer must be 401."""
    for path in ("/v2/", "/healthz"):
        request = urllib.request.Request(own.url + path, headers={"User-Agent": CLIENT})
        answer = ask(request, timeout=20)
        assert answer.status == (401 if path == "/v2/" else 200)
        assert answer.headers["DEIS_API_VERSION"] == "2.3"


def test_accounts(own, root, bob):
    username, session = register(own)
    passwd = f'{{"username":"{username}","password":"pw","new_password":"pw2"}}'
    assert session.expect(("GET", "/v2/auth/whoami/", "", 200, USER))["username"] == username
    session.expect(("POST", "/v2/auth/passwd/", passwd, 200, OBJECT))
    session.expect(("POST", "/v2/auth/passwd/", '{"password":"pw2","new_password":"pw3"}', 200, OBJECT))
    root.expect(
        ("POST", "/v2/auth/passwd/", f'{{"username":"{username}","new_password":"pw4"}}', 200, OBJECT)
    )
    session = log_in(own, username, "pw4")
    token = session.expect(("POST", "/v2/auth/tokens/", "", 200, TOKEN))["token"]
    assert re.fullmatch("[0-9a-f]{40}", token)
    assert session.send("GET", "/v2/auth/whoami/").status == 401
    session = Session(own.client(token=token))
    session.expect(("DELETE", "/v2/auth/cancel/", "", 204, NOTHING))
    other, session = register(own)
    root.expect(("POST", "/v2/auth/tokens/", f'{{"username":"{other}"}}', 200, TOKEN))
    assert session.send("GET", "/v2/auth/whoami/").status == 401
    root.expect(("DELETE", "/v2/auth/cancel/", f'{{"username":"{other}"}}', 204, NOTHING))
    body = f'{{"username":"{other}","password":"pw"}}'
    assert Session(own.client()).send("POST", "/v2/auth/login/", body).json == {
        "non_field_errors": ["Unable to log in with provided credentials."]
    }
    for request in (
        ("GET", "/v2/users/?limit=100", "", 200, page({"username": TEXT, "is_superuser": FLAG})),
        ("POST", "/v2/admin/perms/", f'{{"username":"{bob[0]}"}}', 201, NOTHING),
        ("GET", "/v2/admin/perms/?limit=100", "", 200, page({"username": TEXT})),
        ("DELETE", f"/v2/admin/perms/{bob[0]}", "", 204, NOTHING),
    ):
        root.expect(request)


def test_keys(bob):
    key = json.dumps({"id": "b b@host", "public": PUBLIC}, separators=(",", ":"))
    bob[1].expect(("POST", "/v2/keys/", key, 201, KEY))
    (row,) = bob[1].expect(("GET", "/v2/keys/?limit=100", "", 200, page(KEY)))["results"]
    assert (row["id"], row["public"]) == ("b b@host", PUBLIC.strip())
    builder = Session(bob[1].client, agent="deis-builder", headers={"X_Deis_Builder_Auth": BUILDER_KEY})
    known = builder.expect(
        ("GET", f"/v2/hooks/key/{FINGERPRINT}", "", 200, {"username": TEXT, "apps": [TEXT]})
    )
    assert known["username"] == bob[0]
    bob[1].expect(("DELETE", "/v2/keys/b%20b@host", "", 204, NOTHING))


def test_an_app_is_made_listed_shared_and_handed_on(own, bob):
    session = bob[1]
    made = session.expect(("POST", "/v2/apps/", "", 201, APP))["id"]
    path = f"/v2/apps/{made}"
    other, reader = register(own)
    for request in (
        ("GET", "/v2/apps/?limit=100", "", 200, page(APP)),
        ("GET", f"{path}/", "", 200, APP),
        ("GET", f"{path}/pods/?limit=1000", "", 200, page(POD)),
        ("POST", f"{path}/perms/", f'{{"username":"{other}"}}', 201, NOTHING),
        ("GET", f"{path}/perms/", "", 200, {"users": [TEXT]}),
        ("DELETE", f"{path}/perms/{other}", "", 204, NOTHING),
        ("POST", f"{path}/", f'{{"owner":"{other}"}}', 200, NOTHING),
    ):
        session.expect(request)
    assert session.send("GET", f"{path}/").status == 403
    assert reader.expect(("GET", f"{path}/", "", 200, APP))["owner"] == other
    assert reader.send("DELETE", "/v2/auth/cancel/").json == {
        "detail": f"{other} still has applications assigned. Delete or transfer ownership"
    }
    reader.expect(("DELETE", f"{path}/", "", 204, NOTHING))
    gone = reader.send("GET", f"{path}/")
    assert (gone.status, gone.body) == (404, b'"No App matches the given query."')


def test_config_is_set_and_unset_map_by_map(app, bob):
    path = f"/v2/apps/{app}/config/"
    headers = '[{"name":"X-A","value":"b"}]'
    probe = (
        '{"initialDelaySeconds":50,"timeoutSeconds":50,"periodSeconds":10,"successThreshold":1,'
        f'"failureThreshold":3,"httpGet":{{"path":"/","port":80,"httpHeaders":{headers}}}}}'
    )
    assert bob[1].expect(("GET", path, "", 200, CONFIG))["values"] == {}
    for name, value in (
        ("values", '{"A":"1","B":"a \\u003cb\\u003e \\u0026 c","PORT":"80"}'),
        ("memory", '{"web":"1G"}'),
        ("cpu", '{"web":"500m"}'),
        ("tags", '{"kubernetes.io/os":"linux"}'),
        ("registry", '{"password":"s=3","username":"bob"}'),
        ("termination_grace_period", '{"web":"30"}'),
        ("healthcheck", f'{{"web":{{"livenessProbe":{probe}}}}}'),
    ):
        bob[1].expect(("POST", path, f'{{"{name}":{value}}}', 201, CONFIG))
        found = bob[1].expect(("GET", path, "", 200, CONFIG))[name]
        assert found == json.loads(value)
        if name == "healthcheck":
            check(found, {"web": {"livenessProbe": PROBE}}, name)
        else:
            check(found, dict.fromkeys(json.loads(value), TEXT), name)
    bob[1].expect(("POST", path, '{"healthcheck":{"web":{"livenessProbe":null}}}', 201, CONFIG))
    for name, value in (
        ("values", '{"A":null,"B":null}'),
        ("memory", '{"web":null}'),
        ("cpu", '{"web":null}'),
        ("tags", '{"kubernetes.io/os":null}'),
        ("registry", '{"password":null,"username":null}'),
        ("termination_grace_period", '{"web":null}'),
    ):
        left = bob[1].expect(("POST", path, f'{{"{name}":{value}}}', 201, CONFIG))[name]
        assert left == ({"PORT": "80"} if name == "values" else {})
    absent = bob[1].send("POST", path, '{"values":{"A":null}}')
    assert (absent.status, absent.json) == (422, {"detail": "A does not exist under values"})
    unknown = bob[1].send("POST", path, '{"tags":{"rack":"nowhere"}}')
    assert (unknown.status, unknown.json) == (
        400,
        {"detail": "No nodes matched the provided labels: rack=nowhere"},
    )


def test_settings_domains_tls_and_services(app, bob):
    path = f"/v2/apps/{app}"
    scaling = '{"autoscale":{"web":{"min":1,"max":5,"cpu_percent":40}}}'
    rules = {"autoscale": {"web": {"min": NUMBER, "max": NUMBER, "cpu_percent": NUMBER}}}
    addresses = '{"addresses":["1.2.3.4","0.0.0.0/0"]}'
    service = {"services": [{"procfile_type": TEXT, "path_pattern": TEXT}]}
    for request in (
        ("GET", f"{path}/settings/", "", 200, SETTINGS),
        ("POST", f"{path}/settings/", '{"maintenance":true}', 201, SETTINGS),
        ("POST", f"{path}/settings/", '{"maintenance":false}', 201, SETTINGS),
        ("POST", f"{path}/settings/", '{"label":{"team":"frontend"}}', 201, {"label": {"team": TEXT}}),
        ("POST", f"{path}/settings/", '{"label":{"team":null}}', 201, SETTINGS),
        ("POST", f"{path}/settings/", scaling, 201, rules),
        ("POST", f"{path}/settings/", '{"autoscale":{"web":null}}', 201, SETTINGS),
        ("POST", f"{path}/whitelist/", addresses, 201, {"addresses": [TEXT]}),
        ("GET", f"{path}/whitelist/", "", 200, {"addresses": [TEXT]}),
        ("DELETE", f"{path}/whitelist/", addresses, 204, NOTHING),
        ("POST", f"{path}/domains/", f'{{"domain":"{app}.example.com"}}', 201, DOMAIN),
        ("POST", f"{path}/domains/", f'{{"domain":"*.{app}.example.com"}}', 201, DOMAIN),
        ("GET", f"{path}/domains/?limit=1", "", 200, page(DOMAIN)),
        ("GET", f"{path}/domains/?limit=100", "", 200, page(DOMAIN)),
        ("DELETE", f"{path}/domains/{app}.example.com", "", 204, NOTHING),
        ("DELETE", f"{path}/domains/%2A.{app}.example.com", "", 204, NOTHING),
        ("GET", f"{path}/tls/", "", 200, TLS),
        ("POST", f"{path}/tls/", '{"https_enforced":true}', 201, TLS),
        ("POST", f"{path}/tls/", '{"https_enforced":false}', 201, TLS),
        ("POST", f"{path}/services/", '{"procfile_type":"web","path_pattern":"/x"}', 201, NOTHING),
        ("GET", f"{path}/services/", "", 200, service),
        ("DELETE", f"{path}/services/", '{"procfile_type":"web"}', 204, NOTHING),
    ):
        bob[1].expect(request)
    assert bob[1].expect(("GET", f"{path}/whitelist/", "", 200, {"addresses": [TEXT]})) == {"addresses": []}
    assert bob[1].expect(("GET", f"{path}/domains/?limit=0", "", 200, page(DOMAIN)))["count"] == 1


def test_certificates(app, bob):
    name, pair = f"c-{uuid.uuid4().hex[:8]}", make_pair("foo.com")
    body = {"certificate": pair.certificate, "key": pair.key, "name": name}
    path = f"/v2/certs/{name}"
    for request in (
        ("POST", "/v2/certs/", json.dumps(body, separators=(",", ":")), 201, CERTIFICATE),
        ("GET", "/v2/certs/?limit=100", "", 200, page(CERTIFICATE)),
        ("POST", f"{path}/domain/", f'{{"domain":"{app}"}}', 201, NOTHING),
        ("GET", path, "", 200, CERTIFICATE),
        ("DELETE", f"{path}/domain/{app}", "", 204, NOTHING),
        ("DELETE", path, "", 204, NOTHING),
    ):
        found = bob[1].expect(request)
        if request[:2] == ("GET", path):
            assert found["domains"] == [app]
    gone = bob[1].send("GET", path)
    assert (gone.status, gone.body) == (404, b'"No Certificate matches the given query."')


def test_builds_releases_processes_run_and_logs(own, app, bob, logger):
    path = f"/v2/apps/{app}"
    procfile = json.dumps({"web": IDLE}, separators=(",", ":"))
    built = f'{{"image":"{IMAGE}","procfile":{procfile}}}'
    for request in (
        ("POST", f"{path}/builds/", built, 201, BUILD),
        ("GET", f"{path}/builds/?limit=100", "", 200, page(BUILD)),
        ("POST", f"{path}/scale/", '{"web":2}', 204, NOTHING),
        ("GET", f"{path}/pods/?limit=1000", "", 200, page(POD)),
        ("POST", f"{path}/pods/restart/", "", 200, [POD]),
        ("POST", f"{path}/pods/web/restart/", "", 200, [POD]),
        ("GET", f"{path}/releases/?limit=100", "", 200, page(RELEASE)),
        ("GET", f"{path}/releases/v1/", "", 200, RELEASE),
    ):
        bob[1].expect(request)
    pods = bob[1].expect(("GET", f"{path}/pods/?limit=1", "", 200, page(POD)))
    pod = next(each["name"] for each in pods["results"] if each["state"] == "up")
    assert len(bob[1].expect(("POST", f"{path}/pods/web/{pod}/restart/", "", 200, [POD]))) == 1
    said = bob[1].expect(
        (
            "POST",
            f"{path}/run",
            '{"command":"echo \'\\u0026\\u003e\'; exit 3"}',
            200,
            {"exit_code": NUMBER, "output": TEXT},
        )
    )
    assert said == {"exit_code": 3, "output": "&>\n"}
    for query, asked in (("", "100"), ("?log_lines=1", "1")):
        answer = bob[1].send("GET", f"{path}/logs{query}")
        assert (answer.status, answer.body.decode(), answer.headers["Content-Type"]) == (
            200,
            LOGS,
            "text/plain",
        )
        assert logger.seen[-1][:2] == ("GET", f"/logs/{app}?log_lines={asked}")
    builder = Session(own.client(), agent="deis-builder", headers={"X_Deis_Builder_Auth": BUILDER_KEY})
    pushed = (
        f'{{"sha":"0123abcd","receive_user":"{bob[0]}","receive_repo":"{app}","image":"{IMAGE}",'
        f'"procfile":{procfile},"dockerfile":"true"}}'
    )
    asked = f'{{"receive_user":"{bob[0]}","receive_repo":"{app}"}}'
    builder.expect(("POST", "/v2/hooks/config/", asked, 200, CONFIG))
    made = builder.expect(("POST", "/v2/hooks/build/", pushed, 200, {"release": {"version": NUMBER}}))
    version = made["release"]["version"]
    back = bob[1].expect(("POST", f"{path}/releases/rollback/", "", 201, {"version": NUMBER}))
    assert back["version"] == version + 1
    again = bob[1].expect(
        ("POST", f"{path}/releases/rollback/", f'{{"version":{version}}}', 201, {"version": NUMBER})
    )
    assert again["version"] == version + 2
    bob[1].expect(("POST", f"{path}/scale/", '{"web":0}', 204, NOTHING))


def test_a_new_token_for_everybody_ends_every_login(own, root, bob):
    root.expect(("POST", "/v2/auth/tokens/", '{"all":true}', 200, NOTHING))
    for session, username, password in ((root, "root", "pw-root"), (bob[1], bob[0], "pw")):
        assert session.send("GET", "/v2/auth/whoami/").status == 401
        session.client = log_in(own, username, password).client
        session.expect(("GET", "/v2/auth/whoami/", "", 200, USER))
