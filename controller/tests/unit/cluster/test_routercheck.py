from dataclasses import replace

import pytest

from controller.cluster.desired import Process
from controller.cluster.routercheck import Question, build_question

CHECK = {"livenessProbe": {"httpGet": {"path": "/healthz"}}}


def test_the_router_is_asked_by_the_apps_own_host_name(make_desired, options):
    web = Process(type="web", replicas=1, routable=True)
    question = build_question(make_desired(), web, options=replace(options, platform_domain="example.com"))
    assert (question.host, question.path, question.timeout) == ("shop.example.com", "/", 3.0)
    question = build_question(make_desired(), replace(web, health_check=CHECK), options=options)
    assert question.host.startswith("shop.")
    assert (question.path, question.timeout, question.healthy_only) == ("/healthz", 1.0, True)


@pytest.mark.parametrize(
    ("status", "waited", "plain", "healthy"),
    [
        (200, 0, True, True),
        (301, 0, True, False),
        (500, 0, True, False),
        (404, 9, False, False),
        (503, 1, False, False),
        (503, 6, True, False),
    ],
)
def test_which_answers_will_do(status, waited, plain, healthy):
    question = Question(host="x", path="/", timeout=1, healthy_only=False)
    assert question.accepts(status, waited=waited) is plain
    assert replace(question, healthy_only=True).accepts(status, waited=waited) is healthy
