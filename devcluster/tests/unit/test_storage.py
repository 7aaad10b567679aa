from devcluster.nodes import build_nodes
from devcluster.settings import Settings
from devcluster.storage import build_volumes, get_name, plan_volumes

SETTINGS = Settings(volume_count=4)
VOLUMES = build_volumes(build_nodes(SETTINGS)[0], SETTINGS)


def test_volumes_are_made_when_missing_and_emptied_when_their_claim_is_gone():
    phases = ["Bound", "Released", "Available"]
    actual = [{**item, "status": {"phase": phase}} for item, phase in zip(VOLUMES, phases, strict=False)]
    used, missing = plan_volumes(VOLUMES, actual)
    assert [get_name(item) for item in used] == ["node1-02"]
    assert [get_name(item) for item in missing] == ["node1-04"]
