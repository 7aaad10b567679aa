"""The API server goes away in the middle of a deploy and comes back."""

import pytest

from controller.cluster.facade import Cluster

from ..wires import lay_wire  # noqa: TID252 - tests are no package

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def wire(controller_config, load_kube):
    """The controller's client over a line that can be cut."""
    line, config = lay_wire(controller_config)
    kube = load_kube(config)
    with line:
        yield line, kube
    kube.close()


def test_a_deploy_survives_an_api_server_that_is_away_for_a_while(
    wire, options, make, app, server, soon, fetch, steps
):
    line, kube = wire
    cluster = Cluster(kube, options)

    def cut_when_rolling_out(progress):
        steps(progress)
        if progress.phase == "rolling out":
            line.cut(3.0)

    cluster.deploy(make(2, web=server), previous=None, deadline=soon, on_progress=cut_when_rolling_out)
    assert steps.phases[-1] == "cleaning up"
    assert line.refused > 0
    assert fetch(app) == "v2"
