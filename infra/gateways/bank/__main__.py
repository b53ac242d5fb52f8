"""`python -m infra.gateways.bank --port N --dir FOLDER`: the simulated bank as a process."""

import argparse
from pathlib import Path

from infra.embedded.process import die_with_parent
from infra.gateways.bank.simulator import Bank


def main() -> None:
    """Serve until killed; the books in the folder outlive the process."""
    die_with_parent()
    parser = argparse.ArgumentParser(description="simulated bank")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    arguments = parser.parse_args()
    Bank(arguments.dir, arguments.port).serve_forever()


if __name__ == "__main__":
    main()
