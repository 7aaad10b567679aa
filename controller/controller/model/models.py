"""Every model, where Django looks for them."""

from controller.model.accounts import Key, LoginBucket, Token, TokenScope, User
from controller.model.applications import App, AppPermission, Tombstone
from controller.model.audit import AuditEntry
from controller.model.operations import Lease, Operation, OperationState
from controller.model.releases import Build, Config, Release, ReleaseState
from controller.model.routing import TLS, AppSettings, Certificate, Domain, Service
from controller.model.runs import Run

__all__ = [
    "TLS",
    "App",
    "AppPermission",
    "AppSettings",
    "AuditEntry",
    "Build",
    "Certificate",
    "Config",
    "Domain",
    "Key",
    "Lease",
    "LoginBucket",
    "Operation",
    "OperationState",
    "Release",
    "ReleaseState",
    "Run",
    "Service",
    "Token",
    "TokenScope",
    "Tombstone",
    "User",
]
