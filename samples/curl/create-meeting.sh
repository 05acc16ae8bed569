#!/bin/sh
# Create a meeting; 202 when the provider has not answered in time
# Set PARLEY_URL, PARLEY_KEY, CONNECTION_ID.
# The key needs the scope meetings:write.
set -eu
curl --silent --show-error --fail-with-body --request POST "$PARLEY_URL/api/v1/connections/$CONNECTION_ID/meetings" \
  --header "Authorization: Bearer $PARLEY_KEY" \
  --header "Idempotency-Key: ${IDEMPOTENCY_KEY:-$(date +%s)-$$}" \
  --header 'Content-Type: application/json' \
  --data-binary @- <<JSON
{
  "subject": "Demo with Alice",
  "startsAt": "2026-12-10T09:00:00Z",
  "durationMinutes": 30,
  "timeZone": "Europe/Berlin",
  "description": "Agenda: the new release.",
  "attendees": [
    {
      "name": "Alice Example",
      "email": "alice@example.org"
    }
  ],
  "reference": {
    "system": "Salesforce",
    "recordType": "Opportunity",
    "recordId": "0065g00000ABCdEAAX",
    "url": "https://example.my.salesforce.com/0065g00000ABCdEAAX"
  }
}
JSON
