# The whole way once, with real servers and the sanitizers in, and what a user meets at the command line.

setup() {
    root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
    [ -x "$COFFERDAM_BIN" ] || skip "COFFERDAM_BIN names no program"
    export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
}

@test "a record goes from lab to annotator to training, and every promise of the demo holds" {
    run /usr/bin/python3 "$root/demo/demo.py" --json --tasks 60 --seed 7
    echo "$output"
    [ "$status" -eq 0 ]
    last=$(printf '%s\n' "$output" | tail -n 1)
    [[ "$last" == *'"work_lost": 0'* ]]
    [[ "$last" == *'"identical": 60'* ]]
    [[ "$last" == *'"store_and_gate_readable": 0'* ]]
}

@test "an unknown command is refused with a suggestion, exit 2" {
    run "$COFFERDAM_BIN" tsk next
    [ "$status" -eq 2 ]
    [[ "$output" == *"CFD-USE-001"* ]]
    [[ "$output" == *"did you mean"* ]]
}

@test "every code can be explained, and every command has help" {
    run "$COFFERDAM_BIN" explain CFD-POL-004
    [ "$status" -eq 0 ]
    [[ "$output" == *"somebody else's"* ]]
    "$COFFERDAM_BIN" commands | while read -r noun verb; do
        "$COFFERDAM_BIN" help $noun $verb >/dev/null
    done
}

@test "a missing state directory is an error with a hint, not a guess" {
    run env -u COFFERDAM_STATE "$COFFERDAM_BIN" status
    [ "$status" -eq 2 ]
    [[ "$output" == *"hint: --state DIR"* ]]
}

@test "--json is one object with schema, ok, data and error, also when it fails" {
    run "$COFFERDAM_BIN" explain CFD-NOP-000 --json
    [ "$status" -eq 3 ]
    [[ "$output" == *'"schema":"cofferdam.explain/1","ok":false,"data":null,"error":{"code":"CFD-STO-001"'* ]]
}

@test "a policy with a reserved word is refused by name, with line and column" {
    printf 'policy x 1\n\npermit annotate\n  role annotator\n  read task\n  share vendor 40%%\n' >"$BATS_TEST_TMPDIR/p"
    run "$COFFERDAM_BIN" policy check "$BATS_TEST_TMPDIR/p"
    [ "$status" -eq 5 ]
    [[ "$output" == *"line 6, column 3"* ]]
    [[ "$output" == *"CFD-POL-001"* ]]
}
