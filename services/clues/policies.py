"""Policies of clues."""

from services.problems.models import ViolationType
from tenants.policies import policy

REPLY_DAYS = policy("clue.reply_days", 10, "calendar days", "S3-14 “接到举报之日起10日内”")
TRIAGE_DAYS = policy("clue.triage_wd", 1, "working days", "[I] domain §4.5")
REPLY_EXTENSION_DAYS = policy(
    "clue.reply_extension_days", 20, "calendar days", "[I] domain §4.5, approved by a leader"
)

SUBJECT_TRAINING: dict[ViolationType, str] = {
    ViolationType.NON_SUBJECT_DOING_SUBJECT: "S0-8 非学科类机构实施学科类培训",
    ViolationType.CARE_OR_LUNCH_COVER: "S0-8 借校外托管或小饭桌之名",
    ViolationType.ONE_TO_ONE: "S0-8 “一对一”",
    ViolationType.ONE_TO_MANY: "S0-8 “一对多”",
    ViolationType.ONLINE_TRANSFER: "Order 53 art. 18 转线上",
}
"""Conducts that are subject training in a disguise, each with where that is said.

Not among them is what says something of the place, the licence or the hour alone: an unlicensed or
hidden course need not teach school subjects.
"""

SUBJECT_CONDUCTS = policy(
    "clue.subject_conducts",
    [conduct.value for conduct in SUBJECT_TRAINING],
    "list of violation types",
    "S3-13 “学科类违规…一律列入黑名单”; what is one: S0-8, Order 53 art. 18",
)
"""Found, they black-list and make the annual inspection unqualified; all others a notice."""
