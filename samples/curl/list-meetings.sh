#!/bin/sh
# Meetings to come and in progress, Parley's and others', as the provider lists them now
# Set PARLEY_URL, PARLEY_KEY, CONNECTION_ID.
# The key needs the scope meetings:read.
set -eu
curl --silent --show-error --fail-with-body --request GET "$PARLEY_URL/api/v1/connections/$CONNECTION_ID/meetings?from=2026-12-01T00:00:00Z&to=2027-01-01T00:00:00Z" \
  --header "Authorization: Bearer $PARLEY_KEY"
