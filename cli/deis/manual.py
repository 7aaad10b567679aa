"""What the help and the reference say beyond usage: examples, and exit codes that mean something of their own.

Imported only where it is shown.
"""

from __future__ import annotations

EXAMPLES: dict[str, tuple[str, ...]] = {
    "apply": ("deis apply -f app.yaml --dry-run", "deis apply -f app.yaml"),
    "apps:create": (
        "deis create shop",
        "deis create shop --no-remote --buildpack https://example.com/pack.git",
    ),
    "apps:list": ("deis apps", "deis apps -o json | jq -r '.results[].id'"),
    "apps:info": ("deis info", "deis info -a shop"),
    "apps:open": ("deis open",),
    "apps:logs": ("deis logs -n 500", "deis logs --follow --process=web,worker", "deis logs --since=2h"),
    "apps:run": ("deis run bash", "deis run -- ls -la", "deis run \"bash -c 'echo hi'\""),
    "apps:runs": ("deis apps:runs",),
    "apps:attach": ("deis apps:attach", "deis apps:attach shop-run-abcde -a shop"),
    "apps:stop": ("deis apps:stop shop-run-abcde -a shop",),
    "apps:destroy": ("deis destroy", "deis destroy -a shop --confirm=shop"),
    "apps:transfer": ("deis apps:transfer bob -a shop",),
    "audit:list": ("deis audit -a shop", "deis audit --all --actor=bob"),
    "auth:register": (
        "deis register https://deis.example.com",
        "deis register https://deis.example.com --username=bob --email=bob@example.com",
    ),
    "auth:login": ("deis login https://deis.example.com", "deis login https://deis.example.com -c staging"),
    "auth:logout": ("deis logout",),
    "auth:passwd": ("deis passwd", "deis passwd --username=bob"),
    "auth:whoami": ("deis whoami", "deis whoami --all"),
    "auth:cancel": ("deis auth:cancel", "deis auth:cancel --username=bob --yes"),
    "auth:regenerate": ("deis auth:regenerate", "deis auth:regenerate -u bob"),
    "autoscale:list": ("deis autoscale -a shop",),
    "autoscale:set": ("deis autoscale:set web --min=2 --max=8 --cpu-percent=60",),
    "autoscale:unset": ("deis autoscale:unset web",),
    "builds:list": ("deis builds -a shop",),
    "builds:create": (
        "deis pull registry.example.com/shop:v1",
        "deis pull registry.example.com/shop:v1 --procfile='web: ./serve'",
    ),
    "certs:list": ("deis certs",),
    "certs:add": ("deis certs:add shop shop.pem shop.key",),
    "certs:remove": ("deis certs:remove shop",),
    "certs:info": ("deis certs:info shop",),
    "certs:attach": ("deis certs:attach shop www.example.com",),
    "certs:detach": ("deis certs:detach shop www.example.com",),
    "completion": (
        "deis completion bash > ~/.deis-completion.bash",
        "deis completion zsh > ~/.deis-completion.zsh",
        "deis completion fish > ~/.config/fish/completions/deis.fish",
    ),
    "config:list": ("deis config", "deis config --oneline -a shop"),
    "config:set": ("deis config:set MODE=production GREETING='Good morning'",),
    "config:unset": ("deis config:unset MODE GREETING",),
    "config:edit": ("deis config:edit", "EDITOR=nano deis config:edit -a shop"),
    "config:pull": ("deis config:pull", "deis config:pull -a shop > shop.env"),
    "config:push": (
        "deis config:push",
        "deis config:push --path=production.env",
        "deis config:push < shop.env",
    ),
    "doctor": ("deis doctor", "deis doctor -a shop"),
    "domains:add": ("deis domains:add www.example.com",),
    "domains:list": ("deis domains -a shop",),
    "domains:remove": ("deis domains:remove www.example.com",),
    "git:remote": ("deis git:remote -a shop", "deis git:remote -a shop --remote=staging --force"),
    "git:remove": ("deis git:remove -a shop",),
    "healthchecks:list": ("deis healthchecks --type=web",),
    "healthchecks:set": (
        "deis healthchecks:set readiness httpGet 5000 --path=/healthz --type=web",
        "deis healthchecks:set liveness exec -- ./check -v",
        "deis healthchecks:set liveness tcpSocket 5000",
    ),
    "healthchecks:unset": ("deis healthchecks:unset liveness readiness --type=web",),
    "keys:list": ("deis keys",),
    "keys:add": (
        "deis keys:add ~/.ssh/id_ed25519.pub",
        "deis keys:add laptop ~/.ssh/id_ed25519.pub",
        "deis keys:add",
    ),
    "keys:remove": ("deis keys:remove laptop",),
    "labels:list": ("deis labels",),
    "labels:set": ("deis labels:set team=frontend",),
    "labels:unset": ("deis labels:unset team",),
    "limits:list": ("deis limits",),
    "limits:set": ("deis limits:set web=256M/512M worker=1G", "deis limits:set --cpu web=250m"),
    "limits:unset": ("deis limits:unset web", "deis limits:unset --cpu web"),
    "maintenance:info": ("deis maintenance",),
    "maintenance:on": ("deis maintenance:on",),
    "maintenance:off": ("deis maintenance:off",),
    "operations:list": ("deis operations -a shop",),
    "operations:info": ("deis operations:info", "deis operations:info 0b9c8a5e-6c4c-4a44-9f0e-3a4f3c1d2e5f"),
    "operations:cancel": ("deis operations:cancel",),
    "operations:wait": ("deis operations:wait --deadline=300",),
    "perms:list": ("deis perms", "deis perms --admin"),
    "perms:create": ("deis perms:create bob", "deis perms:create bob --admin"),
    "perms:delete": ("deis perms:delete bob",),
    "ps:list": ("deis ps -a shop",),
    "ps:restart": ("deis ps:restart", "deis ps:restart web", "deis ps:restart shop-web-5f899ccf6b-hn5hr"),
    "ps:scale": ("deis scale web=3 worker=1", "deis scale web=3 --deadline=120"),
    "registry:list": ("deis registry",),
    "registry:set": ("deis registry:set username=bob password=s3cret",),
    "registry:unset": ("deis registry:unset username password",),
    "releases:list": ("deis releases", "deis releases --limit=5"),
    "releases:info": ("deis releases:info v3",),
    "releases:rollback": ("deis rollback", "deis rollback v3"),
    "routing:info": ("deis routing",),
    "routing:enable": ("deis routing:enable",),
    "routing:disable": ("deis routing:disable",),
    "services:add": ("deis services:add --type --route api /api",),
    "services:list": ("deis services",),
    "services:remove": ("deis services:remove api",),
    "shortcuts:list": ("deis shortcuts",),
    "tags:list": ("deis tags",),
    "tags:set": ("deis tags:set disk=ssd",),
    "tags:unset": ("deis tags:unset disk",),
    "timeouts:list": ("deis timeouts",),
    "timeouts:set": ("deis timeouts:set worker=300",),
    "timeouts:unset": ("deis timeouts:unset worker",),
    "tls:info": ("deis tls",),
    "tls:enable": ("deis tls:enable",),
    "tls:disable": ("deis tls:disable",),
    "top": ("deis top", "deis top web --sort=memory"),
    "users:list": ("deis users",),
    "version": ("deis version --all",),
    "whitelist:list": ("deis whitelist",),
    "whitelist:add": ("deis whitelist:add 10.0.0.0/8,192.0.2.7",),
    "whitelist:remove": ("deis whitelist:remove 192.0.2.7",),
}
"""Command lines as a user types them, for each command; a test reads each by the grammar."""

SUCCESS = (0, "done")
FAILURE = (1, "an error, told in one text on standard error; a wrong command line")
DEADLINE = (124, "`--deadline` is over; what was begun goes on")
_INTERACTIVE = (
    (124, "an interactive run reached its deadline"),
    (125, "an interactive run could not be started"),
    (137, "somebody ended an interactive run"),
)
EXIT_CODES: dict[str, tuple[tuple[int | str, str], ...]] = {
    "apps:attach": (("N", "that of the command in the pod"), *_INTERACTIVE),
    "apps:run": (("N", "that of the command in the pod"), *_INTERACTIVE),
    "auth:cancel": ((0, "also if the question was answered with no"),),
    "doctor": ((1, "also if something has to be mended"),),
}
"""What a command's exit code means beyond success, failure and deadline."""


def list_exit_codes(command: str, *, has_deadline: bool) -> list[tuple[int | str, str]]:
    """All codes with which a command ends."""
    return [SUCCESS, FAILURE, *([DEADLINE] if has_deadline else []), *EXIT_CODES.get(command, ())]
