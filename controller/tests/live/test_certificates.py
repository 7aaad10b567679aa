"""Certificates over HTTP and in the cluster. Source: API specification, sections 9.2 and 16; Kubernetes
specification, sections 5.4 and 6.4.
"""

import base64
import hashlib
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from kit.kube import ROLES, SECRETS, SERVICES, KubeNotFound

from ..pairs import make_pair  # noqa: TID252 - both tiers use it, and tests are no package

CERTS = "/v2/certs"
NO_CERTIFICATE = "No Certificate matches the given query."
NO_DOMAIN = "No Domain matches the given query."
FIELDS = {
    "id", "owner", "domains", "san", "created", "updated", "name", "common_name", "fingerprint", "expires",
    "starts", "issuer", "subject",
}  # fmt: skip


@pytest.fixture
def owner(controller, admin):
    """A user of this test's own, whose list nobody else fills."""
    return controller.register(f"c-{uuid.uuid4().hex[:8]}")


@pytest.fixture
def add(owner):
    """Adds a certificate of the owner's; returns its name."""

    def add(common_name="foo.com", **options):
        name = f"c-{uuid.uuid4().hex[:8]}"
        pair = make_pair(common_name, **options)
        answer = owner.post(CERTS, {"name": name, "certificate": pair.certificate, "key": pair.key})
        assert answer.status == 201, answer.body
        return name

    return add


def test_a_certificate_is_described_and_its_key_never_shown(owner):
    name = f"c-{uuid.uuid4().hex[:8]}"
    pair = make_pair("foo.com", san=["www.foo.com"])
    body = {"name": name, "certificate": f" {pair.certificate} ", "key": pair.key, "common_name": "evil.com"}
    answer = owner.post(CERTS, body)
    assert answer.status == 201, answer.body
    made = answer.json
    assert set(made) == FIELDS
    assert isinstance(made["id"], int)
    subject = (
        "/C=US/ST=CA/L=San Francisco/O=Example/OU=Engineering/CN=foo.com/emailAddress=engineering@example.com"
    )
    assert (
        made
        | {
            "owner": owner.username,
            "domains": [],
            "san": ["www.foo.com"],
            "name": name,
            "common_name": "foo.com",
            "starts": "2026-01-15T23:55:59Z",
            "expires": "2036-01-14T23:55:59Z",
            "issuer": subject,
            "subject": subject,
        }
        == made
    )
    der = base64.b64decode("".join(pair.certificate.splitlines()[1:-1]))
    digest = hashlib.sha256(der).hexdigest().upper()
    assert made["fingerprint"] == ":".join(digest[at : at + 2] for at in range(0, 64, 2))
    assert owner.get(f"{CERTS}/{name}").json == made
    assert owner.get(f"{CERTS}/{name}/").json == made
    assert "PRIVATE" not in owner.get(CERTS).body.decode()


def test_certificates_are_listed_by_name(owner, add):
    names = sorted([add(), add(None), add(san=["foo.com"])])
    answer = owner.get(f"{CERTS}?limit=0")
    assert [row["name"] for row in answer.json["results"]] == names
    one = owner.get(f"{CERTS}/?limit=1")
    assert (one.json["count"], len(one.json["results"])) == (3, 1)
    assert owner.delete(f"{CERTS}/{names[0]}").status == 204
    assert owner.get(CERTS).json["count"] == 2


def test_other_users_certificates_do_not_exist(owner, add, admin, controller):
    name = add()
    assert controller.client().get(CERTS).status == 401
    for other in (admin, controller.register(f"c-{uuid.uuid4().hex[:8]}")):
        assert name not in other.get(CERTS).body.decode()
        for verb, path in (
            ("GET", ""), ("DELETE", ""), ("POST", "/domain/foo.com"), ("DELETE", "/domain/foo.com"),
        ):  # fmt: skip
            answer = other.call(verb, f"{CERTS}/{name}{path}")
            assert (answer.status, answer.json) == (404, NO_CERTIFICATE)
    assert owner.get(f"{CERTS}/{name}").status == 200


