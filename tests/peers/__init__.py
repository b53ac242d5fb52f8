"""What a team would pick instead, served beside ours on the same database."""
