"""Words of problems, which inputs and other nouns need before the types."""

from schema.organisation.vocabulary import vocabulary
from services.problems.models import (
    NoticeStatus,
    ProblemSource,
    ProblemStatus,
    RectificationMode,
    ViolationType,
)

vocabulary(
    ViolationType,
    "违规类型 — what is alleged or was found",
    UNLICENSED="无证无照 — unlicensed",
    FAKE_DEREGISTRATION="假注销真运营 — fake deregistration",
    OLD_SITE_ENROL_ELSEWHERE="原址招生异地培训 — enrols at the old site, teaches elsewhere",
    NON_SUBJECT_DOING_SUBJECT="非学科类实施学科类培训 — non-subject institution teaching subjects",
    CARE_OR_LUNCH_COVER="借托管或小饭桌之名 — under cover of care or lunch service",
    UNQUALIFIED_TEACHER="无教师资质 — unqualified teacher",
    UNSAFE_OR_HIDDEN_PREMISES="隐蔽或不安全场所 — hidden or unsafe premises",
    ONE_TO_ONE="一对一 — one-to-one",
    ONE_TO_MANY="一对多 — one-to-many",
    FORBIDDEN_TIME="违规时段 — at a forbidden time",
    ONLINE_TRANSFER="转为线上 — moved online",
    TEACHER_MOONLIGHTING_TEACH="在职教师兼职上课 — in-service teacher teaching",
    TEACHER_MOONLIGHTING_REFER="在职教师组织推荐 — in-service teacher referring pupils",
    TEACHER_MOONLIGHTING_LEADS="在职教师介绍生源 — in-service teacher giving leads",
    OVER_COLLECTION="超额收费 — collects too much",
    OFF_ACCOUNT_COLLECTION="账外收费 — collects outside the account",
    EARLY_COLLECTION="提前收费 — collects too early",
    TRAINING_LOAN="培训贷 — training loan",
    REFUND_REFUSAL="拒不退费 — refuses a refund",
    NO_DISCLOSURE="未公示 — no disclosure",
    FALSE_AD="虚假宣传 — false advertising",
    OUTDOOR_AD="户外广告 — outdoor advertising",
    MATERIAL_UNREVIEWED="培训材料未审核 — material not reviewed",
    BEYOND_SYLLABUS="超前超标 — beyond the syllabus",
    ILLEGAL_CONTEST="违规竞赛 — illegal contest",
    FIRE_SAFETY="消防安全 — fire safety",
    CCTV="监控管理 — video surveillance",
    OTHER="其他 — other",
)
vocabulary(
    ProblemSource,
    "问题来源 — how a problem was found",
    PATROL="巡查 — on patrol",
    INSPECTION="检查 — by an inspection",
    CLUE="线索 — by a clue that was verified",
    ALERT="预警 — by an alert",
)
vocabulary(
    ProblemStatus,
    "问题状态 — how far it has come to its write-off",
    FOUND="已发现 — waits to be confirmed",
    DISMISSED="不成立 — dismissed with a reason",
    CONFIRMED="已确认 — waits to be put right or for a notice",
    RECTIFYING="整改中 — a notice runs",
    OVERDUE="整改逾期 — the notice's last day has passed",
    PENDING_RECHECK="待复核 — evidence is in",
    WRITTEN_OFF="已销号 — re-checked and written off",
    ENFORCEMENT="转执法 — not put right in the rounds allowed",
)
vocabulary(
    RectificationMode,
    "整改方式 — how a problem is put right",
    IMMEDIATE="立行立改 — at once, on the spot",
    DEADLINE="限期整改 — by a notice with goal, last day and measures",
)
vocabulary(
    NoticeStatus,
    "通知书状态 — of a rectification notice",
    DRAFT="草稿 — not issued, no number yet",
    ISSUED="已下达 — issued with its number",
)
