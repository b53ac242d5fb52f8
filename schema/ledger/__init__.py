"""The ledger in the API: read by those who keep the books, changed by no mutation but one."""
