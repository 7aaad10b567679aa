"""``deis doctor``: why something does not work, and how to mend it."""

from __future__ import annotations

from deis.parameters import app_option
from deis.program import Command, Noun, pass_session
from deis.session import Session

noun = Noun("doctor", default=None, column=0)


@noun.command(
    "doctor",
    cls=Command,
    usage="[options]",
    summary="Looks at settings, controller, clock, TLS, login, keys, git remote and builder, and says how to mend\n"
    "what is wrong. It changes nothing. The exit code is 1 if something has to be mended.",
    short_help="",
)
@app_option
@pass_session
def doctor(session: Session, *, app: str | None) -> int:
    from deis.checkup import BAD, examine

    findings = []
    for finding in examine(session, app):
        findings.append(finding)
        session.console.print(f"{finding.state:<9}{finding.name:<12}{finding.detail}")
        if finding.fix:
            session.console.print(f"{'':<21}→ {finding.fix}")
        session.console.flush()
    healthy = not any(finding.state == BAD for finding in findings)
    session.console.answer({"healthy": healthy, "checks": [finding._asdict() for finding in findings]})
    return 0 if healthy else 1
