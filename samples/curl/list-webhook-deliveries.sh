#!/bin/sh
# Deliveries, newest first
# Set PARLEY_URL, PARLEY_KEY, WEBHOOK_ID.
# The key needs the scope webhooks:read.
set -eu
curl --silent --show-error --fail-with-body --request GET "$PARLEY_URL/api/v1/webhooks/$WEBHOOK_ID/deliveries" \
  --header "Authorization: Bearer $PARLEY_KEY"
