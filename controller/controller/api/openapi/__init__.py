"""The API's description, made from the table of routes. Nothing here is imported before somebody asks for it."""
