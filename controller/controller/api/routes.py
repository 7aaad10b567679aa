"""Every route of the API, by name. Source: API specification, sections 1.1 and 5."""

from __future__ import annotations

from dataclasses import dataclass

from controller.api import (
    accounts,
    apps,
    audit,
    certificates,
    documents,
    hooks,
    logs,
    operations,
    processes,
    releases,
    routing,
    runs,
)
from controller.api.views import PlatformView


@dataclass(frozen=True)
class Route:
    name: str
    pattern: str
    """Below ``/v2/``. A trailing slash is optional where the pattern says so; nobody is ever redirected."""
    view: type[PlatformView]


APP = r"apps/(?P<app>[a-z0-9-]+)"
USERNAME = r"(?P<username>[\w.@+-]+)"
TYPE = r"(?P<type>[-_\w]+)"
WIDE_TYPE = r"(?P<type>[-_\w.]+)"
NAME = r"(?P<name>[-_\w]+)"
CERTIFICATE = r"(?P<name>[-_*.\w]+)"
DOMAIN = r"(?P<domain>\**\.?[-\._\w]+)"
HOOK_APP = r"(?P<app>[a-z0-9-]+)"

ROUTES = (
    Route("root", r"", accounts.RootView),
    Route("openapi-json", r"openapi\.json", documents.OpenApiJsonView),
    Route("openapi-yaml", r"openapi\.yaml", documents.OpenApiYamlView),
    Route("docs", r"docs/?", documents.DocsView),
    Route("register", r"auth/register/?", accounts.RegisterView),
    Route("login", r"auth/login/", accounts.LoginView),
    Route("whoami", r"auth/whoami/?", accounts.WhoamiView),
    Route("passwd", r"auth/passwd/?", accounts.PasswdView),
    Route("cancel", r"auth/cancel/?", accounts.CancelView),
    Route("tokens", r"auth/tokens/", accounts.TokensView),
    Route("users", r"users/?", accounts.UsersView),
    Route("admins", r"admin/perms/?", accounts.AdminsView),
    Route("admin", rf"admin/perms/{USERNAME}/?", accounts.AdminView),
    Route("keys", r"keys/?", accounts.KeysView),
    Route("key", r"keys/(?P<key>[^\x00]+)", accounts.KeyView),
    Route("certs", r"certs/?", certificates.CertificatesView),
    Route("cert", rf"certs/{CERTIFICATE}/?", certificates.CertificateView),
    Route("cert-domain", rf"certs/{CERTIFICATE}/domain/{DOMAIN}?", certificates.AttachmentView),
    Route("apps", r"apps/?", apps.AppsView),
    Route("app", rf"{APP}/?", apps.AppView),
    Route("perms", rf"{APP}/perms/?", apps.PermsView),
    Route("perm", rf"{APP}/perms/{USERNAME}/?", apps.PermView),
    Route("operations", rf"{APP}/operations/?", operations.OperationsView),
    Route("operation", rf"{APP}/operations/(?P<uuid>[-\w]+)/?", operations.OperationView),
    Route("operation-cancel", rf"{APP}/operations/(?P<uuid>[-\w]+)/cancel/?", operations.CancelView),
    Route("config", rf"{APP}/config/?", releases.ConfigView),
    Route("builds", rf"{APP}/builds/?", releases.BuildsView),
    Route("build", rf"{APP}/builds/(?P<uuid>[-_\w]+)/?", releases.BuildView),
    Route("releases", rf"{APP}/releases/?", releases.ReleasesView),
    Route("release", rf"{APP}/releases/v(?P<version>[0-9]+)/?", releases.ReleaseView),
    Route("rollback", rf"{APP}/releases/rollback/?", releases.RollbackView),
    Route("restart", rf"{APP}/pods/restart/?", processes.RestartView),
    Route("restart-type", rf"{APP}/pods/{WIDE_TYPE}/restart/?", processes.RestartView),
    Route("restart-pod", rf"{APP}/pods/{TYPE}/{NAME}/restart/?", processes.RestartView),
    Route("pods", rf"{APP}/pods/?", processes.PodsView),
    Route("pods-of-type", rf"{APP}/pods/{WIDE_TYPE}/?", processes.PodsView),
    Route("pod", rf"{APP}/pods/{TYPE}/{NAME}/?", processes.PodsView),
    Route("usage", rf"{APP}/usage/?", processes.UsageView),
    Route("usage-of-type", rf"{APP}/usage/{WIDE_TYPE}/?", processes.UsageView),
    Route("scale", rf"{APP}/scale/?", processes.ScaleView),
    Route("run", rf"{APP}/run/?", processes.RunView),
    Route("run-session", rf"{APP}/run/{NAME}/?", runs.RunSessionView),
    Route("run-stop", rf"{APP}/run/{NAME}/stop/?", runs.RunStopView),
    Route("run-attach", rf"{APP}/run/{NAME}/attach/?", runs.RunAttachView),
    Route("logs", rf"{APP}/logs/?", logs.LogsView),
    Route("domains", rf"{APP}/domains/?", routing.DomainsView),
    Route("domain", rf"{APP}/domains/{DOMAIN}/?", routing.DomainView),
    Route("settings", rf"{APP}/settings/?", routing.SettingsView),
    Route("whitelist", rf"{APP}/whitelist/?", routing.WhitelistView),
    Route("services", rf"{APP}/services/?", routing.ServicesView),
    Route("tls", rf"{APP}/tls/?", routing.TLSView),
    Route("app-audit", rf"{APP}/audit/?", audit.AppAuditView),
    Route("audit", r"audit/?", audit.AuditView),
    Route("hook-keys", rf"hooks/keys/{HOOK_APP}/?", hooks.HookKeysView),
    Route("hook-user-keys", rf"hooks/keys/{HOOK_APP}/{USERNAME}", hooks.HookUserKeysView),
    Route("hook-key", r"hooks/key/(?P<fingerprint>[^\x00]+)", hooks.HookKeyView),
    Route("hook-config", r"hooks/config/?", hooks.HookConfigView),
    Route("hook-build", r"hooks/build/?", hooks.HookBuildView),
)
