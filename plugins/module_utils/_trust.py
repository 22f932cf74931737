# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: it may change in any release.

"""Which certificates are trusted."""

from __future__ import annotations

import contextlib
import os
import re
import ssl
from pathlib import Path
from typing import Final

try:
    import requests
    from urllib3.util.ssl_ import create_urllib3_context
except ImportError:
    pass  # without them, no connection is made

from ansible_collections.evolux.contact_center.plugins.module_utils._errors import EvoluxError

# The variables that requests and curl use.
BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")


def chosen_bundle(ca_path: str | None) -> tuple[str, str] | None:
    """The option or variable that sets a file or folder to trust instead of all others, and its value."""
    if ca_path:
        return "ca_path", ca_path
    return next(((name, os.environ[name]) for name in BUNDLES if os.environ.get(name)), None)


def tls_context(validate_certs: bool, ca_path: str | None) -> ssl.SSLContext:
    """The context for TLS connections, for any number of them at once.

    If no bundle is set, trust both what this machine trusts and the bundle of requests. Raises EvoluxError (invalid)
    for a bundle without certificates.
    """
    context: ssl.SSLContext = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if validate_certs else ssl.CERT_NONE)
    if not validate_certs:
        return context
    # Like curl: trust an intermediate CA too, and accept a company's CA that lacks extensions.
    context.verify_flags |= getattr(ssl, "VERIFY_X509_PARTIAL_CHAIN", 0x80000)
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0x20)
    if found := chosen_bundle(ca_path):
        _load(context, *found)
    else:
        context.load_default_certs()
        if missing := _missing(requests.utils.DEFAULT_CA_BUNDLE_PATH, ssl.get_default_verify_paths().cafile):
            context.load_verify_locations(cadata=missing)
    return context


def _load(context: ssl.SSLContext, name: str, path: str) -> None:
    def refused(why: str) -> EvoluxError:
        return EvoluxError("invalid", f"{name} {os.path.abspath(path)!r} {why}.")

    try:
        if os.path.isdir(path):
            # OpenSSL only looks for files with such names, and doesn't complain if there are none.
            names = [name for name in os.listdir(path) if re.fullmatch(r"[0-9a-f]{8}\.[0-9]+", name)]
            if not any(os.path.isfile(os.path.join(path, name)) for name in names):
                raise refused(
                    "is a folder in which OpenSSL finds no certificates; run 'openssl rehash' on it, or use a file"
                )
            context.load_verify_locations(capath=path)
            return
        context.load_verify_locations(path)
    except FileNotFoundError:
        raise refused("doesn't exist; set it to a file with CA certificates") from None
    except ssl.SSLError:  # also an OSError
        pass
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise refused(f"can't be read ({why}); set it to a file with CA certificates that this user can read") from None
    if not context.cert_store_stats()["x509"]:
        raise refused("contains no valid certificate; set it to a file with CA certificates in PEM format")


def _missing(bundle: str, loaded: str | None) -> str:
    """The certificates in a file that aren't in another. Most are in both, and OpenSSL takes 0.1 ms to load each."""

    def certificates(path: str) -> dict[str, None]:
        # Comments can have any encoding.
        return dict.fromkeys(_PEM.findall(Path(path).read_text(encoding="latin-1")))

    found: dict[str, None] = {}
    with contextlib.suppress(OSError):
        found = certificates(bundle)
    with contextlib.suppress(OSError):
        for one in certificates(loaded) if loaded else ():
            found.pop(one, None)
    return "\n".join(found)
