# Copyright (c) 2026, the evolux.contact_center contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of reports, in each language. A "|" parts the form for one from that for several. Pure."""

from __future__ import annotations

from typing import Final

ENGLISH: Final = "en"

TEXTS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "title_audit": "Audit",
        "title_plan": "Plan",
        "title_run": "Changes",
        "tenants": "tenant|tenants",
        "as_listed": "as listed",
        "changed": "changed",
        "would_change": "would change",
        "differs": "differs|differ",
        "failed": "failed",
        "not_reached": "not reached",
        "counts_run": "{create} {queues} created, {update} changed, {archive} archived, {none} unchanged",
        "counts_plan": "{create} {queues} would be created, {update} changed, {archive} archived, {none} unchanged",
        "queues": "queue|queues",
        "create_run": "created",
        "update_run": "changed",
        "archive_run": "archived",
        "create_plan": "to create",
        "update_plan": "to change",
        "archive_plan": "to archive",
        "create_audit": "missing",
        "update_audit": "different",
        "archive_audit": "to be archived",
        "not_listed": "not listed",
        "queue_failed": "failed",
        "not_attempted": "not attempted",
        "attention": "Needs attention",
        "none_needs_attention": "Nothing needs attention.",
        "all_as_listed": "As listed",
        "unlisted_queues": "Queues that aren't listed",
        "error": "Error",
        "what_to_do": "What to do",
        "what_happened": "What happened",
        "fingerprint": "Fingerprint of the plan",
        "no_address": "no address",
        "before": "before",
        "after": "after",
        "none": "(none)",
        "hidden": "(not shown by the API)",
        "slug_to_come": "(new slug)",
        "field_slug": "Slug",
        "field_name": "Name",
        "field_number": "Number",
        "field_public_number": "DID",
        "field_max_wait_time": "Wait time (seconds)",
        "do_auth": "Give the tenant's own API token, and check that it may do this.",
        "do_not_found": "Check the tenant's address, and that what is named there still exists.",
        "do_archived": "Restore the queue in Evolux, or choose another slug.",
        "do_enabled": "Disable the queue in Evolux, then run again.",
        "do_constraint": "Correct the value that the tenant refused.",
        "do_conflict": "Correct the list: two queues can't have the same number or slug.",
        "do_rate_limit": "Wait a while, then run again.",
        "do_unreachable": "Check the address and the network, then run again.",
        "do_redirect": "Give the address to which the tenant points.",
        "do_bad_answer": "Check that the address is a tenant's, and that no proxy answers in its place.",
        "do_ignored": "Look at the queue in Evolux: it doesn't take the value.",
        "do_interrupted": "Run again: the next run finishes the job.",
        "do_stale_plan": "Look at the plan as it is now, and approve that.",
        "do_invalid": "Correct the variables or the list of queues.",
        "do_api": "Read the server's words below.",
        "do_unknown": "Read the message below.",
    },
    "pt-BR": {
        "title_audit": "Auditoria",
        "title_plan": "Plano",
        "title_run": "Alterações",
        "tenants": "tenant|tenants",
        "as_listed": "conforme a lista",
        "changed": "alterado|alterados",
        "would_change": "seria alterado|seriam alterados",
        "differs": "difere|diferem",
        "failed": "falhou|falharam",
        "not_reached": "não alcançado|não alcançados",
        "counts_run": "Filas criadas: {create}, alteradas: {update}, arquivadas: {archive}, sem mudança: {none}",
        "counts_plan": "Filas a criar: {create}, a alterar: {update}, a arquivar: {archive}, sem mudança: {none}",
        "queues": "filas|filas",
        "create_run": "criada|criadas",
        "update_run": "alterada|alteradas",
        "archive_run": "arquivada|arquivadas",
        "create_plan": "a criar",
        "update_plan": "a alterar",
        "archive_plan": "a arquivar",
        "create_audit": "ausente|ausentes",
        "update_audit": "diferente|diferentes",
        "archive_audit": "a arquivar",
        "not_listed": "fora da lista",
        "queue_failed": "falhou|falharam",
        "not_attempted": "não tentada|não tentadas",
        "attention": "Requer atenção",
        "none_needs_attention": "Nada requer atenção.",
        "all_as_listed": "Conforme a lista",
        "unlisted_queues": "Filas fora da lista",
        "error": "Erro",
        "what_to_do": "O que fazer",
        "what_happened": "O que aconteceu (em inglês)",
        "fingerprint": "Impressão digital do plano",
        "no_address": "sem endereço",
        "before": "antes",
        "after": "depois",
        "none": "(vazio)",
        "hidden": "(a API não mostra)",
        "slug_to_come": "(slug novo)",
        "field_slug": "Slug",
        "field_name": "Nome",
        "field_number": "Número",
        "field_public_number": "DID",
        "field_max_wait_time": "Tempo de espera (segundos)",
        "do_auth": "Informe o token de API do próprio tenant e confira se ele tem permissão.",
        "do_not_found": "Confira o endereço do tenant e se o que foi citado ainda existe.",
        "do_archived": "Restaure a fila no Evolux ou escolha outro slug.",
        "do_enabled": "Desative a fila no Evolux e rode de novo.",
        "do_constraint": "Corrija o valor que o tenant recusou.",
        "do_conflict": "Corrija a lista: duas filas não podem ter o mesmo número ou slug.",
        "do_rate_limit": "Espere um pouco e rode de novo.",
        "do_unreachable": "Confira o endereço e a rede e rode de novo.",
        "do_redirect": "Informe o endereço para o qual o tenant aponta.",
        "do_bad_answer": "Confira se o endereço é o de um tenant e se nenhum proxy responde no lugar dele.",
        "do_ignored": "Veja a fila no Evolux: ela não aceita o valor.",
        "do_interrupted": "Rode de novo: a próxima execução termina o trabalho.",
        "do_stale_plan": "Veja o plano como está agora e aprove esse.",
        "do_invalid": "Corrija as variáveis ou a lista de filas.",
        "do_api": "Leia abaixo o que o servidor respondeu.",
        "do_unknown": "Leia a mensagem abaixo.",
    },
}


class Words:
    """The texts of one language."""

    def __init__(self, language: str) -> None:
        self._texts = TEXTS[language]

    def __call__(self, key: str, count: int = 1) -> str:
        """A text, in the form for so many. Raises KeyError if there is none."""
        return self._texts[key].split("|")[0 if count == 1 else -1]

    def error(self, code: str | None) -> str:
        """What to do about an error, by its code."""
        return self._texts.get(f"do_{code}", self._texts["do_unknown"])
