"""What users of the original saw go wrong, one test each, named after what they saw. It does not happen here.

Source: API specification, all that it marks as a bug; Kubernetes specification, its upstream defects.
"""

from __future__ import annotations

import hashlib
import ssl
import threading
import uuid

import pytest

from kit.kube import PODS, SECRETS, SERVICES

from ..pairs import make_pair  # noqa: TID252 - both tiers use it, and tests are no package
from .refusing import REASON, probe_deletion, refusing
from .test_slice import IDLE, IMAGE

pytestmark = pytest.mark.timeout(150)


@pytest.fixture
def app(create_app, alice):
    return create_app(alice)


@pytest.fixture
def path(app):
    return f"/v2/apps/{app}"


@pytest.fixture
def push(app, builder):
    """Deploys a slug that starts no pod."""

    def push(sha):
        body = {"receive_user": "alice", "receive_repo": app, "dockerfile": "", "procfile": {"worker": "x"}}
        slug = {"sha": sha, "image": f"home/{app}:git-{sha}/push/slug.tgz"}
        assert builder.post("/v2/hooks/build/", body | slug).status == 200

    return push


@pytest.fixture
def add_certificate(alice):
    def add():
        name, pair = f"c-{uuid.uuid4().hex[:8]}", make_pair("foo.com")
        body = {"name": name, "certificate": pair.certificate, "key": pair.key}
        answer = alice.post("/v2/certs", body)
        assert answer.status == 201, answer.body
        return name

    return add


@pytest.fixture
def read_annotations(kube):
    def read(app):
        return kube.get(SERVICES, app, namespace=app)["metadata"].get("annotations", {})

    return read


def test_a_list_as_the_body_was_a_server_error(path, alice):
    answers = {
        below: alice.post(f"{path}/{below}", ["x"])
        for below in ("config", "builds", "domains", "settings", "tls", "whitelist", "perms", "scale", "run")
    }
    assert {below: answer.status for below, answer in answers.items()} == dict.fromkeys(answers, 400)


def test_who_left_the_email_out_could_not_register(controller, admin):
    name = f"u-{uuid.uuid4().hex[:6]}"
    answer = controller.client().post("/v2/auth/register", {"username": name, "password": "pw"})
    assert (answer.status, answer.json["email"]) == (201, "")


def test_asking_for_a_token_without_a_login_was_a_server_error(controller, admin):
    for body in ({}, {"all": True}, {"username": "admin"}):
        answer = controller.client().post("/v2/auth/tokens/", body)
        detail = "Authentication credentials were not provided."
        assert (answer.status, answer.json) == (401, {"detail": detail})


def test_a_new_app_could_have_less_than_no_processes(alice):
    name = f"ct-{uuid.uuid4().hex[:8]}"
    for structure in ({"web": -1}, ["web"]):
        answer = alice.post("/v2/apps", {"id": name, "structure": structure})
        assert (answer.status, list(answer.json)) == (400, ["structure"])
    assert alice.get(f"/v2/apps/{name}").status == 404


def test_a_cpu_limit_could_be_negative(path, alice):
    for limit in ("-1", "+1", "1/-2"):
        answer = alice.post(f"{path}/config", {"cpu": {"web": limit}})
        said = "CPU limit format: <value> or <value>/<value>, where value must be a numeric"
        assert (answer.status, answer.json) == (400, {"cpu": [said]})


def test_of_two_variables_that_differ_in_case_the_app_saw_one(path, alice):
    values = {"FOO_BAR": "1", "foo_bar": "2", "Foo_Bar": "3"}
    assert alice.post(f"{path}/config", {"values": values}).status == 201
    assert alice.post(f"{path}/settings", {"routable": False}).status == 201
    build = {"image": IMAGE, "procfile": {"web": IDLE}}
    assert alice.call("POST", f"{path}/builds", build, timeout=100).status == 201
    command = {"command": "echo $FOO_BAR $foo_bar $Foo_Bar"}
    answer = alice.call("POST", f"{path}/run", command, timeout=100)
    assert answer.json == {"exit_code": 0, "output": "1 2 3\n"}


def test_an_older_build_was_shown_as_the_newest(path, alice, push):
    push("0123abcd")
    push("4567abcd")
    newest, older = alice.get(f"{path}/builds").json["results"]
    assert alice.get(f"{path}/builds/{older['uuid']}").json == older
    assert alice.get(f"{path}/builds/{newest['uuid']}").json == newest
    answer = alice.get(f"{path}/builds/{uuid.uuid4()}")
    assert (answer.status, answer.json) == (404, "No Build matches the given query.")


def test_the_router_went_on_with_a_domain_that_was_removed_last(app, path, alice, read_annotations):
    assert read_annotations(app)["router.deis.io/domains"] == app
    assert alice.delete(f"{path}/domains/{app}").status == 204
    assert "router.deis.io/domains" not in read_annotations(app)


