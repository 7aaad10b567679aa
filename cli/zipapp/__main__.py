"""What Python runs first in the one-file client. Any Python can read it, to say that it is too old."""

import sys

if sys.version_info < (3, 10):  # noqa: UP036  # it is the one that asks
    text = "Error: deis needs Python 3.10 or newer, and this is {0} ({1})\n"
    sys.stderr.write(text.format(sys.version.split()[0], sys.executable))
    sys.exit(1)

import unpacked  # type: ignore[import-not-found]  # beside this one in the file

unpacked.enter()

from deis.__main__ import main  # noqa: E402

main()
