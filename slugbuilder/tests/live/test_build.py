"""Builds with buildpacks that users bring, by real git: what the pusher reads, and what is in the slug."""

from __future__ import annotations

import base64
import io
import os
import socket
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kit.waiting import wait_for
from loopback import find_port
from slugbuilder.__main__ import main
from slugbuilder.build import build
from slugbuilder.environ import build_environ
from slugbuilder.errors import BuildError, StepFailed
from slugbuilder.output import Output
from slugbuilder.settings import Places, Settings

COLUMN_1 = "\x1b[1G"
DETECT = "#!/bin/sh\necho Fancy\n"
RELEASE = "#!/bin/sh\necho 'default_process_types:'\necho '  web: ./serve'\n"
COMPILE = "#!/bin/sh\necho '-----> Compiling'\necho '   twice  '\n"
GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.com",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.com",
}


@dataclass
class Bench:
    """One build: the app's source, its config, a cache, and a buildpack."""

    places: Places
    settings: Settings

    def write(self, name: str, text: str, *, mode: int = 0o644) -> None:
        write(self.places.source / name, text, mode=mode)

    def set_config(self, name: str, text: str) -> None:
        write(self.places.config / name, text)

    def add_buildpack(self, name: str, **programs: str) -> None:
        """A bundled one; programs by name, ``detect`` and so on."""
        for program, text in programs.items():
            write(self.places.buildpacks / name / "bin" / program, text, mode=0o755)

    def build(self) -> str:
        """What is printed on the way, without the escapes that move the cursor."""
        output = io.StringIO()
        environ = build_environ(self.settings, self.places, ca_bundle=None, request_id="r-1")
        try:
            build(self.settings, self.places, environ, Output(output))
        finally:
            self.printed = output.getvalue().replace(COLUMN_1, "")
        return self.printed

    @property
    def slug(self) -> dict[str, str]:
        """Text by name of each file in the slug."""
        with tarfile.open(self.places.results / "slug.tgz") as archive:
            files = [member for member in archive if member.isfile()]
            return {
                member.name.removeprefix("./"): archive.extractfile(member).read().decode()  # type: ignore[union-attr]
                for member in files
            }

    @property
    def procfile(self) -> str:
        return (self.places.results / "Procfile").read_text()


