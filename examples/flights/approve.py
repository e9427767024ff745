"""Let a model pass only if it is good enough; otherwise fail, and the pipeline with it."""

import argparse
import sys

from flights_io import log_metadata, say


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--auc", type=float, required=True, help="measured on the hold-out month")
    parser.add_argument("--min_auc", type=float, required=True, help="the least that passes")
    arguments = parser.parse_args()

    # Written so that an AUC that is not a number does not pass.
    approved = arguments.auc >= arguments.min_auc
    log_metadata(approved=approved, auc=arguments.auc, min_auc=arguments.min_auc)
    if not approved:
        sys.exit(f"Not approved: an AUC of {arguments.auc:.4f} is below the required {arguments.min_auc:.4f}.")
    say(f"Approved: an AUC of {arguments.auc:.4f} reaches the required {arguments.min_auc:.4f}.")


if __name__ == "__main__":
    main()
