"""Policies of problems; the sources give no length of a rectification (domain §5)."""

from tenants.policies import policy

RECTIFY_DAYS = policy("rectify.default_days", 15, "calendar days", "[I] domain §4.4")
MAX_DAYS = policy("rectify.max_days", 30, "calendar days", "[I] domain §4.4")
MAX_ROUNDS = policy("rectify.max_rounds", 2, "rounds of rectification", "[I] domain §5 on S4-7")
EXTENSION_DAYS = policy(
    "rectify.extension_days", 15, "calendar days", "[I] domain §4.4, once, by a leader"
)
