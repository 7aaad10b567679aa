"""Keeps the newest log lines of each app: fluentd's forward protocol in, HTTP out."""
