"""The client's errors in the words of the specification (section 2.1)."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from controller.cluster.errors import ClusterAnswerError, ClusterChanged, ClusterUnreachable, Missing
from kit.kube import KubeConflict, KubeError, KubeNotFound, KubeUnreachable

DOING = {
    "get": "retrieving data from",
    "create": "posting data to",
    "update": "putting data to",
    "scale": "putting data to",
    "delete": "deleting data from",
}


@contextmanager
def action(text: str) -> Iterator[None]:
    """Turn what the client raises within into ours.

    ``text`` completes "failed to", such as ``get Namespace "shop"``. Request bodies never get into a message.
    """
    try:
        yield
    except KubeNotFound as error:
        raise Missing(describe(text, error)) from error
    except KubeConflict as error:
        raise ClusterChanged(describe(text, error), status=error.status) from error
    except KubeUnreachable as error:
        raise ClusterUnreachable(describe_silence(text, error)) from error
    except KubeError as error:
        raise ClusterAnswerError(describe(text, error), status=error.status) from error


def describe(text: str, error: KubeError) -> str:
    """``failed to get Namespace "shop": 404 Not Found namespaces "shop" not found``"""
    return f"failed to {text}: {error.status} {get_phrase(error.status)} {error.message}"


def describe_silence(text: str, error: KubeError) -> str:
    if error.status:
        return describe(text, error)
    doing = DOING.get(text.split(" ", 1)[0], "retrieving data from")
    return f"There was a problem {doing} the Kubernetes API server, to {text}: {error.message}"


PHRASES = {413: "Request Entity Too Large", 422: "Unprocessable Entity"}
"""Those that newer Pythons name otherwise; the API server and clients know these."""


def get_phrase(status: int) -> str:
    try:
        return PHRASES.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return "Error"