def test_what_is_refused_says_why(owner, add):
    pair, other = make_pair("foo.com"), make_pair("foo.com")
    taken = add()

    def post(**changes):
        body = {"name": "fine", "certificate": pair.certificate, "key": pair.key} | changes
        answer = owner.post(CERTS, {key: value for key, value in body.items() if value is not ...})
        assert answer.status == 400, answer.body
        return answer.json

    required, blank = ["This field is required."], ["This field may not be blank."]
    assert post(name=..., certificate=..., key=...) == dict.fromkeys(("name", "certificate", "key"), required)
    assert post(name="", certificate=" ", key="") == dict.fromkeys(("name", "certificate", "key"), blank)
    for name in ("Foo", "foo.com", "foo_bar", "foo/bar", "foo\n;"):
        assert post(name=name) == {"name": ["Can only contain a-z (lowercase), 0-9 and hyphens"]}
    assert post(name="-foo") == {"name": ["Must neither start nor end with a hyphen."]}
    assert post(name="a" * 254) == {"name": ["Ensure this field has no more than 248 characters."]}
    assert post(name=taken) == {"name": ["certificate with this name already exists."]}
    assert set(post(name=taken, certificate="foo", key="bar")) == {"name", "certificate", "key"}
    bad = post(certificate="foo", key="bar")
    assert bad["certificate"][0].startswith("Could not load certificate: ")
    assert bad["key"][0].startswith("Could not load private key: ")
    assert post(key=other.key) == ["Certificate and private key do not match!"]
    assert post(key="x" * 300_000) == {"key": ["Ensure this field has no more than 262144 characters."]}
    assert post(certificate="\x00") == {"certificate": ["Null characters are not allowed."]}
    assert post(certificate=[pair.certificate]) == {"certificate": ["Not a valid string."]}
    assert owner.get(CERTS).json["count"] == 1


def test_there_is_no_way_to_change_one(owner, add):
    name = add()
    for verb in ("PUT", "PATCH"):
        assert owner.call(verb, CERTS, {}).status == 405
        assert owner.call(verb, f"{CERTS}/{name}", {}).status == 405
    assert owner.call("PUT", f"{CERTS}/{name}/domain/", {}).status == 405


def test_forms_are_taken_too(owner):
    answer = owner.call(
        "POST", CERTS, raw=b"name=x&certificate=foo&key=bar", Content_Type="application/x-www-form-urlencoded"
    )
    assert set(answer.json) == {"certificate", "key"}


def test_an_owner_of_certificates_is_not_deleted(owner, add):
    name = add()
    answer = owner.delete("/v2/auth/cancel")
    reason = "still owner of certificates, which have to be removed first"
    assert (answer.status, answer.json["detail"]) == (409, f"Cannot delete user {owner.username}: {reason}")
    assert owner.delete(f"{CERTS}/{name}").status == 204
    assert owner.delete("/v2/auth/cancel").status == 204


# with an app, in the cluster


@pytest.fixture
def app(create_app, owner):
    return create_app(owner)


@pytest.fixture
def domain(app, owner):
    host = f"{app}.example.com"
    assert owner.post(f"/v2/apps/{app}/domains", {"domain": host}).status == 201
    return host


def read_annotations(kube, app):
    annotations = kube.get(SERVICES, app, namespace=app)["metadata"]["annotations"]
    return {name.removeprefix("router.deis.io/"): text for name, text in annotations.items()}


def list_readable(kube, app):
    """The Secrets that the router may read."""
    rules = kube.get(ROLES, "deis-router", namespace=app).get("rules") or []
    return [name for rule in rules for name in rule["resourceNames"]]


