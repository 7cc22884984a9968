#!/bin/sh
# Run the tests in two lanes, one for each core: a browser waits, so some others follow it.
# Each lane has a database of its own. What the second lane says comes at the end.
set -u
python=.venv/bin/python
with_the_browser="tests/config tests/directory tests/portal tests/showcase"
said=$(mktemp)

second() {
  $python -m pytest tests/browser
  browser=$?
  $python -m pytest $with_the_browser && [ $browser -eq 0 ]
}

(TEST_LANE=second; export TEST_LANE; second) >"$said" 2>&1 &
lane=$!
trap 'kill $lane 2>/dev/null; rm -f "$said"; exit 130' INT TERM

$python -m pytest --ignore=tests/browser $(printf -- '--ignore=%s ' $with_the_browser)
first=$?
wait $lane
rest=$?
cat "$said"
rm -f "$said"
[ $first -eq 0 ] && [ $rest -eq 0 ]
