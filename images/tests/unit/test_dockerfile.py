"""What a Dockerfile says of its inputs."""

from images.dockerfile import parse_dockerfile, render_with_arguments

COMPONENT = """\
# A comment with FROM in it
ARG BASE=deis/base
ARG GO=deis/go
ARG VERSION=3

FROM ${GO} AS compile
WORKDIR /src
COPY go.mod go.sum ./
RUN go build \\
    -o /server

FROM ${BASE}
COPY --from=compile /server /usr/local/bin/
COPY --chmod=0755 start /usr/local/bin/
COPY ["a file", "/opt/"]
ADD archive.tar /
"""


def test_our_own_bases_are_the_arguments_before_the_first_from():
    assert parse_dockerfile(COMPONENT).bases == {"BASE": "base", "GO": "go"}


def test_an_argument_within_a_stage_is_no_base():
    text = "FROM debian:trixie-slim\nARG BASE=deis/base\n"

    assert parse_dockerfile(text).bases == {}


def test_sources_are_what_is_copied_from_the_context():
    assert parse_dockerfile(COMPONENT).sources == ("go.mod", "go.sum", "start", "a file", "archive.tar")


def test_images_of_others_are_those_named_outright():
    text = "FROM debian:trixie-slim AS one\nFROM one AS two\nFROM scratch\nFROM --platform=x alpine:3\n"

    assert parse_dockerfile(text).outside == ("debian:trixie-slim", "alpine:3")
    assert parse_dockerfile(COMPONENT).outside == ()


def test_arguments_are_declared_in_every_stage():
    rendered = render_with_arguments("ARG X=1\nFROM a AS b\nRUN c\nfrom d\n", {"ONE": "1", "TWO": "/2"})

    assert rendered == "ARG X=1\nFROM a AS b\nARG ONE=1 TWO=/2\nRUN c\nfrom d\nARG ONE=1 TWO=/2\n"


def test_without_arguments_nothing_changes():
    assert render_with_arguments(COMPONENT, {}) == COMPONENT
