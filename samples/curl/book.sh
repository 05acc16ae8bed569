#!/bin/sh
# Book a start; answered at once, the meeting follows
# Set PARLEY_URL, SLUG.
set -eu
curl --silent --show-error --fail-with-body --request POST "$PARLEY_URL/api/v1/public/pages/$SLUG/bookings" \
  --header "Idempotency-Key: ${IDEMPOTENCY_KEY:-$(date +%s)-$$}" \
  --header 'Content-Type: application/json' \
  --data-binary @- <<JSON
{
  "startsAt": "2026-12-07T10:00:00Z",
  "name": "Ada Lovelace",
  "email": "ada@example.org",
  "timeZone": "America/New_York",
  "topic": "A first look at the product"
}
JSON
