"""The ledger: accounts, transfers that cannot fail to balance, and a standing proof of it."""
