#!/bin/sh
# Makes an endpoint; the secret its deliveries are signed with is in this reply only
# Set PARLEY_URL, PARLEY_KEY.
# The key needs the scope webhooks:write.
set -eu
curl --silent --show-error --fail-with-body --request POST "$PARLEY_URL/api/v1/webhooks" \
  --header "Authorization: Bearer $PARLEY_KEY" \
  --header "Idempotency-Key: ${IDEMPOTENCY_KEY:-$(date +%s)-$$}" \
  --header 'Content-Type: application/json' \
  --data-binary @- <<JSON
{
  "url": "https://hooks.example.org/parley",
  "description": "Log meetings in the CRM",
  "events": [
    "meeting.ready",
    "meeting.removed",
    "booking.created"
  ]
}
JSON
