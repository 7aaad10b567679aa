"""What goes wrong is said in a sentence with the last log lines; the old release serves on; the next good push repairs."""

from __future__ import annotations

from collections.abc import Callable

from drive import Done, Repository

REJECTED = "error: failed to push some refs"
CRASH = "web: python3 -c \"print('out of luck', flush=True); raise SystemExit(3)\"\n"


def assert_refused(done: Done, *sentences: str) -> None:
    assert done.code == 1, done.text
    assert REJECTED in done.text
    for sentence in sentences:
        assert sentence in done.text, done.text


def test_a_build_that_fails_keeps_the_old_release(make_app: Callable[..., Repository]) -> None:
    repository = make_app("nobuild", example="python")
    repository.must_push(2)
    served = repository.fetch().body
    good = (repository.path / "requirements.txt").read_text()
    repository.write({"requirements.txt": "there-is-no-such-package-anywhere==1.2.3\n"})
    assert_refused(
        repository.push(), "there-is-no-such-package-anywhere", "exited with code 1, stopping build."
    )
    assert repository.fetch().body == served
    repository.write({"requirements.txt": good})
    repository.must_push(3)
    assert repository.fetch().status == 200


def test_a_bad_dockerfile_says_which_instruction(make_app: Callable[..., Repository]) -> None:
    repository = make_app("badfile", example="dockerfile")
    repository.write({"Dockerfile": "FROM debian:trixie-slim\nBOGUS command\n"})
    assert_refused(repository.push(), "Unknown instruction: BOGUS", "exited with code 1, stopping build.")


def test_source_that_no_buildpack_takes_is_refused(make_app: Callable[..., Repository]) -> None:
    repository = make_app("nopack")
    repository.write({"notes.txt": "nothing to run here\n"})
    assert_refused(repository.push(), "Unable to select a buildpack", "exited with code 1, stopping build.")


def test_an_app_without_any_process_type_is_refused_with_the_way_out(
    make_app: Callable[..., Repository],
) -> None:
    repository = make_app("notype")
    repository.write({"package.json": '{"name": "nothing", "version": "1.0.0"}\n'})
    assert_refused(repository.push(), "process type", "Procfile")


def test_a_default_process_type_needs_no_procfile(make_app: Callable[..., Repository]) -> None:
    repository = make_app("default")
    server = "require('http').createServer((q, r) => r.end('by default')).listen(process.env.PORT)"
    package = '{"name": "default", "version": "1.0.0", "scripts": {"start": "node server.js"}}\n'
    repository.write({"package.json": package, "server.js": server})
    repository.must_push(2)
    assert repository.fetch().body == "by default"


def test_an_app_that_crashes_on_start_is_told_with_its_last_lines(
    make_app: Callable[..., Repository],
) -> None:
    repository = make_app("crash", example="python")
    repository.must_push(2)
    served = repository.fetch().body
    good = (repository.path / "Procfile").read_text()
    repository.write({"Procfile": CRASH})
    assert_refused(repository.push(), "out of luck", "Rolling back process types to release v2")
    assert repository.fetch().body == served
    repository.write({"Procfile": good})
    repository.must_push(4)
    assert repository.fetch().body == served


def test_a_first_release_that_crashes_is_told_too(make_app: Callable[..., Repository]) -> None:
    repository = make_app("firstcrash", example="python")
    good = (repository.path / "Procfile").read_text()
    repository.write({"Procfile": CRASH})
    assert_refused(repository.push(), "out of luck")
    repository.write({"Procfile": good})
    repository.must_push(3)
    assert repository.fetch().status == 200


def test_an_image_that_cannot_be_pulled_is_named(make_app: Callable[..., Repository], prebuilt: str) -> None:
    repository = make_app("noimage")
    user = repository.user
    user.must("builds:create", prebuilt, "--app", repository.app)
    assert repository.fetch().status == 200
    done = user.deis("builds:create", "nobody/has-this:v9", "--app", repository.app)
    assert done.code == 1
    assert "has-this" in done.err, done.text
    assert repository.fetch().status == 200
    user.must("builds:create", prebuilt, "--app", repository.app)
    assert repository.fetch().status == 200
