"""What the platform does, one module a noun. Services own transactions and know nothing of HTTP."""
