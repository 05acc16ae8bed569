#!/bin/sh
# One booking
# Set PARLEY_URL, PARLEY_KEY, BOOKING_ID.
# The key needs the scope bookings:read.
set -eu
curl --silent --show-error --fail-with-body --request GET "$PARLEY_URL/api/v1/bookings/$BOOKING_ID" \
  --header "Authorization: Bearer $PARLEY_KEY"