def write(path: Path, text: str, *, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    places = Places(
        workspace=tmp_path / "workspace",
        app=tmp_path / "app",
        temporary=tmp_path / "tmp",
        config=tmp_path / "config",
        urls=tmp_path / "urls",
        buildpacks=tmp_path / "buildpacks",
    )
    for path in (places.source, places.results, places.cache, places.app, places.temporary, places.config):
        path.mkdir(parents=True)
    return Bench(places, Settings(source_version="c3b4e4ba"))


@pytest.fixture
def fancy(bench: Bench) -> Bench:
    """With one bundled buildpack, which takes everything."""
    bench.add_buildpack("01-fancy", detect=DETECT, compile=COMPILE, release=RELEASE)
    return bench


class GitServer:
    """``git daemon`` for the repositories below a directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = find_port()
        command = (
            "git",
            "daemon",
            "--listen=127.0.0.1",
            f"--port={self.port}",
            "--export-all",
            "--reuseaddr",
        )
        self.process = subprocess.Popen((*command, f"--base-path={directory}", str(directory)))
        wait_for(lambda: self._answers() or None, what="git daemon", timeout=20)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def url(self, name: str) -> str:
        return f"git://127.0.0.1:{self.port}/{name}"

    def git(self, name: str, *argv: str) -> str:
        done = subprocess.run(
            ("git", "-C", str(self.directory / name), *argv),
            env=os.environ | GIT,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def commit(self, name: str, says: str) -> str:
        """A commit in which the buildpack's compile says something; returns its id."""
        path = self.directory / name
        if not path.exists():
            path.mkdir()
            self.git(name, "init", "--quiet", "--initial-branch=trunk")
        for program, text in (
            ("detect", DETECT),
            ("compile", f"#!/bin/sh\necho {says}\n"),
            ("release", RELEASE),
        ):
            write(path / "bin" / program, text, mode=0o755)
        self.git(name, "add", ".")
        self.git(name, "commit", "--quiet", "--message", says)
        return self.git(name, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    server = GitServer(tmp_path_factory.mktemp("git"))
    yield server
    server.process.terminate()
    server.process.wait()


def use(bench: Bench, url: str) -> Bench:
    return Bench(bench.places, Settings(source_version="c3b4e4ba", buildpack_url=url))


def test_a_build_from_start_to_end(fancy):
    fancy.write("serve", "#!/bin/sh\n", mode=0o755)
    fancy.write(".git/config", "[core]\n")
    assert fancy.build() == (
        "-----> Fancy app detected\n"
        "-----> Compiling\n"
        "       twice\n"
        "-----> Discovering process types\n"
        "       Default process types for Fancy -> web\n"
    )
    assert fancy.slug == {"serve": "#!/bin/sh\n", ".release": "default_process_types:\n  web: ./serve\n"}
    assert fancy.procfile == "web: ./serve\n"


def test_a_procfile_of_the_app_wins_and_is_in_the_slug(fancy):
    fancy.write("Procfile", "web: ./mine\nworker: ./work\n\nno colon\n")
    printed = fancy.build()
    assert "       Procfile declares types -> web, worker\n" in printed
    assert fancy.procfile == fancy.slug["Procfile"] == "web: ./mine\nworker: ./work\n\nno colon\n"


def test_the_first_buildpack_that_takes_the_source_is_used(fancy):
    fancy.add_buildpack("00-no", detect="#!/bin/sh\nexit 1\n", compile="#!/bin/sh\nexit 9\n")
    fancy.add_buildpack("02-late", detect="#!/bin/sh\necho Late\n", compile="#!/bin/sh\nexit 9\n")
    assert fancy.build().startswith("-----> Fancy app detected\n")


def test_source_that_none_takes(bench):
    bench.add_buildpack("00-no", detect="#!/bin/sh\nexit 1\n")
    with pytest.raises(BuildError, match="Unable to select a buildpack"):
        bench.build()


def test_config_is_files_and_not_environment(fancy):
    value = "two\nlines  "
    fancy.set_config("SECRET_WORD", value)
    fancy.set_config(".hidden", "no variable")
    fancy.add_buildpack(
        "01-fancy",
        compile='#!/bin/sh\ncp -r "$3" "$1/seen"\nenv > "$1/environment"\n',
    )
    fancy.build()
    assert fancy.slug["seen/SECRET_WORD"] == value
    assert "seen/.hidden" not in fancy.slug
    environment = fancy.slug["environment"]
    assert "SECRET_WORD" not in environment
    for line in ("STACK=deis-13", "SOURCE_VERSION=c3b4e4ba", "REQUEST_ID=r-1", f"HOME={fancy.places.app}"):
        assert f"{line}\n" in environment


def test_the_apps_own_hooks(fancy, capfd):
    fancy.write("bin/pre-compile", '#!/bin/sh\necho "   before in $PWD"\ntouch before\n', mode=0o755)
    fancy.write("bin/post-compile", "#!/bin/sh\necho after >&2\ntouch after\n", mode=0o755)
    fancy.add_buildpack("01-fancy", compile='#!/bin/sh\ntest -e "$1/before" && ! test -e "$1/after"\n')
    fancy.build()
    assert capfd.readouterr().out == f"   before in {fancy.places.build_root}\nafter\n"
    assert {"before", "after"} <= set(fancy.slug)


@pytest.mark.parametrize("hook", ["pre-compile", "post-compile"])
def test_a_hook_that_fails_ends_the_build_with_its_status(fancy, hook):
    fancy.write(f"bin/{hook}", "#!/bin/sh\nexit 7\n", mode=0o755)
    with pytest.raises(StepFailed) as failed:
        fancy.build()
    assert failed.value.status == 7


@pytest.mark.parametrize("program", ["compile", "release"])
def test_a_buildpack_that_fails_ends_the_build_with_its_status(fancy, program):
    fancy.add_buildpack("01-fancy", **{program: "#!/bin/sh\nexit 42\n"})
    with pytest.raises(StepFailed) as failed:
        fancy.build()
    assert failed.value.status == 42
    assert not (fancy.places.results / "slug.tgz").exists()


def test_a_slug_leaves_out_what_the_app_says_and_the_build_sees_it(fancy):
    fancy.write(".slugignore", "*.psd\n/docs\ntmp/*\n")
    for name in ("art/logo.psd", "docs/x", "tmp/y", "kept"):
        fancy.write(name, "text")
    fancy.add_buildpack("01-fancy", compile='#!/bin/sh\ncp "$1/art/logo.psd" "$1/seen"\n')
    fancy.build()
    assert {"kept", "seen", ".slugignore"} <= set(fancy.slug)
    assert not {"art/logo.psd", "tmp/y"} & set(fancy.slug)


def test_an_ssh_key_is_there_for_git_and_not_in_the_slug(fancy):
    fancy.set_config("SSH_KEY", base64.b64encode(b"a private key\n").decode())
    fancy.add_buildpack("01-fancy", compile='#!/bin/sh\ncat "$HOME/.ssh/id_rsa"\n')
    assert "       a private key\n" in fancy.build()
    directory = fancy.places.app / ".ssh"
    modes = {path.name: path.stat().st_mode & 0o777 for path in (directory, *directory.iterdir())}
    assert modes == {".ssh": 0o700, "id_rsa": 0o400, "config": 0o600}
    assert not [name for name in fancy.slug if ".ssh" in name]


def test_an_ssh_key_that_is_no_base64_is_named(fancy):
    fancy.set_config("SSH_KEY", "-----BEGIN")
    with pytest.raises(BuildError, match="SSH_KEY is not base64"):
        fancy.build()


def test_a_cache_is_kept_when_it_changes(fancy):
    (fancy.places.workspace / "cache-wanted").touch()
    fancy.add_buildpack("01-fancy", compile='#!/bin/sh\ncp "$1/wheel" "$2/wheel"\n')
    fancy.write("wheel", "1")
    assert fancy.build().startswith(
        "-----> Restoring cache...\n"
        "       No cache file found. If this is the first deploy, it will be created now.\n"
    )
    assert (fancy.places.results / "cache-state").read_text() == "changed"
    with tarfile.open(fancy.places.results / "cache.tgz") as archive:
        assert "./wheel" in archive.getnames()


def test_a_cache_that_stays_as_it_was(fancy):
    for marker in ("cache-wanted", "cache-restored"):
        (fancy.places.workspace / marker).touch()
    write(fancy.places.cache / "wheel", "1")
    assert fancy.build().startswith("-----> Restoring cache...\n       Done!\n")
    assert (fancy.places.results / "cache-state").read_text() == "unchanged"
    assert not (fancy.places.results / "cache.tgz").exists()


def test_a_custom_buildpack_of_the_default_branch_a_branch_a_tag_and_a_commit(bench, server, tmp_path):
    first = server.commit("fancy", "first")
    server.git("fancy", "tag", "v1")
    server.commit("fancy", "second")
    server.git("fancy", "branch", "old", "v1")
    url = server.url("fancy")
    for address, says in (
        (url, "second"),
        (f"{url}#old", "first"),
        (f"{url}#v1", "first"),
        (f"{url}#{first}", "first"),
    ):
        places = Places(**{**vars(bench.places), "temporary": tmp_path / address.replace("/", "_")})
        places.temporary.mkdir()
        printed = use(Bench(places, bench.settings), address).build()
        assert printed.startswith(
            f"-----> Fetching custom buildpack\n-----> Fancy app detected\n       {says}\n"
        )


def test_a_custom_buildpack_is_used_whatever_its_detect_says(bench, server):
    server.commit("stubborn", "hello")
    write(server.directory / "stubborn/bin/detect", "#!/bin/sh\necho Stubborn\nexit 1\n", mode=0o755)
    server.git("stubborn", "commit", "--quiet", "--all", "--message", "no")
    assert "-----> Stubborn app detected\n" in use(bench, server.url("stubborn")).build()


def test_submodules_of_a_custom_buildpack_that_is_given_by_commit(bench, server):
    server.commit("part", "part")
    server.commit("whole", "whole")
    server.git("whole", "submodule", "--quiet", "add", server.url("part"), "part")
    write(
        server.directory / "whole/bin/compile", '#!/bin/sh\nexec "${0%/*}/../part/bin/compile"\n', mode=0o755
    )
    server.git("whole", "commit", "--quiet", "--all", "--message", "with a part")
    address = f"{server.url('whole')}#{server.git('whole', 'rev-parse', 'HEAD')}"
    assert "       part\n" in use(bench, address).build()


@pytest.mark.parametrize("name", ["nothing-here", "small#no-such-branch"])
def test_a_custom_buildpack_that_is_not_there(bench, server, name, capfd):
    if not (server.directory / "small").exists():
        server.commit("small", "small")
    custom = use(bench, server.url(name))
    with pytest.raises(StepFailed) as failed:
        custom.build()
    assert custom.printed == "-----> Fetching custom buildpack\n"
    assert failed.value.status in (1, 128)
    assert capfd.readouterr().out.startswith(("fatal: ", "error: "))


def test_several_buildpacks_one_after_the_other(bench, server):
    server.commit("first", "first")
    write(
        server.directory / "first/bin/compile",
        '#!/bin/sh\necho "TOOLS=\'my tools\'" > "${0%/*}/../export"\n',
        mode=0o755,
    )
    server.git("first", "commit", "--quiet", "--all", "--message", "exports")
    bench.add_buildpack(
        "04-own",
        detect="#!/bin/sh\necho Own\nexit 1\n",
        compile='#!/bin/sh\necho "with $TOOLS"\necho kept > "$1/kept"\n',
        release="#!/bin/sh\necho 'default_process_types: {web: ./own}'\n",
    )
    url = server.url("first")
    bench.write(".buildpacks", f"# two of them\n\n{url}#trunk\nown\n")
    bench.write("bin/pre-compile", "#!/bin/sh\necho before > before\n", mode=0o755)
    assert bench.build() == (
        "-----> Multipack app detected\n"
        f"-----> Fetching custom buildpack {url}#trunk\n"
        "-----> Fancy app detected\n"
        "-----> Own app detected\n"
        "       with my tools\n"
        "-----> Discovering process types\n"
        "       Default process types for Own -> web\n"
    )
    assert {"kept", "before", ".buildpacks"} <= set(bench.slug)
    assert bench.procfile == "web: ./own\n"


def test_a_buildpack_url_wins_over_a_file_of_several(bench, server):
    server.commit("sole", "sole")
    bench.write(".buildpacks", "nothing\n")
    assert "       sole\n" in use(bench, server.url("sole")).build()


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("# none\n", ".buildpacks names no buildpack"),
        ("no-such\n", "there is no built-in buildpack no-such. There are own; others go by address."),
        ("./no-such\n", "git ended with status 128"),
    ],
)
def test_several_buildpacks_that_are_none(bench, text, error):
    bench.add_buildpack("04-own", detect=DETECT)
    bench.write(".buildpacks", text)
    with pytest.raises(BuildError, match=error):
        bench.build()


