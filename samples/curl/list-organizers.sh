#!/bin/sh
# Who may organize in the account, by name
# Set PARLEY_URL, PARLEY_KEY, CONNECTION_ID.
# The key needs the scope meetings:read.
set -eu
curl --silent --show-error --fail-with-body --request GET "$PARLEY_URL/api/v1/connections/$CONNECTION_ID/organizers" \
  --header "Authorization: Bearer $PARLEY_KEY"
