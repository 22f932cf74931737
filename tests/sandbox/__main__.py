# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the sandbox: PYTHONPATH=tests python -m sandbox."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import json
import signal
import ssl
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

from . import DIDS
from .app import App


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description="A local tenant with Evolux's queue API.")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8765, help="0 chooses a free port (default: %(default)s)")
    parser.add_argument(
        "--token",
        nargs="+",
        default=["sandbox-token"],
        metavar="T",
        help="the tenants' tokens, one for each tenant (default: sandbox-token)",
    )
    parser.add_argument("--did", nargs="+", default=DIDS, metavar="N", help="the DIDs of each tenant")
    parser.add_argument("--tls-cert", metavar="F", help="serve https with this certificate")
    parser.add_argument("--tls-key", metavar="F", help="its private key")
    parser.add_argument(
        "--switch",
        metavar="NAME=VALUE",
        action="append",
        default=[],
        help="set a switch of the tenants; VALUE is JSON",
    )
    parser.add_argument(
        "--description", metavar="F", help="an OpenAPI description to check requests and answers against"
    )
    arguments = parser.parse_args()
    if bool(arguments.tls_cert) != bool(arguments.tls_key):
        parser.error("--tls-cert and --tls-key go together")
    if not all(arguments.token):
        parser.error("--token must not be empty")
    return arguments


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _serve(arguments: argparse.Namespace, tls: ssl.SSLContext | None) -> None:
    judge = None
    if arguments.description:
        # Only tests use this, and only they have the packages that it needs.
        from .judge import Judge

        judge = Judge(Path(arguments.description))
    app = App(judge)
    switches = {name: _value(text) for name, _equals, text in (each.partition("=") for each in arguments.switch)}
    for token in arguments.token:
        app.add_tenant(token, dids=arguments.did, switches=switches)
    # The short timeout is for requests that hang because of a fault: shutting down doesn't wait for them.
    runner = web.AppRunner(app.web_app(), access_log=None, shutdown_timeout=0.01)
    await runner.setup()
    end = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end.set)
    try:
        await web.TCPSite(runner, arguments.host, arguments.port, ssl_context=tls).start()
        host = f"[{arguments.host}]" if ":" in arguments.host else arguments.host
        url = f"{'https' if tls else 'http'}://{host}:{runner.addresses[0][1]}"
        insecure = " --insecure" if tls else ""
        print(
            f"Evolux sandbox ready on {url}",
            f"token: {', '.join(arguments.token)}",
            f"DIDs: {', '.join(arguments.did)}",
            f"export EVOLUX_API_URL={url} EVOLUX_API_TOKEN={arguments.token[0]}",
            f"curl{insecure} --header 'token: {arguments.token[0]}' {url}/api/v1/queues",
            sep="\n",
            flush=True,
        )
        await end.wait()
    finally:
        await runner.cleanup()
        app.store.close()


def main() -> int | str:
    arguments = _arguments()
    if not _is_loopback(arguments.host):
        return f"sandbox: {arguments.host} is not a loopback address, and the sandbox serves only this machine."
    try:
        tls = None
        if arguments.tls_cert:
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(arguments.tls_cert, arguments.tls_key)
        asyncio.run(_serve(arguments, tls))
    except (OSError, ValueError, OverflowError) as error:
        return f"sandbox: {error}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