def test_an_export_that_is_no_shell_ends_the_build(bench):
    bench.add_buildpack("04-own", detect=DETECT, compile='#!/bin/sh\necho "exit 3" > "${0%/*}/../export"\n')
    bench.write(".buildpacks", "own\n")
    with pytest.raises(StepFailed) as failed:
        bench.build()
    assert failed.value.status == 3


@pytest.mark.parametrize(("config", "told"), [({}, "heroku-24"), ({"STACK": "heroku-26"}, "heroku-26")])
def test_public_buildpacks_of_a_pinned_list(bench, server, tmp_path, config, told):
    """One is told the stack that it is made for, unless the app's config names another."""
    name = f"public-{told}"
    server.commit(name, '"STACK=$STACK"')
    server.git(name, "tag", "v7")
    server.commit(name, "newer than the tag")
    listed = tmp_path / "list"
    listed.write_text(f"# one\n\n01-public {server.url(name)} v7 heroku-24\n")
    for _ in range(2):  # the second takes the place of the first
        assert main(["bundle", str(listed), str(bench.places.buildpacks)]) == 0
    assert not (bench.places.buildpacks / "01-public/.git").exists()
    for key, value in config.items():
        bench.set_config(key, value)
    assert f"       STACK={told}\n" in bench.build()


def test_a_pinned_list_that_is_none(bench, tmp_path, capsys):
    listed = tmp_path / "list"
    listed.write_text("01-public an-address\n")
    assert main(["bundle", str(listed), str(bench.places.buildpacks)]) == 1
    assert (
        "Line 1 of the list must have a directory, an address, a tag and a stack." in capsys.readouterr().out
    )
