#!/usr/bin/env bash
# Tries whether the tests see faults. Each patch of scripts/mutations is a fault of one
# line, and names the test that must turn red. They are applied one by one in a copy of
# the tree; the tree itself is not touched.
#
#   scripts/mutate.sh                all
#   scripts/mutate.sh gap clock      those whose names hold one of the words
set -uo pipefail
cd "$(dirname "$0")/.."
GO=${GO:-go}
patches=$PWD/scripts/mutations
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | xargs -0 tar -c 2>/dev/null | tar -x -C "$copy"
cd "$copy"

wanted() {
	[ $# = 1 ] && return
	local name=$1 word
	shift
	for word in "$@"; do
		case $name in *"$word"*) return ;; esac
	done
	return 1
}

survived=0 stale=0 killed=0
for patch in "$patches"/*.patch; do
	name=$(basename "$patch" .patch)
	wanted "$name" "$@" || continue
	fault=$(sed -n 's/^Fault: //p' "$patch")
	read -r package test < <(sed -n 's/^Test: //p' "$patch")
	if ! git apply "$patch" 2>/dev/null; then
		echo "stale     $name: the code has moved on; write the patch anew"
		stale=$((stale + 1))
		continue
	fi
	out=$($GO test -trimpath -count=1 -run "^$test\$" "$package" 2>&1)
	status=$?
	git apply -R "$patch"
	if [ $status = 0 ]; then
		echo "SURVIVED  $name: $fault $package $test stays green."
		survived=$((survived + 1))
	elif ! grep -q -- "--- FAIL: $test" <<<"$out"; then
		echo "stale     $name: the test did not fail by itself:"
		tail -5 <<<"$out"
		stale=$((stale + 1))
	else
		echo "seen      $name: $test"
		killed=$((killed + 1))
	fi
done
echo "$killed seen, $survived survived, $stale stale"
[ $((survived + stale)) = 0 ] && [ $killed != 0 ]
