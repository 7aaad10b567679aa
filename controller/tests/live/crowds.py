"""Rows for lists, in every table that a list is made of: as many as are asked for, written past the API."""

from __future__ import annotations

import psycopg

OWNER = "crowd-owner"
KEY = "crowd-key-1"
CERTIFICATE = "crowd-cert-1"
FINGERPRINT = "crowd:1"
RUN = "crowd-run-1"

STATEMENTS = (
    """INSERT INTO auth_group (name) SELECT 'crowd-' || i FROM numbers""",
    """INSERT INTO deis_user (username, password, first_name, last_name, email, is_superuser, is_staff, is_active,
         date_joined)
       SELECT 'crowd-' || i, '', '', '', '', true, true, true, now() FROM numbers""",
    """INSERT INTO deis_user_groups (user_id, group_id)
       SELECT u.id, g.id FROM deis_user u, auth_group g, numbers WHERE g.name = 'crowd-' || i
       ON CONFLICT DO NOTHING""",
    """INSERT INTO deis_app (id, uuid, owner_id, structure, procfile_structure, created, updated)
       SELECT 'crowd-' || i, gen_random_uuid(), CASE WHEN i % 2 = 0 THEN 'crowd-owner' ELSE 'crowd-1' END,
         '{"web": 1}', '{"web": "run"}', now(), now() FROM numbers""",
    """INSERT INTO deis_app_permission (app_id, user_id)
       SELECT 'crowd-' || i, 'crowd-owner' FROM numbers WHERE i % 2 = 1""",
    """INSERT INTO deis_app_permission (app_id, user_id) SELECT {app}, 'crowd-' || i FROM numbers""",
    """INSERT INTO deis_key (id, uuid, owner_id, public, fingerprint, created, updated)
       SELECT 'crowd-key-' || i, gen_random_uuid(), 'crowd-owner', 'ssh-rsa ' || i, 'crowd:' || i, now(), now()
       FROM numbers""",
    """INSERT INTO deis_key (id, uuid, owner_id, public, fingerprint, created, updated)
       SELECT 'crowds-key-' || i, gen_random_uuid(), 'crowd-' || i, 'ssh-rsa x' || i, 'crowds:' || i, now(), now()
       FROM numbers""",
    """INSERT INTO deis_certificate (name, owner_id, certificate, key, common_name, fingerprint, san, issuer, subject,
         starts, expires, created, updated)
       SELECT 'crowd-cert-' || i, 'crowd-owner', '', '', 'a.example', 'AA', '["a.example"]', '', '', now(), now(),
         now(), now() FROM numbers""",
    """INSERT INTO deis_domain (app_id, owner_id, domain, certificate_id, created, updated)
       SELECT {app}, 'crowd-owner', 'd' || i || '-' || c.id || '.example', c.id, now(), now()
       FROM numbers, deis_certificate c WHERE c.name IN ('crowd-cert-1', 'crowd-cert-' || i)""",
    """INSERT INTO deis_config (uuid, app_id, owner_id, values, memory, cpu, tags, registry, healthcheck,
         lifecycle_post_start, lifecycle_pre_stop, termination_grace_period, created, updated)
       SELECT gen_random_uuid(), {app}, 'crowd-owner', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', now(),
         now() FROM numbers""",
    """INSERT INTO deis_build (uuid, app_id, owner_id, image, sha, procfile, dockerfile, created, updated)
       SELECT gen_random_uuid(), {app}, 'crowd-owner', 'image', '', '{"web": "run"}', '', now(), now() FROM numbers""",
    """INSERT INTO deis_release (uuid, app_id, owner_id, version, summary, state, config_id, build_id, created, updated)
       SELECT gen_random_uuid(), {app}, 'crowd-owner', i, '', 'good', c.uuid, b.uuid, now(), now()
       FROM numbers, (SELECT uuid FROM deis_config LIMIT 1) c, (SELECT uuid FROM deis_build LIMIT 1) b""",
    """INSERT INTO deis_service (app_id, owner_id, name, procfile_type, path_pattern, created, updated)
       SELECT {app}, 'crowd-owner', 'crowd-service-' || i, 'type' || i, '/' || i, now(), now() FROM numbers""",
    """INSERT INTO deis_app_settings (uuid, app_id, owner_id, maintenance, routable, whitelist, autoscale, label,
         created, updated)
       SELECT gen_random_uuid(), {app}, 'crowd-owner', false, true, jsonb_agg('10.0.0.' || i), '{}', '{}', now(), now()
       FROM numbers""",
    """INSERT INTO deis_tls (uuid, app_id, owner_id, created, updated)
       SELECT gen_random_uuid(), {app}, 'crowd-owner', now(), now() FROM numbers""",
    """INSERT INTO deis_run (uuid, app_id, name, requested_by, command, tty, started, detached, holder, held_until,
         start_by, deadline_at, created)
       SELECT gen_random_uuid(), {app}, 'crowd-run-' || i, 'crowd-owner', '', true, true, true, '',
         now() + interval '1 day', now() + interval '1 day', now() + interval '1 day', now() FROM numbers""",
    """INSERT INTO deis_operation (uuid, app_id, app_uuid, kind, state, phase, message, cause, requested_by, priority,
         input, facts, owner, attempt, created)
       SELECT gen_random_uuid(), a.id, a.uuid, 'scale', 'succeeded', '', '', '', 'crowd-owner', 0, '{}', '{}', '', 1,
         now() FROM numbers, deis_app a WHERE a.id = {app}""",
    """INSERT INTO deis_audit (actor, address, agent, action, target, app_id, app_uuid, outcome, details)
       SELECT 'crowd-owner', '10.0.0.1', '', 'scale', '', a.id, a.uuid, 'done', '{}'
       FROM numbers, deis_app a WHERE a.id = {app}""",
)
"""Numbers ``i`` are those of the new rows; ``{app}`` is the app that they belong to."""


def write_crowd(connection: psycopg.Connection, app: str, *, first: int, last: int) -> None:
    """Rows with the numbers ``first`` to ``last`` in every table."""
    numbers = f"CREATE TEMPORARY TABLE numbers AS SELECT generate_series({first}, {last}) AS i"
    for statement in ("DROP TABLE IF EXISTS numbers", numbers, *STATEMENTS):
        connection.execute(statement.replace("{app}", f"'{app}'").encode())
