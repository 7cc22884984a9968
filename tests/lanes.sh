#!/bin/sh
# Run the browser's tests beside all others: a browser waits, and there is a second core.
# Each lane has a database of its own. What the browser's lane says comes at the end.
set -u
python=.venv/bin/python
said=$(mktemp)

TEST_LANE=browser $python -m pytest tests/browser >"$said" 2>&1 &
lane=$!
trap 'kill $lane 2>/dev/null; rm -f "$said"; exit 130' INT TERM

$python -m pytest --ignore=tests/browser
others=$?
wait $lane
browser=$?
cat "$said"
rm -f "$said"
[ $others -eq 0 ] && [ $browser -eq 0 ]
