"""Policies of the ledger."""

from tenants.policies import policy

CHECK_MINUTES = policy(
    "ledger.check_minutes",
    60,
    "minutes between two checks of the books",
    "[I] trust: invariants are checked by a standing job",
)
