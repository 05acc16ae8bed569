#!/bin/sh
# A meeting Parley is responsible for, as the ledger knows it
# Set PARLEY_URL, PARLEY_KEY, ARRANGEMENT_ID.
# The key needs the scope meetings:read.
set -eu
curl --silent --show-error --fail-with-body --request GET "$PARLEY_URL/api/v1/arrangements/$ARRANGEMENT_ID" \
  --header "Authorization: Bearer $PARLEY_KEY"
