"""The HTTP surface. Source: API specification, sections 1 and 4."""

import socket

import pytest

from kit.waiting import wait_for

HEADERS = {
    "DEIS_API_VERSION": "2.3",
    "DEIS_PLATFORM_VERSION": "2.3.0",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "X-XSS-Protection": "1; mode=block",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/readiness", 200),
        ("PUT", "/healthz", 405),
        ("GET", "/healthz/", 404),
        ("GET", "/v2/", 401),
        ("GET", "/v2", 404),
        ("GET", "/v2/nope", 404),
        ("GET", "/slugs/nonsense", 404),
        ("POST", "/v2/auth/login/", 400),
    ],
)
def test_every_answer_carries_the_platforms_headers(controller, method, path, status):
    answer = controller.client().call(method, path)
    assert answer.status == status
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


def test_health_answers_ok_as_html(controller):
    answer = controller.client().get("/healthz")
    assert answer.body == b"OK"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    for path in ("/healthz", "/readiness"):
        answer = controller.client().call("HEAD", path)
        assert (answer.status, answer.body) == (200, b"")
        for method in ("PUT", "POST", "PATCH", "DELETE"):
            answer = controller.client().call(method, path)
            assert (answer.status, answer.body) == (405, b"")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/apps", 200),
        ("GET", "/v2/apps/", 200),
        ("HEAD", "/v2/apps", 200),
        ("GET", "/v2/apps//", 404),
        ("GET", "/v2/auth/whoami", 200),
        ("GET", "/v2/auth/whoami/", 200),
        ("POST", "/v2/auth/login", 404),
        ("POST", "/v2/auth/tokens", 404),
        ("GET", "/v2/keys/", 200),
        ("GET", "/v2/keys/nope/", 404),
        ("GET", "/v2/apps/FOO", 404),
        ("GET", "/v2/apps/=foo", 404),
        ("PUT", "/v2/apps", 405),
        ("PATCH", "/v2/apps/whatever", 405),
        ("OPTIONS", "/v2/apps", 200),
    ],
)
def test_slashes_and_methods(admin, method, path, status):
    assert admin.call(method, path).status == status


def test_an_unmatched_route_is_a_page(admin):
    answer = admin.get("/v2/n<o>pe")
    text = "<h1>Not Found</h1><p>The requested URL /v2/n&lt;o&gt;pe was not found on this server.</p>"
    assert (answer.status, answer.body.decode()) == (404, text)
    assert answer.headers["Content-Type"] == "text/html"


def test_a_wrong_method_says_which_are_right(admin):
    answer = admin.call("PUT", "/v2/apps")
    assert answer.json == {"detail": 'Method "PUT" not allowed.'}
    assert answer.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_authentication_comes_before_the_method(controller):
    assert controller.client().call("PUT", "/v2/apps").status == 401


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        (None, "Authentication credentials were not provided."),
        ("Bearer abc", "Authentication credentials were not provided."),
        ("token", "Invalid token header. No credentials provided."),
        ("token a b", "Invalid token header. Token string should not contain spaces."),
        ("token 0000", "Invalid token."),
    ],
)
def test_wrong_credentials(controller, header, detail):
    headers = {"Authorization": header} if header else {}
    answer = controller.client().get("/v2/apps", **headers)
    assert (answer.status, answer.json) == (401, {"detail": detail})
    assert answer.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("word", ["token", "Token", "TOKEN"])
def test_the_scheme_word_may_be_of_any_case(controller, admin, word):
    answer = controller.client().get("/v2/", Authorization=f"{word} {admin.token}")
    assert (answer.status, answer.body) == (200, b"{}")


def test_malformed_json(admin):
    answer = admin.call("POST", "/v2/apps", raw=b"{,")
    assert answer.status == 400
    assert answer.json["detail"].startswith("JSON parse error - Expecting property name enclosed in")


def test_json_that_is_no_object(admin):
    for path in ("/v2/apps", "/v2/auth/passwd"):
        for value, kind in (([], "list"), ("x", "str")):
            answer = admin.post(path, value)
            message = f"Invalid data. Expected a dictionary, but got {kind}."
            assert (answer.status, answer.json) == (400, {"non_field_errors": [message]})


def test_content_types(admin):
    answer = admin.call("POST", "/v2/keys", raw=b"x", Content_Type="text/plain")
    assert (answer.status, answer.json) == (
        415,
        {"detail": 'Unsupported media type "text/plain" in request.'},
    )
    answer = admin.get("/v2/apps", Accept="text/html")
    assert (answer.status, answer.json) == (
        406,
        {"detail": "Could not satisfy the request Accept header."},
    )
    assert admin.get("/v2/apps?format=json").status == 200
    answer = admin.get("/v2/keys?limit=1", Accept="application/json; indent=4")
    assert answer.body.startswith(b'{\n    "count": ')
    answer = admin.get("/v2/apps?format=xml")
    assert (answer.status, answer.body) == (404, b'""')


