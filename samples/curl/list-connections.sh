#!/bin/sh
# The workspace's connections, oldest first.
# Set PARLEY_URL, PARLEY_KEY.
# The key needs the scope connections:read.
set -eu
curl --silent --show-error --fail-with-body --request GET "$PARLEY_URL/api/v1/connections" \
  --header "Authorization: Bearer $PARLEY_KEY"
