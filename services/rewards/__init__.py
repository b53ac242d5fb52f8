"""Rewards for reporting: proposed, approved, notified with proof, claimed on site, paid once."""