def test_the_router_went_on_with_a_certificate_that_was_detached_last(
    app, alice, read_annotations, add_certificate
):
    name = add_certificate()
    assert alice.post(f"/v2/certs/{name}/domain/", {"domain": app}).status == 201
    assert read_annotations(app)["router.deis.io/certificates"] == f"{app}:{name}"
    assert alice.delete(f"/v2/certs/{name}/domain/{app}").status == 204
    assert "router.deis.io/certificates" not in read_annotations(app)


def test_the_fingerprint_of_a_new_certificate_was_in_quotes(alice):
    name, pair = f"c-{uuid.uuid4().hex[:8]}", make_pair("foo.com")
    body = {"name": name, "certificate": pair.certificate, "key": pair.key}
    made = alice.post("/v2/certs", body).json["fingerprint"]
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pair.certificate)).hexdigest().upper()
    assert made == ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))
    assert alice.get(f"/v2/certs/{name}").json["fingerprint"] == made


def test_detaching_a_certificate_took_another_one_away(app, alice, kube, read_annotations, add_certificate):
    attached, other = add_certificate(), add_certificate()
    assert alice.post(f"/v2/certs/{attached}/domain/", {"domain": app}).status == 201
    assert alice.delete(f"/v2/certs/{other}/domain/{app}").status == 404
    assert read_annotations(app)["router.deis.io/certificates"] == f"{app}:{attached}"
    assert kube.find(SECRETS, f"{attached}-cert", namespace=app)
    assert alice.get(f"/v2/certs/{attached}").json["domains"] == [app]


def test_detaching_a_certificate_twice_was_the_clusters_fault(app, alice, add_certificate):
    name = add_certificate()
    assert alice.post(f"/v2/certs/{name}/domain/", {"domain": app}).status == 201
    assert alice.delete(f"/v2/certs/{name}/domain/{app}").status == 204
    answer = alice.delete(f"/v2/certs/{name}/domain/{app}")
    detail = f"Certificate {name} is not attached to domain {app}"
    assert (answer.status, answer.json) == (404, {"detail": detail})


def test_the_key_of_a_certificate_stayed_with_an_app_that_had_it_no_longer(
    app, create_app, alice, kube, add_certificate
):
    """As another app still had it."""
    name, other = add_certificate(), create_app(alice)
    for domain in (app, other):
        assert alice.post(f"/v2/certs/{name}/domain/", {"domain": domain}).status == 201
    assert alice.delete(f"/v2/certs/{name}/domain/{app}").status == 204
    assert kube.find(SECRETS, f"{name}-cert", namespace=app) is None
    assert kube.find(SECRETS, f"{name}-cert", namespace=other)


def test_a_change_of_a_pre_stop_hook_alone_changed_nothing(path, alice):
    answer = alice.post(f"{path}/config", {"lifecycle_pre_stop": {"web": "sleep 1"}})
    assert answer.status == 201
    newest = alice.get(f"{path}/releases").json["results"][0]
    assert (newest["version"], newest["summary"]) == (2, "alice added lifecycle_pre_stop  web")


def test_a_command_waited_for_another_of_the_same_release_and_a_restart_of_nobody_hit_somebody(
    app, path, alice, kube
):
    assert alice.post(f"{path}/settings", {"routable": False}).status == 201
    build = {"image": IMAGE, "procfile": {"web": IDLE}}
    assert alice.call("POST", f"{path}/builds", build, timeout=100).status == 201
    slow = threading.Thread(
        target=alice.call, args=("POST", f"{path}/run", {"command": "sleep 300"}), kwargs={"timeout": 100}
    )
    slow.start()
    quick = alice.call("POST", f"{path}/run", {"command": "echo done"}, timeout=100)
    assert (quick.json, slow.is_alive()) == ({"exit_code": 0, "output": "done\n"}, True)
    before = alice.get(f"{path}/pods").json["results"]
    for name in ("nobody", "web-1234567890-abcde"):
        answer = alice.call("POST", f"{path}/pods/web/{name}/restart", timeout=100)
        assert (answer.status, answer.json) == (200, [])
    assert alice.get(f"{path}/pods").json["results"] == before
    kube.delete_collection(PODS, namespace=app, labels="type=run", grace=0)
    slow.join(100)
    assert not slow.is_alive()


def test_a_deploy_failed_by_what_it_could_not_clean_up(app, path, alice, push, kube, controller):
    push("0123abcd")
    labels = {"app": app, "heritage": "deis", "type": "run", "version": "v1"}
    pod = {
        "metadata": {"name": "left", "namespace": app, "labels": labels},
        "spec": {"nodeSelector": {"no": "where"}, "containers": [{"name": "left", "image": IMAGE}]},
    }
    kube.create(PODS, pod)
    probe = probe_deletion(kube, PODS, "left", namespace=app)
    with refusing(kube, "DELETE", PODS, namespaces=[app], probe=probe):
        assert alice.post(f"{path}/config", {"values": {"A": "1"}}).status == 201
        assert alice.get(f"{path}/releases/v3").json["failed"] is False
    line = f"WARN [{app}]: clean-up after v3 is not complete: "
    (told,) = [each for each in controller.log.read_text().splitlines() if each.startswith(line)]
    assert f'failed to delete Pod "left" in Namespace "{app}": ' in told
    assert REASON in told
