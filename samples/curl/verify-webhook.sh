#!/bin/sh
# Believes a delivery of Parley's or not (Standard Webhooks): exit code 0 if it is ours, fresh and whole.
# The body, byte for byte as it came, on standard input; the headers webhook-id, webhook-timestamp and webhook-signature
# in WEBHOOK_ID, WEBHOOK_TIMESTAMP and WEBHOOK_SIGNATURE; the endpoint's secret (whsec_…) in WEBHOOK_SECRET.
set -eu
now=$(date +%s)
age=$((now - WEBHOOK_TIMESTAMP))
if [ "${age#-}" -gt 300 ]; then
  echo "older, or newer, than five minutes" >&2
  exit 1
fi
key=$(printf %s "${WEBHOOK_SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
right=$({ printf '%s.%s.' "$WEBHOOK_ID" "$WEBHOOK_TIMESTAMP"; cat; } |
  openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64 | tr -d '\n')
# While a secret is being changed there are two signatures, with a blank between.
for one in $WEBHOOK_SIGNATURE; do
  if [ "$one" = "v1,$right" ]; then
    exit 0
  fi
done
echo "no signature of this secret" >&2
exit 1
