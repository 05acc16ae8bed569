#!/bin/sh
# Free starts from from (inclusive) to to (exclusive), at most 92 days
# Set PARLEY_URL, SLUG.
set -eu
curl --silent --show-error --fail-with-body --request GET "$PARLEY_URL/api/v1/public/pages/$SLUG/slots?from=2026-12-07T00:00:00Z&to=2026-12-09T00:00:00Z&timeZone=America/New_York"
