"""Templates: what is said, in Chinese, within a length that one SMS may have."""

from collections.abc import Mapping
from enum import StrEnum

MAX_LENGTH = 140
"""Characters; two concatenated Chinese SMS segments of 70 (GSM 03.38 UCS-2)."""


class Template(StrEnum):
    """Names of templates; a message never names a reporter or a subject."""

    CLUE_RECEIVED = "clue.received"
    CLUE_ASSIGNED = "clue.assigned"
    CLUE_INFO_WANTED = "clue.info_wanted"
    CLUE_REPLIED = "clue.replied"


_TEXTS = {
    Template.CLUE_RECEIVED: (
        "【网格】您的举报已收到，编号{ticket}。请妥善保管回执，凭回执查询进展。"
    ),
    Template.CLUE_ASSIGNED: "您有一条新的线索待处理，编号{ticket}。",
    Template.CLUE_INFO_WANTED: "【网格】编号{ticket}的举报需要补充信息，请凭回执查看并补充。",
    Template.CLUE_REPLIED: "【网格】编号{ticket}的举报已有答复，请凭回执查看。",
}


def render(template: Template, params: Mapping[str, str]) -> str:
    """The text. Raises KeyError for a missing parameter, ValueError when it is too long."""
    text = _TEXTS[template].format_map(params)
    if len(text) > MAX_LENGTH:
        raise ValueError(f"template {template} is longer than {MAX_LENGTH} characters")
    return text