def test_an_attached_certificate_is_where_the_router_looks(owner, add, app, domain, kube):
    name = add()
    answer = owner.post(f"{CERTS}/{name}/domain/", {"domain": domain})
    assert (answer.status, answer.body) == (201, b"")
    assert owner.get(f"{CERTS}/{name}").json["domains"] == [domain]
    secret = kube.get(SECRETS, f"{name}-cert", namespace=app)
    assert (secret["type"], set(secret["data"])) == ("kubernetes.io/tls", {"tls.crt", "tls.key"})
    assert secret["metadata"]["labels"] == {"app": app, "heritage": "deis"}
    assert base64.b64decode(secret["data"]["tls.key"]).startswith(b"-----BEGIN PRIVATE KEY-----")
    annotations = read_annotations(kube, app)
    assert annotations["certificates"] == f"{domain}:{name}"
    assert annotations["certificateFingerprints"].startswith(f"{name}:")
    assert list_readable(kube, app) == [f"{name}-cert"]


def test_attaching_a_second_one_changes_nothing(owner, add, app, domain):
    first, second = add(), add()
    assert owner.post(f"{CERTS}/{first}/domain/{domain}").status == 201
    for name in (first, second):
        answer = owner.post(f"{CERTS}/{name}/domain/", {"domain": domain})
        detail = {"detail": "Domain already has a certificate attached to it"}
        assert (answer.status, answer.json) == (409, detail)
    assert owner.get(f"{CERTS}/{first}").json["domains"] == [domain]
    assert owner.get(f"{CERTS}/{second}").json["domains"] == []


def test_of_many_at_once_one_is_attached(owner, add, app, domain, kube):
    """Or two Secrets would claim one domain; and one that is deleted meanwhile leaves nothing behind."""
    names = [add() for _ in range(5)]

    def attach(name):
        return owner.post(f"{CERTS}/{name}/domain/", {"domain": domain}).status

    def remove(name):
        return owner.delete(f"{CERTS}/{name}").status

    with ThreadPoolExecutor(6) as threads:
        attached = threads.map(attach, names)
        removed = threads.submit(remove, names[0])
    statuses = dict(zip(names, attached, strict=True))
    assert removed.result() == 204
    assert sorted(statuses[name] for name in names[1:] if statuses[name] != 409) in ([], [201])
    assert statuses[names[0]] in (201, 404, 409)
    left = [row["name"] for row in owner.get(CERTS).json["results"] if row["domains"]]
    secrets = kube.list(SECRETS, namespace=app, labels=f"app={app}")
    assert [found["metadata"]["name"] for found in secrets] == [f"{name}-cert" for name in left]
    said = read_annotations(kube, app).get("certificates")
    assert said == (f"{domain}:{left[0]}" if left else None)


def test_what_can_not_be_attached(owner, add, app, domain):
    name = add()
    answer = owner.post(f"{CERTS}/{name}/domain/", {})
    assert (answer.status, answer.json) == (400, {"detail": "domain is a required field"})
    answer = owner.post(f"{CERTS}/{name}/domain/", {"domain": "no.such.domain"})
    assert (answer.status, answer.json) == (404, NO_DOMAIN)
    answer = owner.post(f"{CERTS}/nope/domain/", {"domain": domain})
    assert (answer.status, answer.json) == (404, NO_CERTIFICATE)
    assert owner.post(f"{CERTS}/{name}/domain", {"domain": domain}).status == 404
    assert owner.post(f"{CERTS}/{name}/domain/{domain}/").status == 404


def test_a_certificate_for_an_app_of_others_is_forbidden(owner, add, app, domain, controller):
    stranger = controller.register(f"c-{uuid.uuid4().hex[:8]}")
    pair, name = make_pair("foo.com"), f"c-{uuid.uuid4().hex[:8]}"
    stranger.post(CERTS, {"name": name, "certificate": pair.certificate, "key": pair.key})
    assert stranger.post(f"{CERTS}/{name}/domain/", {"domain": domain}).status == 403
    assert stranger.delete(f"{CERTS}/{name}/domain/{domain}").status == 403
    assert owner.post(f"/v2/apps/{app}/perms", {"username": stranger.username}).status == 201
    assert stranger.post(f"{CERTS}/{name}/domain/", {"domain": domain}).status == 201
    mine = add()
    answer = owner.delete(f"{CERTS}/{mine}/domain/{domain}")
    assert (answer.status, answer.json) == (
        404, {"detail": f"Certificate {mine} is not attached to domain {domain}"},
    )  # fmt: skip
    assert stranger.delete(f"{CERTS}/{name}/domain/{domain}").status == 204


