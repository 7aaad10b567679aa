from pathlib import Path

from devcluster.leftovers import parse_mounts

TABLE = """\
/dev/vda / ext4 rw 0 0
tmpfs /run/devcluster/nodes/node1/a tmpfs rw 0 0
overlay /run/devcluster/nodes/node1/a/rootfs overlay rw 0 0
tmpfs /run/devcluster-other tmpfs rw 0 0
tmpfs /run/devcluster/with\\040space tmpfs rw 0 0
"""


def test_mounts_are_undone_in_the_reverse_of_their_order_and_only_ours():
    assert parse_mounts(TABLE, [Path("/run/devcluster")]) == [
        Path("/run/devcluster/with space"),
        Path("/run/devcluster/nodes/node1/a/rootfs"),
        Path("/run/devcluster/nodes/node1/a"),
    ]


def test_a_directory_that_is_itself_a_mount_is_undone():
    assert parse_mounts(TABLE, [Path("/run/devcluster-other")]) == [Path("/run/devcluster-other")]
