#!/bin/sh
# The link that opens the meeting with host rights, fetched now
# Set PARLEY_URL, PARLEY_KEY, CONNECTION_ID, MEETING_ID.
# The key needs the scope meetings:write.
set -eu
curl --silent --show-error --fail-with-body --request POST "$PARLEY_URL/api/v1/connections/$CONNECTION_ID/meetings/$MEETING_ID/start" \
  --header "Authorization: Bearer $PARLEY_KEY" \
  --header "Idempotency-Key: ${IDEMPOTENCY_KEY:-$(date +%s)-$$}"
