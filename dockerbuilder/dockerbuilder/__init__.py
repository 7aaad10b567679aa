"""Turns a pushed Dockerfile into an image: fetch, build, push, each in its own container."""
