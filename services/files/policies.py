"""Policies of files."""

from tenants.policies import policy

IMAGE_MIB = policy("files.image_mib", 20, "MiB", "[I] a phone's photo is 3 to 12 MiB")
DOCUMENT_MIB = policy("files.document_mib", 40, "MiB", "[I] a scanned file of 200 pages")
STAGED_HOURS = policy("files.staged_hours", 24, "hours", "[I] a patrol is written up the same day")
STAGED_MOST = policy("files.staged_most", 100, "files", "[I] photos of one patrol, several times")
