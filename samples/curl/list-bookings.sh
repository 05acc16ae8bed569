#!/bin/sh
# Bookings by start
# Set PARLEY_URL, PARLEY_KEY.
# The key needs the scope bookings:read.
set -eu
curl --silent --show-error --fail-with-body --request GET "$PARLEY_URL/api/v1/bookings?from=2026-12-01T00:00:00Z&to=2027-01-01T00:00:00Z" \
  --header "Authorization: Bearer $PARLEY_KEY"