def test_form_bodies_are_understood_where_they_were(controller, admin):
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    answer = controller.client().call(
        "POST", "/v2/auth/login/", raw=b"username=admin&password=pw-admin", **form
    )
    assert answer.status == 200
    boundary = "b-o-u-n-d"
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("username", "admin"), ("password", "pw-admin"))
    )
    form = {"Content_Type": f"multipart/form-data; boundary={boundary}"}
    raw = f"{parts}--{boundary}--\r\n".encode()
    assert controller.client().call("POST", "/v2/auth/login/", raw=raw, **form).status == 200


def test_an_answer_without_a_body_has_no_type(app, alice):
    answer = alice.post(f"/v2/apps/{app}")
    assert (answer.status, answer.body, answer.headers["Content-Type"]) == (200, b"", None)
    assert answer.headers["Allow"] == "GET, POST, DELETE, HEAD, OPTIONS"


LATER = "lifecycle_post_start lifecycle_pre_stop termination_grace_period"


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("", "uuid id owner structure procfile_structure created updated"),
        (
            "/config",
            f"uuid app owner values memory cpu tags registry healthcheck {LATER} created updated",
        ),
        (
            "/settings",
            "uuid app owner autoscale label created updated maintenance routable whitelist",
        ),
        ("/tls", "uuid app owner created updated https_enforced"),
        (
            "/releases/v1",
            "uuid app owner created updated version summary failed exception config build",
        ),
        ("/releases", "count next previous results"),
        ("/pods", "results count"),
    ],
)
def test_keys_are_in_the_order_of_old(app, alice, path, keys):
    """People read answers as they come; those of later versions are in between."""
    assert list(alice.get(f"/v2/apps/{app}{path}").json) == keys.split()


def test_json_is_compact_and_not_escaped(admin):
    answer = admin.post("/v2/apps", {"id": "ü"})
    assert answer.headers["Content-Type"] == "application/json"
    assert b'": ' not in answer.body


def test_cors(controller, admin):
    answer = admin.get("/v2/", Origin="http://x")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Expose-Headers"] == "DEIS_API_VERSION, DEIS_PLATFORM_VERSION"
    preflight = {"Origin": "http://x", "Access_Control_Request_Method": "POST"}
    answer = controller.client().call("OPTIONS", "/v2/apps", **preflight)
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Access-Control-Max-Age"] == "86400"
    assert answer.headers["DEIS_API_VERSION"] is None


@pytest.mark.usefixtures("admin")
def test_pages(controller):
    reader = controller.register("reader")  # whose keys no other test counts
    for number in range(5):
        reader.post("/v2/keys", {"id": f"page{number}", "public": f"ssh-rsa {'ABCD' * (number + 2)}"})
    answer = reader.get("/v2/keys/?limit=2", X_Forwarded_Proto="https", Host="deis.example.com").json
    assert answer["count"] == 5
    assert answer["next"] == "https://deis.example.com/v2/keys/?limit=2&offset=2"
    assert answer["previous"] is None
    assert len(answer["results"]) == 2
    answer = reader.get("/v2/keys/?limit=2&offset=2", Host="h").json
    assert answer["previous"] == "http://h/v2/keys/?limit=2"
    answer = reader.get("/v2/keys/?limit=2&offset=50").json
    assert answer["results"] == []
    assert answer["previous"] is not None
    for query in ("limit=0", "limit=-1", "limit=x", "offset=-4", "offset=x", "page=3"):
        assert len(reader.get(f"/v2/keys/?{query}").json["results"]) == 5


@pytest.mark.parametrize("path", ["/v2/x%0AINFO%20[shop]:%20forged", "/v2/x%22%20200%200%20%22y"])
def test_nobody_writes_lines_or_fields_of_the_log(controller, path):
    """A line in the form of an app's would reach that app's log."""
    controller.client().get(path)
    line = f'"GET {path} HTTP/1.1" 404'
    wait_for(lambda: line in controller.log.read_text(), what="the access line", timeout=5)
    assert not any(line.startswith("INFO [shop]") for line in controller.log.read_text().splitlines())


def test_probes_answer_while_requests_wait(controller):
    """A client that never sends its body holds a thread, not the probes."""
    held = []
    for _ in range(20):
        client = socket.create_connection(("127.0.0.1", controller.port))
        client.sendall(b"POST /v2/auth/login/ HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
        held.append(client)
    try:
        assert controller.client().call("GET", "/healthz", timeout=2).status == 200
    finally:
        for client in held:
            client.close()
