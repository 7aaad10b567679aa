"""What goes on as long as a client stays, without a thread of its own."""
