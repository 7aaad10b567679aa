"""One module per noun; each defines ``noun`` and is imported only when its noun is called."""
