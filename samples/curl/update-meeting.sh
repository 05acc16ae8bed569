#!/bin/sh
# Change a meeting (JSON merge patch)
# Set PARLEY_URL, PARLEY_KEY, CONNECTION_ID, MEETING_ID.
# The key needs the scope meetings:write.
set -eu
curl --silent --show-error --fail-with-body --request PATCH "$PARLEY_URL/api/v1/connections/$CONNECTION_ID/meetings/$MEETING_ID" \
  --header "Authorization: Bearer $PARLEY_KEY" \
  --header 'Content-Type: application/merge-patch+json' \
  --data-binary @- <<JSON
{
  "subject": "Demo with Alice and Bob",
  "durationMinutes": 45
}
JSON
