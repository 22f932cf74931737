# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tenant a host of the role is, and whether its variables are spelled correctly. Pure: no Ansible, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ansible_collections.evolux.contact_center.plugins.module_utils._address import address

# The connection options. The role takes each from the variable of that name with the prefix "evolux_".
CONNECTION: Final = ("api_url", "api_token", "validate_certs", "ca_path", "timeout", "retries", "allow_plain_http")
# Every variable of the role, its playbooks and its job templates. A test compares this with their documentation.
VARIABLES: Final = frozenset(
    (
        *(f"evolux_{option}" for option in CONNECTION),
        "evolux_archive_unlisted",
        "evolux_archive_unlisted_limit",
        "evolux_audit_ignore_unlisted",
        "evolux_concurrency",
        "evolux_csv_file",
        "evolux_expected_plan",
        "evolux_expected_plans",
        "evolux_export_file",
        "evolux_export_folder",
        "evolux_export_overwrite",
        "evolux_hosts",
        "evolux_import_file",
        "evolux_import_ignore",
        "evolux_import_sheet",
        "evolux_import_slugs",
        "evolux_queue_clear_public_number",
        "evolux_queue_max_wait_time",
        "evolux_queue_name",
        "evolux_queue_number",
        "evolux_queue_public_number",
        "evolux_queue_slug",
        "evolux_queue_state",
        "evolux_queues",
        "evolux_report_file",
        "evolux_report_language",
        "evolux_run_in_worker",
        "evolux_schema",
        "evolux_spare_number",
        "evolux_tenant_file",
        "evolux_update_max_wait_time",
    )
)
_TYPING_ERRORS: Final = 2  # letters


def is_blank(value: object) -> bool:
    """Whether a value counts as not given, such as those from surveys and empty environment variables."""
    return value is None or (isinstance(value, str) and not value.strip())


def connection(host: str, given: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, str]:
    """A host's address and token (api_url, api_token): both from its variables, or both from the environment.

    given: the host's variables evolux_api_url and evolux_api_token, without their prefix.
    Raises ValueError, with what to do, rather than send a token to an address that it wasn't given for.
    """
    url, token = given.get("api_url"), given.get("api_token")
    env_url, env_token = environment.get("EVOLUX_API_URL"), environment.get("EVOLUX_API_TOKEN")
    if is_blank(url):
        if host != "localhost":
            raise ValueError(f"{host} has no evolux_api_url; set it in the host's variables, together with its token.")
        if not is_blank(token):
            raise ValueError("evolux_api_token is set without evolux_api_url; set the address that the token is for.")
        if missing := [name for name in ("EVOLUX_API_URL", "EVOLUX_API_TOKEN") if is_blank(environment.get(name))]:
            raise ValueError(
                f"No tenant is set: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing; "
                "export EVOLUX_API_URL and EVOLUX_API_TOKEN, or set evolux_api_url and evolux_api_token."
            )
        return {"api_url": str(env_url), "api_token": str(env_token)}
    if not is_blank(token):
        return {"api_url": str(url), "api_token": str(token)}
    if is_blank(env_token):
        why = "EVOLUX_API_TOKEN isn't set"
    elif is_blank(env_url):
        why = "EVOLUX_API_TOKEN is for an unknown address because EVOLUX_API_URL isn't set"
    elif not same_address(str(url), str(env_url)):
        why = f"EVOLUX_API_TOKEN is for {env_url}, not for {url}"
    else:
        return {"api_url": str(url), "api_token": str(env_token)}
    raise ValueError(f"{host} has no evolux_api_token, and {why}; set the token in the host's variables.")


def same_address(one: str, other: str) -> bool:
    """Whether two texts are the same tenant's address, even if they are written differently."""
    return address(one) == address(other)


def misspelt(names: Iterable[str]) -> dict[str, str]:
    """The unknown variables that are one or two letters away from one that the role knows, each with that one."""
    found = {}
    for name in names:
        if name in VARIABLES:
            continue
        for distance in range(1, _TYPING_ERRORS + 1):
            if near := [known for known in sorted(VARIABLES) if is_near(name, known, distance)]:
                found[name] = near[0]
                break
    return found


def is_near(one: str, other: str, distance: int) -> bool:
    """Whether leaving out, adding, replacing or swapping at most that many letters turns one text into the other."""
    if abs(len(one) - len(other)) > distance:
        return False
    same = next((index for index, (a, b) in enumerate(zip(one, other)) if a != b), min(len(one), len(other)))
    one, other = one[same:], other[same:]
    if not one or not other:
        return True
    return distance > 0 and (
        is_near(one[1:], other, distance - 1)
        or is_near(one, other[1:], distance - 1)
        or is_near(one[1:], other[1:], distance - 1)
        or (one[:2] == other[1::-1] and is_near(one[2:], other[2:], distance - 1))
    )
