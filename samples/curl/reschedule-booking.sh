#!/bin/sh
# Move a booking; the page's hours, notice and limits hold
# Set PARLEY_URL, PARLEY_KEY, BOOKING_ID.
# The key needs the scope bookings:write.
set -eu
curl --silent --show-error --fail-with-body --request POST "$PARLEY_URL/api/v1/bookings/$BOOKING_ID/reschedule" \
  --header "Authorization: Bearer $PARLEY_KEY" \
  --header "Idempotency-Key: ${IDEMPOTENCY_KEY:-$(date +%s)-$$}" \
  --header 'Content-Type: application/json' \
  --data-binary @- <<JSON
{
  "startsAt": "2026-12-03T09:00:00Z"
}
JSON
