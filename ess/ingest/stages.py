"""Words for stages and kinds of activities as files write them: English, French, Spanish, Portuguese."""

from __future__ import annotations

from functools import cache
from typing import Final

from ess.ingest.cells import key_of

_STAGES: Final = {
    "planned": "planned|plan|pipeline|identification|pipeline identification|pledge|pledged|proposed|"
    "proposal|"
               "prévu|prévue|planifié|planifiée|en préparation|en projet|à venir|identifié|planificado|"
               "planificada|previsto|prevista|en preparación|propuesto|planejado|planejada|planeado|"
               "em preparação|"
               "proposto|not started|non démarré|no iniciado|não iniciado|upcoming|preparation|appraisal|"
               "draft|"
               "in preparation|under preparation|design|formulation|formulación|1",
    "signed": "signed|agreed|approved|committed|commitment|signé|signée|approuvé|approuvée|engagé|firmado|"
    "firmada|"
              "aprobado|aprobada|comprometido|assinado|assinada|aprovado|aprovada|effective|"
              "pipeline commitment|"
              "contracted|conclu",
    "under_way": "under way|underway|ongoing|on going|active|implementation|in implementation|in progress|"
    "current|"
                 "implementing|under implementation|running|started|open|en cours|en exécution|"
                 "en cours d'exécution|"
                 "actif|active|en marche|démarré|en ejecución|en curso|en progreso|activo|activa|vigente|"
                 "en implementación|em execução|em curso|em andamento|ativo|ativa|em implementação|"
                 "on track|2",
    "done": "done|completed|complete|completion|closed|finished|ended|finalised|finalized|finalisation|"
            "finalization|post completion|terminated normally|terminé|terminée|achevé|achevée|clôturé|"
            "clôturée|"
            "clos|réalisé|finalisé|exécuté|cerrado|cerrada|finalizado|finalizada|terminado|terminada|"
            "completado|"
            "concluido|concluida|ejecutado|concluído|concluída|encerrado|encerrada|executado|3|4|past|"
            "archived",
    "suspended": "suspended|on hold|paused|suspendu|suspendue|en suspens|suspendido|suspendida|en pausa|"
    "suspenso|"
                 "suspensa|6",
    "cancelled": "cancelled|canceled|dropped|abandoned|annulé|annulée|abandonné|cancelado|cancelada|"
    "anulado|5|"
                 "terminated|withdrawn|rejected|rejeté|rechazado",
    "unknown": "unknown|not stated|inconnu|desconocido|desconhecido|other|autre|otro|outro",
}  # fmt: skip
"""Words by stage; the numbers are IATI's code list ActivityStatus."""

_TYPES: Final = {
    "agreement": "agreement|memorandum of understanding|mou|convention|accord|protocole d'accord|mémorandum|"
                 "acuerdo|convenio|memorando de entendimiento|acordo|memorando de entendimento|treaty|traité",
    "project": "project|projet|proyecto|projeto|operation|opération|investment",
    "training": "training|formation|capacitación|formación|capacitação|formação|scholarship|scholarships|"
    "bourse|"
                "bourses|beca|becas|bolsa|course|cours|curso|internship|stage|workshop|atelier|taller|"
                "oficina",
    "event": "event|événement|évènement|evento|conference|conférence|conferencia|conferência|forum|foire|"
    "fair|"
             "feria|feira|seminar|séminaire|seminario|seminário|study visit|visite d'étude",
    "programme": "programme|program|programa",
    "participation": "participation|participación|participação",
}  # fmt: skip


@cache
def words_of(meaning: str) -> dict[str, str]:
    """Codes by the key of a word, for a meaning that has common words: ``stage`` and ``type``; else none."""
    listed = {"stage": _STAGES, "type": _TYPES}.get(meaning, {})
    return {key_of(word): code for code, words in listed.items() for word in words.split("|")}
