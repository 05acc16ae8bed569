#!/bin/sh
# Delivers the same event once more, under the same webhook-id
# Set PARLEY_URL, PARLEY_KEY, WEBHOOK_ID, DELIVERY_ID.
# The key needs the scope webhooks:write.
set -eu
curl --silent --show-error --fail-with-body --request POST "$PARLEY_URL/api/v1/webhooks/$WEBHOOK_ID/deliveries/$DELIVERY_ID/redeliver" \
  --header "Authorization: Bearer $PARLEY_KEY" \
  --header "Idempotency-Key: ${IDEMPOTENCY_KEY:-$(date +%s)-$$}"
