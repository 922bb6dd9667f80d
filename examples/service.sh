#!/bin/sh
# One roster from an empty folder to an agent's calendar, over HTTP, with curl alone.
#
#   examples/service.sh             a solve of 60 seconds
#   TIME=15 examples/service.sh     a shorter one
#
# It serves on a spare port of this machine, keeps everything in a folder of its own, and takes both
# away when it ends. Needed: curl, and the project's .venv (see README.md), or `helio` and `python`
# of another environment on PATH. There is no jq in here: python picks the fields out of answers.
set -eu

TIME=${TIME:-60}
here=$(cd "$(dirname "$0")" && pwd)
if [ -x "$here/../.venv/bin/helio" ] && ! command -v helio >/dev/null; then
    PATH="$here/../.venv/bin:$PATH"
fi
for tool in curl helio python; do
    command -v "$tool" >/dev/null || { echo "$tool is missing: see README.md" >&2; exit 2; }
done
for name in $(env | sed -n 's/^\(HELIOTROPE_[A-Z_]*\)=.*/\1/p'); do
    unset "$name" # this server is set up by nothing but what stands here
done

work=$(mktemp -d)
server=
doing="the start"

leave() {
    code=$?
    trap - EXIT
    if [ "$code" -ne 0 ]; then
        echo "FAILED at: $doing" >&2
        [ ! -s "$work/log" ] || { echo "The server's last words:"; tail -n 5 "$work/log"; } >&2
    fi
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
    exit "$code"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Say which step this is; `told` and `tell` say what it brought.
step() {
    doing=$1
    printf '%s\n' "$1"
}

told() {
    printf '    %s\n' "$1"
}

# pick EXPRESSION: evaluate it on the last answer, `it`, whose fields are attributes.
pick() {
    python -c "
import json, sys, types
with open(sys.argv[1], encoding='utf-8') as file:
    it = json.load(file, object_hook=lambda fields: types.SimpleNamespace(**fields))
print($1)" "$work/answer"
}

# Say what an expression on the last answer gives.
tell() {
    text=$(pick "$1")
    told "$text"
}

# ask WHO METHOD PATH [curl's options]: the answer goes to $work/answer, its headers to $work/head.
ask() {
    who=$1 method=$2 path=$3
    shift 3
    status=$(curl --silent --show-error --request "$method" --header "@$work/$who" \
        --dump-header "$work/head" --output "$work/answer" --write-out '%{http_code}' \
        "$@" "$url$path") || { echo "no answer from $method $path" >&2; exit 1; }
    if [ "$status" -ge 400 ]; then
        echo "$method $path answered $status:" >&2
        python -m json.tool "$work/answer" >&2 || cat "$work/answer" >&2
        exit 1
    fi
}

# bearer WHO TOKEN: let `ask WHO` send this token. It stands in a file, because `ps` shows commands.
bearer() {
    printf 'Authorization: Bearer %s\n' "$2" >"$work/$1"
}

: >"$work/nobody"
json="Content-Type: application/json"
port=$(python -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
url=http://127.0.0.1:$port

step "1. Start a server in an empty folder."
mkdir "$work/folder"
(cd "$work/folder" && exec helio serve --port "$port") 2>"$work/log" &
server=$!
tries=0
until curl --silent --fail --output "$work/answer" "$url/ready"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ] || ! kill -0 "$server" 2>/dev/null; then
        echo "the server does not answer at $url/ready" >&2
        exit 1
    fi
    sleep 0.2
done
told "It answers at $url."

step "2. Make the first administrator, by the command that the server printed."
printed=$(sed -n 's/.*\(helio user add NAME --role admin --token\).*/\1/p' "$work/log")
command=$(echo "$printed" | sed 's/NAME/root/')
[ -n "$command" ] || { echo "the server printed no such command" >&2; exit 1; }
token=$(cd "$work/folder" && $command 2>"$work/said") || { cat "$work/said" >&2; exit 1; }
bearer root "$token"
told "$command: $(head -n 1 "$work/said")"
ask root GET /v1/me
tell 'f"The token is good: {it.name} is {it.role}."'

step "3. Import the planning folder examples/dutch-247 as a zip archive."
(cd "$here/dutch-247" && python -m zipfile -c "$work/planning.zip" planning.yaml ./*.csv)
ask root PUT /v1/periods/spring/planning \
    --header 'Content-Type: application/zip' --data-binary "@$work/planning.zip"
tell '"Added: " + ", ".join(f"{each.added} {each.table}" for each in it.changes if each.added)'

step "4. Ask for a solve of $TIME seconds."
ask root POST /v1/solves --header "$json" --header 'Idempotency-Key: first' \
    --data "{\"period_id\": \"spring\", \"time_limit_seconds\": $TIME}"
solve=$(pick it.solve_id)
tell 'f"It is solve {it.solve_id}, and it is {it.state}."'

step "5. Watch it until it ends."
curl --silent --show-error --no-buffer --header "@$work/root" "$url/v1/solves/$solve/events" |
    python -c '
import json, sys
shown = -5.0
for line in sys.stdin:
    name, _, rest = line.rstrip("\n").partition(": ")
    if name == "event":
        event = rest
    if name != "data":
        continue
    data = json.loads(rest)
    if event == "end":
        json.dump(data, open(sys.argv[1], "w"))
    elif data["cost_cents"] is not None and data["seconds"] >= shown + 5:
        shown = data["seconds"]
        gap = "none yet" if data["gap"] is None else format(data["gap"], ".1%")
        cost = data["cost_cents"] / 100
        print(f"    {shown:4.0f} s  cost {cost:12,.2f}  gap {gap}", flush=True)
' "$work/answer"
state=$(pick it.state)
[ "$state" = "done" ] || { echo "it ended so: $(cat "$work/answer")" >&2; exit 1; }
roster=$(pick it.roster_id)
told "Done: roster $roster."

step "6. Read the independent audit of the roster."
ask root GET "/v1/rosters/$roster"
etag=$(sed -n 's/^[Ee][Tt][Aa][Gg]: *\([^[:space:]]*\).*/\1/p' "$work/head")
tell 'f"Cost {it.cost_cents / 100:,.2f}; " + (
    "nothing is proven yet." if it.gap is None else f"none can be more than {it.gap:.1%} cheaper."
)'
hard=$(pick it.hard_findings)
ask root GET "/v1/rosters/$roster/audit"
tell "f'The audit has {len(it.findings)} findings, $hard of them hard.'"

step "7. Publish it, as it was when we read it (ETag $etag)."
ask root POST "/v1/rosters/$roster/publish" --header "If-Match: $etag"
tell 'f"It is {it.state} since {it.published_at}."'

step "8. Let an agent in: the one whose shifts lie in the most time zones."
ask root GET "/v1/rosters/$roster/document"
agent=$(pick 'max(
    sorted({shift.agent_id for shift in it.shifts}),
    key=lambda agent: len({shift.zone for shift in it.shifts if shift.agent_id == agent}),
)')
from=$(pick 'min(shift.start_utc for shift in it.shifts)')
until=$(pick 'max(shift.end_utc for shift in it.shifts)')
password=$(python -c 'import secrets; print(secrets.token_urlsafe(24))')
login="\"name\": \"$agent\", \"password\": \"$password\""
printf '{%s, "role": "agent", "agent_id": "%s"}' "$login" "$agent" >"$work/principal"
printf '{%s}' "$login" >"$work/login"
ask root POST /v1/principals --header "$json" --data "@$work/principal"
ask nobody POST /v1/log-in --header "$json" --data "@$work/login"
token=$(pick it.token)
bearer agent "$token"
told "Agent $agent logged in with a password and has a token."

step "9. Show the agent's own shifts, on the clock of the place of work."
ask agent GET "/v1/me/shifts?from=$from&until=$until"
cp "$work/answer" "$work/shifts.json"
tell 'f"Number of shifts: {len(it.shifts)}. The first: "
    f"{it.shifts[0].start} to {it.shifts[0].end}, {it.shifts[0].zone}."'

step "10. Fetch the agent's calendar by its secret address, without logging in."
ask agent POST /v1/me/tokens --header "$json" --data '{"kind": "calendar"}'
calendar=$(pick it.calendar_path)
ask nobody GET "$calendar"
cp "$work/answer" "$work/shifts.ics"
told "$(wc -c <"$work/shifts.ics" | tr -d ' ') bytes of iCalendar."

step "11. Compare the calendar with the shifts."
said=$(python "$here/check_calendar.py" "$work/shifts.json" "$work/shifts.ics") ||
    { echo "$said" >&2; exit 1; }
told "$said"
doing="the end"
echo "Everything worked."
