"""A WSGI application that says who powers it."""

import os
import sys


def app(environ, start_response):
    print(f"GET {environ['PATH_INFO']}", file=sys.stderr, flush=True)
    body = f"Powered by {os.environ.get('POWERED_BY', 'Deis')}\n".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
