"""The program: streams and signals, and the one place where errors become text and exit codes."""

from __future__ import annotations

import codecs
import os
import signal
import sys
from typing import NoReturn

from deis.console import Console
from deis.dispatch import run
from deis.errors import CliError, LoggedError, NoMatchingCommand, UsageError
from deis.settings import Settings


def main() -> NoReturn:
    """Console script ``deis``."""
    try:
        sys.exit(run_guarded(sys.argv[1:]))
    except KeyboardInterrupt:
        die_by(signal.SIGINT)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        die_by(getattr(signal, "SIGPIPE", signal.SIGTERM))


def run_guarded(argv: list[str]) -> int:
    """Run and return the exit code; every error ends as one text on standard error."""
    prepare_streams()
    settings = Settings.from_env(os.environ)
    console = Console(sys.stdin, sys.stdout, sys.stderr)
    try:
        code = run(argv, settings=settings, console=console)
        console.flush()
        return code
    except CliError as error:
        show_traceback(settings)
        console.write_error(render_error(error))
        return error.exit_code
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as error:  # noqa: BLE001  # the outermost
        show_traceback(settings)
        kind = type(error).__name__
        console.write_error(
            f"Error: this is a bug of the client ({kind}: {error}); DEIS_DEBUG=1 shows where\n"
        )
        return 1


def prepare_streams() -> None:
    """UTF-8 whatever the locale says; a stream that the shell has closed becomes ``/dev/null``."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode, encoding="utf-8"))
    codecs.register_error("deis", encode_stray)
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="deis", newline="\n")  # type: ignore[union-attr]


def encode_stray(error: UnicodeError) -> tuple[bytes, int]:
    """Bytes of the shell's words come out as they went in; half a character in JSON becomes a question mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    codes = map(ord, error.object[error.start : error.end])
    raw = (bytes([code - 0xDC00]) if 0xDC80 <= code <= 0xDCFF else b"?" for code in codes)
    return b"".join(raw), error.end


def render_error(error: CliError) -> str:
    if isinstance(error, (UsageError, NoMatchingCommand, LoggedError)):
        return f"{error}\n"
    return f"Error: {error}\n"


def show_traceback(settings: Settings) -> None:
    """For those who look for a bug; the token is hidden by its own type."""
    if settings.debug:
        import traceback

        traceback.print_exc()


def die_by(number: signal.Signals) -> NoReturn:
    """End as a program does that does not catch the signal, so that shells see why."""
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
