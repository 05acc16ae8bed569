#!/bin/sh
# One meeting, by the provider's id or an arrangement id
# Set PARLEY_URL, PARLEY_KEY, CONNECTION_ID, MEETING_ID.
# The key needs the scope meetings:read.
set -eu
curl --silent --show-error --fail-with-body --request GET "$PARLEY_URL/api/v1/connections/$CONNECTION_ID/meetings/$MEETING_ID" \
  --header "Authorization: Bearer $PARLEY_KEY"
