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
      - If not given, the environment variable E(EVOLUX_API_URL) is used.
    type: str
    required: true
  api_token:
    description:
      - The tenant's API token. White space around it is ignored.
      - If not given, the environment variable E(EVOLUX_API_TOKEN) is used.
    type: str
    required: true
  validate_certs:
    description:
      - Whether the server's certificate is checked.
      - If not given, the environment variable E(EVOLUX_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - A file of CA certificates in PEM format to trust instead of the usual ones, or a folder of such files on which
        C(openssl rehash) was run.
      - If not given, the environment variable E(EVOLUX_CA_PATH) is used, then E(REQUESTS_CA_BUNDLE) and
        E(CURL_CA_BUNDLE), of which each names such a file or folder, too.
      - If none of them is given, the certificates that this machine trusts, E(SSL_CERT_FILE) and E(SSL_CERT_DIR)
        included, and those that come with requests are trusted.
    type: path
  timeout:
    description:
      - How many seconds to wait for a connection, and between two pieces of an answer. An answer as a whole may take
        ten times as long.
    type: float
    default: 30.0
  retries:
    description:
      - How many times a request is sent again where that is safe. V(0) is never.
      - Before a create is sent again, the module looks whether the queue exists.
    type: int
    default: 3
  allow_plain_http:
    description:
      - Whether O(api_url) may begin with V(http://) for another host than this one. The network then sees the token.
    type: bool
    default: false
requirements:
  - requests >= 2.28
notes:
  - An empty string counts as not given in every option but C(public_number), and a null in every option, since surveys
    and empty environment variables send them for what was left blank.
  - Give the token as an option, in C(module_defaults), or in the environment that Ansible is started in, such as an
    AWX credential's. The keyword C(environment) of a play or task works too, but from C(-vvv) on Ansible itself prints
    what it holds.
  - Proxies are taken from the usual environment variables, such as E(HTTPS_PROXY) and E(NO_PROXY). Files with
    passwords (C(.netrc)) are not read, and redirects are not followed.
"""
