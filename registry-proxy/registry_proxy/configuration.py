"""nginx's configuration. Pure.

The registry's address is a variable, so that nginx asks for it again and again: a Service that was made anew
may have another. Nobody may change anything through this door, whatever password the registry would accept.

Source: platform specification, section 11.2.
"""

import base64
import re
from collections.abc import Sequence

from registry_proxy.settings import Settings

READ_TIMEOUT = 900
TEMPLATE = """\
daemon off;
worker_processes 1;
pid {run}/nginx.pid;
error_log stderr warn;
events {{
    worker_connections 1024;
}}
http {{
    access_log off;
    server_tokens off;
    client_body_temp_path {run}/body;
    proxy_temp_path {run}/proxy;
    fastcgi_temp_path {run}/fastcgi;
    uwsgi_temp_path {run}/uwsgi;
    scgi_temp_path {run}/scgi;
{resolver}
    map $http_user_agent $outdated {{
        default 0;
        "~^docker/1\\.[345](\\.|-|$)" 1;
        "~^Go " 1;
    }}
    map $request_method $changing {{
        default 1;
        GET 0;
        HEAD 0;
    }}
    server {{
        listen {bind};
        client_max_body_size 0;
        chunked_transfer_encoding on;
        location = /healthz {{
            return 204;
        }}
        location / {{
            if ($outdated) {{
                return 404;
            }}
            if ($changing) {{
                return 405;
            }}
            set $registry {registry};
            proxy_pass http://$registry;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header Authorization "Basic {credentials}";
            proxy_connect_timeout 10s;
            proxy_read_timeout {timeout};
            proxy_max_temp_file_size 0;
        }}
    }}
}}
"""


def render_configuration(settings: Settings, *, nameservers: Sequence[str]) -> str:
    """Return the text of nginx.conf; it holds the password."""
    pair = f"{settings.username}:{settings.password.reveal()}"
    return TEMPLATE.format(
        run=settings.run_dir,
        resolver=render_resolver(nameservers),
        bind=settings.bind_address,
        registry=f"{settings.registry_host}:{settings.registry_port}",
        credentials=base64.b64encode(pair.encode()).decode(),
        timeout=READ_TIMEOUT,
    )


def render_resolver(nameservers: Sequence[str]) -> str:
    return f"    resolver {' '.join(nameservers)} valid=10s;" if nameservers else ""


def parse_nameservers(resolv_conf: str) -> list[str]:
    """Return the addresses as nginx writes them: those of IPv6 in brackets."""
    addresses = re.findall(r"^\s*nameserver\s+(\S+)", resolv_conf, re.MULTILINE)
    return [f"[{address}]" if ":" in address else address for address in addresses]
