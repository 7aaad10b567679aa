"""The git server: takes pushes over SSH, has them built and released."""
