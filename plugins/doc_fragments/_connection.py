# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The options that every module has to reach a tenant."""

    DOCUMENTATION = r"""
options:
  api_url:
    description:
      - The tenant's address, such as V(https://acme.evolux.net.br). A trailing V(/) or V(/api/v1) is accepted.
      - If not set, the value of the environment variable E(EVOLUX_API_URL) is used.
    type: str
    required: true
  api_token:
    description:
      - The tenant's API token. White space around it is ignored.
      - If not set, the value of the environment variable E(EVOLUX_API_TOKEN) is used.
    type: str
    required: true
  validate_certs:
    description:
      - Whether to validate the server's TLS certificate.
      - If not set, the value of the environment variable E(EVOLUX_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - The CA certificates to trust instead of the usual ones. Either a file in PEM format, or a folder of such files
        prepared with C(openssl rehash).
      - If not set, the environment variable E(EVOLUX_CA_PATH) is used, then E(REQUESTS_CA_BUNDLE), then
        E(CURL_CA_BUNDLE).
      - If none of them is set, the module trusts the certificates that this machine trusts, including E(SSL_CERT_FILE)
        and E(SSL_CERT_DIR), and those that come with requests.
    type: path
  timeout:
    description:
      - How many seconds to wait for a connection, and for each part of a response. A whole response may take ten times
        as long.
    type: float
    default: 30.0
  retries:
    description:
      - How many times to retry a request where that is safe. V(0) disables retries.
      - Before the module retries a create, it checks whether the queue exists.
    type: int
    default: 3
  allow_plain_http:
    description:
      - Whether O(api_url) may use V(http://) for a host other than this machine. The token then crosses the network
        unencrypted.
    type: bool
    default: false
requirements:
  - requests >= 2.28
notes:
  - A null or an empty string counts as not set, unless the option says otherwise. AWX surveys and empty environment
    variables send empty strings for what was left blank.
  - Set the token as an option, in C(module_defaults), or in the environment in which Ansible starts, as an AWX
    credential does. The keyword C(environment) of a play or task works too, but with C(-vvv) or more, Ansible itself
    prints its values.
  - The usual environment variables for proxies apply, such as E(HTTPS_PROXY) and E(NO_PROXY). The module doesn't read
    password files (C(.netrc)) and doesn't follow redirects.
"""
