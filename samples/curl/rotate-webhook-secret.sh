#!/bin/sh
# A new secret, in this reply only; the former one signs as well for a while
# Set PARLEY_URL, PARLEY_KEY, WEBHOOK_ID.
# The key needs the scope webhooks:write.
set -eu
curl --silent --show-error --fail-with-body --request POST "$PARLEY_URL/api/v1/webhooks/$WEBHOOK_ID/rotate-secret" \
  --header "Authorization: Bearer $PARLEY_KEY" \
  --header "Idempotency-Key: ${IDEMPOTENCY_KEY:-$(date +%s)-$$}" \
  --header 'Content-Type: application/json' \
  --data-binary @- <<JSON
{
  "overlapHours": 48
}
JSON
