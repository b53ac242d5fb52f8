"""The long proofs: `make prove` runs everything marked `prove`, within a budget."""
