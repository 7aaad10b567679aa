"""The program: streams and signals, and the one place where errors become text and exit codes."""

from __future__ import annotations

import codecs
import errno
import gc
import os
import signal
import sys
from typing import NoReturn

from deis.console import Console
from deis.dispatch import run
from deis.errors import CliError, LoggedError, NoMatchingCommand, UsageError
from deis.settings import Settings

GARBAGE = 50_000
"""Objects that may come before Python looks for cycles among them; its own 700 make every import slower."""


def main() -> NoReturn:
    """Console script ``deis``."""
    gc.set_threshold(GARBAGE)
    try:
        leave(run_guarded(sys.argv[1:]))
    except KeyboardInterrupt:
        die_by(signal.SIGINT)
    except BrokenPipeError:
        discard_output()
        die_by(getattr(signal, "SIGPIPE", signal.SIGTERM))
    except OSError:  # standard error can't be written, so nobody can be told
        os._exit(1)


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
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            discard_output()
            console.write_error("Error: no space left on device\n")
            return 1
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


def discard_output() -> None:
    """What was not written by now is not written any more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def leave(code: int) -> NoReturn:
    """End without Python's own tidying, which takes a tenth of a call: all that is left is what was not written."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def die_by(number: signal.Signals) -> NoReturn:
    """End as a program does that does not catch the signal, so that shells see why."""
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
