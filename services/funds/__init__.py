"""Supervision of prepaid fees: custody accounts, contracts, lessons, refunds and alerts."""
