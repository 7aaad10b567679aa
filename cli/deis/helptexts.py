"""The top-level help, and the nouns that exist.

Source: cli specification, sections 1 and 8.1.
"""

NOUNS = (
    "apply",
    "apps",
    "audit",
    "auth",
    "autoscale",
    "builds",
    "certs",
    "completion",
    "config",
    "doctor",
    "domains",
    "git",
    "healthchecks",
    "keys",
    "labels",
    "limits",
    "maintenance",
    "operations",
    "perms",
    "ps",
    "registry",
    "releases",
    "routing",
    "services",
    "shortcuts",
    "tags",
    "timeouts",
    "tls",
    "top",
    "users",
    "version",
    "whitelist",
)

NEWER = ("apply", "audit", "completion", "doctor", "operations", "top")
"""Nouns that the old client did not have: a plugin of such a name goes before."""

HELP = """
The Deis command-line client issues API calls to a Deis controller.

Usage: deis <command> [<args>...]

Options:
  -h --help
    display help information
  -v --version
    display client version
  -c --config=<config>
    path of the configuration file, after the command. Equivalent to
    setting $DEIS_PROFILE. Defaults to ~/.deis/client.json.
    A bare name such as 'prod' means ~/.deis/prod.json.

Auth commands, use 'deis help auth' to learn more::

  register      register a new user with a controller
  login         login to a controller
  logout        logout from the current controller

Subcommands, use 'deis help [subcommand]' to learn more::

  apps          manage applications used to provide services
  autoscale     manage autoscale for applications
  builds        manage builds created using 'git push'
  certs         manage SSL endpoints for an app
  config        manage environment variables that define app config
  domains       manage and assign domain names to your applications
  git           manage git for applications
  healthchecks  manage healthchecks for applications
  keys          manage ssh keys used for 'git push' deployments
  labels        manage labels of application
  limits        manage resource limits for your application
  perms         manage permissions for applications
  ps            manage processes inside an app container
  registry      manage private registry information for your application
  releases      manage releases of an application
  routing       manage routability of an application
  maintenance   manage maintenance mode of an application
  tags          manage tags for application containers
  tls           manage TLS settings for applications
  users         manage users
  version       display client version
  whitelist     manage whitelisted addresses of an application

More subcommands, that not every Deis client has::

  apply         bring an application to the state that a file describes
  audit         list who changed what
  completion    let bash, zsh or fish complete commands of deis
  doctor        find out why something does not work, and how to mend it
  operations    follow and stop what is done to an application
  services      manage services for your applications
  timeouts      manage pods termination grace period
  top           show what processes use of CPU and memory

Shortcut commands, use 'deis shortcuts' to see all::

  create        create a new application
  destroy       destroy an application
  info          view information about the current app
  logs          view aggregated log info for the app
  open          open a URL to the app in a browser
  pull          imports an image and deploys as a new release
  run           run a command in an ephemeral app container
  scale         scale processes by type (web=2, worker=1)

Use 'git push deis master' to deploy to an application.
"""
