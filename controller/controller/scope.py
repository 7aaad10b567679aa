"""What a view leaves for the process that carries its answer, under these keys of the request's ASGI scope."""

SCOPE = "asgi.scope"
"""Where the WSGI environment has the scope itself."""
ROUTE = "deis.route"
"""The name of the route that was found."""