def test_detaching_takes_the_secret_with_the_last_domain(owner, add, app, domain, kube):
    name, wildcard = add(), f"*.{domain}"
    assert owner.post(f"/v2/apps/{app}/domains", {"domain": wildcard}).status == 201
    for host in (domain, wildcard):
        assert owner.post(f"{CERTS}/{name}/domain/", {"domain": host}).status == 201
    assert owner.get(f"{CERTS}/{name}").json["domains"] == sorted([domain, wildcard])
    assert owner.delete(f"{CERTS}/{name}/domain/{wildcard}").status == 204
    assert read_annotations(kube, app)["certificates"] == f"{domain}:{name}"
    assert kube.find(SECRETS, f"{name}-cert", namespace=app)
    assert owner.delete(f"{CERTS}/{name}/domain/{domain}").status == 204
    assert "certificates" not in read_annotations(kube, app)
    assert "certificateFingerprints" not in read_annotations(kube, app)
    assert kube.find(SECRETS, f"{name}-cert", namespace=app) is None
    assert list_readable(kube, app) == []
    assert owner.delete(f"{CERTS}/{name}/domain/{domain}").status == 404
    answer = owner.delete(f"{CERTS}/{name}/domain/no.such.domain")
    assert (answer.status, answer.json) == (404, NO_DOMAIN)


def test_removing_a_certificate_or_a_domain_detaches(owner, add, create_app, app, domain, kube):
    other = create_app(owner)
    for name, remove in (
        (add(), lambda name: f"{CERTS}/{name}"),
        (add(), lambda _: f"/v2/apps/{app}/domains/{domain}"),
    ):
        assert owner.post(f"{CERTS}/{name}/domain/", {"domain": domain}).status == 201
        assert owner.post(f"{CERTS}/{name}/domain/", {"domain": other}).status == 201
        assert owner.delete(remove(name)).status == 204
        assert kube.find(SECRETS, f"{name}-cert", namespace=app) is None
        assert "certificates" not in read_annotations(kube, app)
    assert owner.get(f"{CERTS}/{name}").json["domains"] == [other]
    with pytest.raises(KubeNotFound):
        kube.get(SECRETS, f"{name}-cert", namespace=app)
    assert kube.get(SECRETS, f"{name}-cert", namespace=other)
    assert owner.delete(f"{CERTS}/{name}/domain/{other}").status == 204


def test_a_certificate_outlives_its_app(owner, add, create_app):
    name, gone = add(), create_app(owner)
    assert owner.post(f"{CERTS}/{name}/domain/", {"domain": gone}).status == 201
    assert owner.delete(f"/v2/apps/{gone}").status == 204
    assert owner.get(f"{CERTS}/{name}").json["domains"] == []


def test_no_secret_no_attachment(owner, add, app, domain, kube):
    """The cluster refuses: nothing is stored, and the next attempt succeeds."""
    name = add()
    kube.delete(SERVICES, app, namespace=app)
    answer = owner.post(f"{CERTS}/{name}/domain/", {"domain": domain})
    assert (answer.status, answer.json) == (503, {"detail": f"Could not fetch Kubernetes Service {app}"})
    assert owner.get(f"{CERTS}/{name}").json["domains"] == []
    assert kube.find(SECRETS, f"{name}-cert", namespace=app) is None
    assert owner.post(f"/v2/apps/{app}", {}).status == 200
    assert owner.post(f"{CERTS}/{name}/domain/", {"domain": domain}).status == 201
