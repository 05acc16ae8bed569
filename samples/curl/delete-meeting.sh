#!/bin/sh
# Remove a meeting; 202 when the provider has not answered in time
# Set PARLEY_URL, PARLEY_KEY, CONNECTION_ID, MEETING_ID.
# The key needs the scope meetings:write.
set -eu
curl --silent --show-error --fail-with-body --request DELETE "$PARLEY_URL/api/v1/connections/$CONNECTION_ID/meetings/$MEETING_ID" \
  --header "Authorization: Bearer $PARLEY_KEY"
