from devcluster.packages import parse_list


def test_comments_and_empty_lines_are_no_packages():
    assert parse_list("# the runtime\ncontainerd\n\nrunc # and its helper\n") == ["containerd", "runc"]
