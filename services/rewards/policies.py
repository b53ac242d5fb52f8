"""Policies of rewards; every number has its clause or says that it is ours."""

from tenants.policies import policy

SCHEME = policy(
    "reward.scheme",
    None,
    "object: min_fen, max_fen; null where a tenant has no scheme",
    "S3-12 “200至2000元”; each tenant's own measure, with its validity",
)
MIN_FEN = policy("reward.min_fen", 20_000, "fen", "S3-12 “200至2000元的奖励”")
MAX_FEN = policy("reward.max_fen", 200_000, "fen", "S3-12 “200至2000元的奖励”")
CLAIM_DAYS = policy("reward.claim_wd", 20, "working days", "S3-15 “20个工作日内”")
NOTICE_DAYS = policy("reward.notice_wd", 2, "working days", "[I] SM-6: undelivered → phone task")
ANONYMOUS_ELIGIBLE = policy("reward.anonymous_eligible", False, "bool", "N:foshan, N:huoqiu")
EXPIRY_ACTION = policy("reward.expiry_action", "forfeit", "forfeit or hold", "N:fabao")
APPROVAL_TIERS = policy(
    "reward.approval_tiers",
    [[50_000, "COUNTY_OFFICER"], [300_000, "BUREAU_LEADER"]],
    "list of [most fen, role]",
    "N:zjpolice adapted [I]; above the last tier a meeting decides, not this product",
)
STAFF_CHANNELS = policy(
    "reward.staff_channels",
    ["GRID_PATROL", "INSPECTOR_FEEDBACK"],
    "list of clue channels",
    "N:samr2: staff with the duty to find out are excluded",
)
