#!/bin/sh
# Call a booking off; a second time changes nothing
# Set PARLEY_URL, PARLEY_KEY, BOOKING_ID.
# The key needs the scope bookings:write.
set -eu
curl --silent --show-error --fail-with-body --request POST "$PARLEY_URL/api/v1/bookings/$BOOKING_ID/cancel" \
  --header "Authorization: Bearer $PARLEY_KEY" \
  --header "Idempotency-Key: ${IDEMPOTENCY_KEY:-$(date +%s)-$$}" \
  --header 'Content-Type: application/json' \
  --data-binary @- <<JSON
{
  "reason": "The project was moved to next year."
}
JSON
