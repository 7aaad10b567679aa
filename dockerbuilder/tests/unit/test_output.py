from __future__ import annotations

from dockerbuilder.output import filter_lines

NOISE = 'time="2026-11-25T10:13:39Z" level=error msg="+(UNHANDLED LOGLEVEL) &imagebuilder.Step{Command:\\"bogus\\"}"\n'
UNKNOWN = 'Error: building at STEP "BOGUS ": Build error: Unknown instruction: "BOGUS" &imagebuilder.Step{}\n'


def filtered(*lines, injected=()):
    return list(filter_lines(lines, injected=frozenset(injected)))


def test_output_passes_unchanged():
    lines = ("STEP 1/2: FROM debian:trixie-slim\n", 'STEP 2/2: ENV "A"="B"\n', "hello\n")
    assert filtered(*lines) == list(lines)


def test_an_unknown_instruction_is_worded_as_specified():
    assert filtered(NOISE, UNKNOWN) == ["Unknown instruction: BOGUS\n"]


def test_only_our_own_step_is_left_out():
    ours = '[1/2] STEP 2/7: ENV "SSL_CERT_FILE"="/run/deis/ca" "PIP_CERT"="/run/deis/ca"\n'
    users = 'STEP 3/7: ENV "SSL_CERT_FILE"="/own"\n'
    assert filtered(ours, users, injected=("SSL_CERT_FILE", "PIP_CERT")) == [users]
