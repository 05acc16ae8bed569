#!/bin/sh
# Sessions that were held, newest first; those still running are left out
# Set PARLEY_URL, PARLEY_KEY, CONNECTION_ID.
# The key needs the scope meetings:read.
set -eu
curl --silent --show-error --fail-with-body --request GET "$PARLEY_URL/api/v1/connections/$CONNECTION_ID/meetings/history?from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z" \
  --header "Authorization: Bearer $PARLEY_KEY"
