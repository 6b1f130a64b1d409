#!/usr/bin/env bash
# Uses the real window for MINUTES (60) on a store of 10,000 patients, over and over:
# search, open a wear, its four views, zoom, write, lock, unlock. It prints how much
# memory the window takes as it goes, and fails where it takes more than 300 MB or a
# tenth more at the end than after the first fifth.
set -euo pipefail
cd "$(dirname "$0")/.."
SCREEN=:96 . scripts/desktop.sh
chapter="a long day"

cli store init --store "$store" --user ruiz --name "Ana Ruiz" --credential MD --recovery-pdf "$work/key.pdf" >/dev/null
HOME=$own_home TRACEDESK_PASSPHRASE=$passphrase go run scripts/fill.go "$store" ruiz "${PATIENTS:-10000}"
open --user ruiz
text "$passphrase"; key Return 4
window_id=$(pgrep -f "^$work/bin/tracedesk-desktop")
resident() { awk '/^VmRSS/{print int($2/1024)}' "/proc/$window_id/status"; }

minutes=${MINUTES:-60}
begun=$(date +%s) measured=0 early=0 most=0 rounds=0
while [ $(($(date +%s) - begun)) -lt $((minutes * 60)) ]; do
	n=$((RANDOM % ${PATIENTS:-10000}))
	key ctrl+h 0.3; click 200 198 0.3; key ctrl+f 0.2; key ctrl+a 0.1; text "family$n "; click 300 250 0.7
	key ctrl+1 0.5; key plus 0.1; key plus 0.1; key Right 0.1; key minus 0.1; key ctrl+2 0.5; key ctrl+3 0.5; key ctrl+4 0.5; key ctrl+s 0.5
	rounds=$((rounds + 1))
	if [ $((rounds % 20)) = 0 ]; then key ctrl+l 1; text "$passphrase"; key Return 3; fi
	now=$(resident)
	[ "$now" -gt "$most" ] && most=$now
	passed=$(($(date +%s) - begun))
	if [ $((passed / 60)) -gt "$measured" ]; then measured=$((passed / 60)); echo "$measured min, $rounds rounds: $now MB"; fi
	if [ "$early" = 0 ] && [ "$passed" -gt $((minutes * 12)) ]; then early=$now; fi
done
picture soak
now=$(resident)
echo "$minutes min, $rounds rounds: $now MB at the end, $most MB at most, $early MB after a fifth"
[ "$most" -le 300 ] || fail "the window took $most MB"
[ "$now" -le $((early + early / 10)) ] || fail "it grows: $early MB, then $now MB"
