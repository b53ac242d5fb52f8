"""Templates: what is said, in Chinese, within a length that an SMS may have."""

import re
from collections.abc import Mapping
from enum import StrEnum

MAX_LENGTH = 134
"""Characters: two joined segments of 67 UCS-2 characters (3GPP TS 23.040 §9.2.3.24.1)."""

# Capital letters, digits and hyphens, and no mobile number: nothing a person could be known by.
_CODE = re.compile(r"(?!1[3-9][0-9]{9}$)[0-9A-Z][0-9A-Z-]{1,23}")


class Template(StrEnum):
    """Names of templates; a message never names a reporter or a subject (G9)."""

    CLUE_RECEIVED = "clue.received"
    CLUE_ASSIGNED = "clue.assigned"
    CLUE_INFO_WANTED = "clue.info_wanted"
    CLUE_REPLIED = "clue.replied"
    CLUE_TO_SIGN = "clue.to_sign"
    PROBLEM_NOTICE = "problem.notice"
    LESSON_TO_CONFIRM = "lesson.to_confirm"
    LESSON_REMIND = "lesson.remind"
    LESSON_CONFIRMED = "lesson.confirmed"
    REFUND_REQUESTED = "refund.requested"
    REFUND_AGREED = "refund.agreed"
    REFUND_EXECUTED = "refund.executed"
    FEE_UNCLAIMED = "contract.fee_unclaimed"
    FUND_ALERT = "fund.alert"
    REWARD_APPROVED = "reward.approved"
    REWARD_EXPIRED = "reward.expired"
    OVERSIGHT_DRAFTED = "oversight.drafted"
    OVERSIGHT_ISSUED = "oversight.issued"
    DEADLINE_REMIND = "deadline.remind"
    DEADLINE_DUE = "deadline.due"
    DEADLINE_ABOVE = "deadline.above"
    DEADLINE_LEADER = "deadline.leader"
    DEADLINE_VACANT = "deadline.vacant"
    DEADLINE_MOVED = "deadline.moved"
    LEDGER_STOPPED = "ledger.stopped"
    BANK_MISMATCH = "bank.mismatch"


_TEXTS = {
    Template.CLUE_RECEIVED: (
        "【网格】您的举报已收到，编号{ticket}。请妥善保管回执，凭回执查询进展。"
    ),
    Template.CLUE_ASSIGNED: "您有一条新的线索待处理，编号{ticket}。",
    Template.CLUE_INFO_WANTED: "【网格】编号{ticket}的举报需要补充信息，请凭回执查看并补充。",
    Template.CLUE_REPLIED: "【网格】编号{ticket}的举报已有答复，请凭回执查看。",
    Template.CLUE_TO_SIGN: "编号{ticket}的线索已拟定结论，请审阅签署。",
    Template.PROBLEM_NOTICE: "整改通知书（{notice}）已下达，期限{due}，请按期整改并提交佐证。",
    Template.LESSON_TO_CONFIRM: "消课{lesson}待您确认，请于{due}前确认或提出异议，逾期视为确认。",
    Template.LESSON_REMIND: "提醒：消课{lesson}将于{due}届满，届时未答复视为确认。",
    Template.LESSON_CONFIRMED: "消课{lesson}已确认（{how}），资金将拨付机构。",
    Template.REFUND_REQUESTED: "退费申请{refund}已提交，机构应于{due}前答复，逾期视为同意。",
    Template.REFUND_AGREED: "退费申请{refund}已同意（{how}），将退回原付款账户。",
    Template.REFUND_EXECUTED: "退费申请{refund}已由银行退回，请查收。",
    Template.FEE_UNCLAIMED: "合同{contract}有一笔来款未能入账：{reason}。",
    Template.FUND_ALERT: "资金红色预警{alert}：监管账户余额低于未消课资金，请立即核查。",
    Template.REWARD_APPROVED: (
        "【网格】编号{ticket}的事项有奖励待领取，请自收到本通知之日起{days}个工作日内，"
        "凭回执和身份证到受理单位现场办理。"
    ),
    Template.REWARD_EXPIRED: "【网格】编号{ticket}的奖励逾期未领取，已按规定处理。",
    Template.OVERSIGHT_DRAFTED: "有一份督办单草稿待您签发。",
    Template.OVERSIGHT_ISSUED: "收到督办单{number}，请签收并按期书面答复。",
    Template.DEADLINE_REMIND: "提醒：您的待办“{task}”将于{due}到期。",
    Template.DEADLINE_DUE: "您的待办“{task}”已于{due}到期，请尽快办理。",
    Template.DEADLINE_ABOVE: "下级待办“{task}”已于{due}到期仍未办结，请督促。",
    Template.DEADLINE_LEADER: "待办“{task}”已于{due}到期，逐级提醒后仍未办结，请处理。",
    Template.DEADLINE_VACANT: "责任岗位空缺：待办“{task}”期限为{due}，请安排办理。",
    Template.DEADLINE_MOVED: "因法定节假日安排调整，您的待办“{task}”期限改为{due}。",
    Template.LEDGER_STOPPED: "账务核对发现“{finding}”，已停止记账。请核查后由负责人解除。",
    Template.BANK_MISMATCH: "银行对账差异：{kind}，请在对账差异列表中核对处理。",
}


PROVEN = frozenset({Template.REWARD_APPROVED})
"""Notices whose delivery starts a clock, so that the gateway's report is waited for."""

_WORDS: dict[str, str] = {}
_WORD_LENGTH = 24


def speak(words: Mapping[str, str]) -> None:
    """Let messages say keys, as codes, by words of at most 24 characters.

    Raises ValueError for a longer word, or a code that already has another.
    """
    for key, word in words.items():
        if len(word) > _WORD_LENGTH or _WORDS.setdefault(code_of(key), word) != word:
            raise ValueError(f"{key} cannot be told as {word}")


def code_of(key: str) -> str:
    """A key as messages carry it: capital letters and hyphens."""
    return key.upper().replace(".", "-").replace("_", "-")


def spoken(key: str) -> str:
    """The word for a code, or the code itself."""
    return _WORDS.get(code_of(key), key)


class UnfitParameter(ValueError):
    """A parameter is missing, unknown, or could name a person."""


def parameters(template: Template) -> frozenset[str]:
    """The names of the parameters that a template needs."""
    return frozenset(re.findall(r"{(\w+)}", _TEXTS[template]))


def render(template: Template, params: Mapping[str, str]) -> str:
    """The text. Raises UnfitParameter unless the parameters are exactly the template's, as codes.

    A code is 2 to 24 capital letters, digits and hyphens; so the text stays within MAX_LENGTH.
    """
    wanted = parameters(template)
    if wanted != set(params):
        raise UnfitParameter(f"{template} takes {', '.join(sorted(wanted))}")
    for name, value in params.items():
        if not _CODE.fullmatch(value):
            # The value stays out of the message: it may be what must not be told.
            raise UnfitParameter(f"{template}: {name} is no code")
    spoken = {name: _WORDS.get(value, value) for name, value in params.items()}
    return _TEXTS[template].format_map(spoken)
