#!/bin/sh
# Create a booking page
# Set PARLEY_URL, PARLEY_KEY, CONNECTION_ID.
# The key needs the scope bookings:write.
set -eu
curl --silent --show-error --fail-with-body --request POST "$PARLEY_URL/api/v1/booking-pages" \
  --header "Authorization: Bearer $PARLEY_KEY" \
  --header "Idempotency-Key: ${IDEMPOTENCY_KEY:-$(date +%s)-$$}" \
  --header 'Content-Type: application/json' \
  --data-binary @- <<JSON
{
  "slug": "intro-call",
  "title": "Intro call",
  "description": "Half an hour to get to know each other.",
  "durationMinutes": 30,
  "buffers": {
    "beforeMinutes": 0,
    "afterMinutes": 10
  },
  "schedule": {
    "timeZone": "Europe/Berlin",
    "weekly": [
      {
        "days": [
          "MO",
          "TU",
          "WE",
          "TH"
        ],
        "from": "09:00",
        "to": "17:00"
      },
      {
        "days": [
          "FR"
        ],
        "from": "09:00",
        "to": "12:00"
      }
    ],
    "overrides": [
      {
        "date": "2026-12-24",
        "windows": []
      }
    ]
  },
  "hosts": [
    {
      "connectionId": "$CONNECTION_ID"
    }
  ],
  "whenDisconnected": "hold",
  "locale": "en"
}
JSON
