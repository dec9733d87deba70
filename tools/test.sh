# tools/test.sh, sourced by ./dev: the parts of `./dev test`, each counted by tools/tally.py.

passed=0
failed=0

count() { # NAME KIND FILE STATUS
    local good bad
    read -r good bad < <("$PY" -B tools/tally.py "$2" "$3" "$4")
    passed=$((passed + good))
    failed=$((failed + bad))
    say "$1: $good passed, $bad failed"
}

# Runs and shows a command that prints its own counts.
run_counted() { # NAME KIND COMMAND...
    local name=$1 kind=$2 log status=0
    shift 2
    log=$(mktemp)
    "$@" >"$log" 2>&1 </dev/null || status=$?
    [ "$status" = 0 ] && tail -n 3 "$log" || tail -n 80 "$log"
    count "$name" "$kind" "$log" "$status"
    rm -f "$log"
}

# Tests that wait for daemons more than they compute: three files side by side, each with daemons of its own.
run_waiting() { # NAME FOLDER
    run_counted "$1" pytest "$PY" -B -m pytest -q -p no:cacheprovider -n 3 --dist loadfile "$2"
}

# The programs of a suite, as targets.
suite_targets() { # DIR SUITE
    "$MESON" introspect --tests "$1" | "$PY" -c '
import json, os, sys
for t in json.load(sys.stdin):
    if any(s.split(":")[-1] == sys.argv[2] for s in t["suite"]):
        print(os.path.relpath(t["cmd"][0], sys.argv[1]))' "$root/$1" "$2"
}

run_suite() { # NAME DIR SUITE [COMMAND BEFORE MESON...]
    local name=$1 dir=$2 suite=$3 status=0 log
    shift 3
    rm -f "$dir/meson-logs/testlog.json"
    "$@" "$MESON" test -C "$dir" --no-rebuild --suite "$suite" --print-errorlogs -q \
        --timeout-multiplier 4 >"$dir/test.log" 2>&1 </dev/null || status=$?
    [ "$status" = 0 ] || grep -v '^$' "$dir/test.log" | tail -n 120
    count "$name" meson "$dir/meson-logs/testlog.json" "$status"
}

# Leaks can be looked for only where a process may trace itself, and crypto_init forbids that to all but root.
leaks_seen() {
    local probe=build-asan/leak_probe
    [ -x "$probe" ] || printf '%s\n' '#include <sys/prctl.h>' \
        'int main(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }' |
        "${CC:-cc}" -fsanitize=address -x c - -o "$probe"
    "$probe" >/dev/null 2>&1
}

asan_environment() {
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    export ASAN_OPTIONS=abort_on_error=1:detect_stack_use_after_return=1
    if ! leaks_seen; then
        say "leaks are not looked for here: the leak checker may not trace (it needs CAP_SYS_PTRACE)"
        ASAN_OPTIONS+=:detect_leaks=0
    fi
}

run_threads() {
    configure build-tsan -Db_sanitize=thread $(undefined_allowed) -Dtests=enabled
    compile build-tsan src/cli/cofferdam src/drill/cofferdam-thief $(suite_targets build-tsan threads)
    export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1
    # A random address layout can be one that the sanitizer's shadow does not fit.
    local fixed=()
    setarch -R true 2>/dev/null && fixed=(setarch -R)
    run_suite "threads (tsan)" build-tsan threads "${fixed[@]}"
    COFFERDAM_BIN=$root/build-tsan/src/cli/cofferdam \
        run_counted "all daemons (tsan)" status "${fixed[@]}" "$PY" -B demo/demo.py --json --tasks 60
}

# Lines and branches of floors 0 to 3 that the unit tests and the gates' tests reach; a broken invariant's
# branch is not one.
coverage() {
    configure build-cov -Db_coverage=true -Dbuildtype=debug -Dtests=enabled
    compile build-cov
    find build-cov -name '*.gcda' -delete
    "$MESON" test -C build-cov --no-rebuild -q --timeout-multiplier 4 >build-cov/test.log 2>&1 </dev/null ||
        { tail -n 40 build-cov/test.log; return 1; }
    gcovr -r . build-cov --exclude '.*_test\.[ch]' --exclude '.*/test\.h' \
        --filter 'src/(base|crypto|tlog|record|shares|statement|request|formats|policy|decide|queue|exposure)/' \
        --exclude-branches-by-pattern '.*(assert|HASH_)' --exclude-unreachable-branches \
        --fail-under-line 95 --fail-under-branch 90 --print-summary --output build-cov/coverage.txt
}

# Without sanitizers and as optimised as what ships: what is looked at is the compiler's branches.
run_secrets() {
    configure build-valgrind -Dtests=enabled
    compile build-valgrind tests/secrets/secrets_test
    run_suite "secrets (valgrind)" build-valgrind secrets
}

# A demo's day is recorded and searched, by the programs as they ship: a sanitizer forbids cores by itself.
run_leaks() {
    compile build-valgrind src/cli/cofferdam src/drill/cofferdam-thief
    COFFERDAM_BIN=$root/build-valgrind/src/cli/cofferdam \
        run_counted leaks pytest "$PY" -B -m pytest -q -s -p no:cacheprovider tests/leaks
}

# The sandbox is in what ships alone, not in a build with sanitizers.
run_confined() {
    compile build-valgrind src/cli/cofferdam tests/confine-probe
    COFFERDAM_PLAIN=$root/build-valgrind \
        run_counted confinement pytest "$PY" -B -m pytest -q -p no:cacheprovider tests/confine
}

# In a shell of its own: it has options for the sanitizers.
planted() (
    fuzz_build fuzz/planted_fuzz
    fuzz_control
)

# The programs as they ship, with a library before them that makes calls fail. TRIES (0: as many as SECONDS allow) SECONDS NAME
run_faults() {
    compile build-valgrind src/cli/cofferdam tests/libfaults_shim.so
    COFFERDAM_FAULTS_BUILD=$root/build-valgrind COFFERDAM_FAULT_TRIES=$1 COFFERDAM_FAULT_SECONDS=$2 \
        run_counted "$3" pytest "$PY" -B -m pytest -q -p no:cacheprovider tests/faults
}

run_long() {
    configure build-valgrind -Dtests=enabled
    compile build-valgrind
    local status=0
    rm -f build-valgrind/meson-logs/testlog*.json
    "$MESON" test -C build-valgrind --no-rebuild --suite unit --print-errorlogs -q --timeout-multiplier 40 \
        --wrap 'valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite' \
        >build-valgrind/test.log 2>&1 </dev/null || status=$?
    [ "$status" = 0 ] || tail -n 120 build-valgrind/test.log
    count "unit (valgrind)" meson build-valgrind/meson-logs/testlog-valgrind.json "$status"
    run_counted fuzz status ./dev fuzz 20
    run_faults 0 360 "faults (all)"
    COFFERDAM_IMAGES=100000 run_counted images status build-valgrind/src/sys/sys_log_images_test
    run_counted coverage status coverage
    run_counted mutants status "$PY" -B tools/mutants.py
}

run_tests() { # [--long | --coverage]
    case "${1:-}" in
        '' | --long | --coverage) ;;
        *) die "unknown option '$1'" "./dev test [--long | --coverage]" ;;
    esac
    setup $build_packages $test_packages
    if [ "${1:-}" = --coverage ]; then
        coverage
        return
    fi
    configure build-asan -Db_sanitize=address,undefined $(undefined_allowed) -Dtests=enabled
    compile build-asan
    asan_environment
    export COFFERDAM_BIN=$root/build-asan/src/cli/cofferdam COFFERDAM_BUILD=$root/build-asan
    run_suite "unit (asan, ubsan)" build-asan unit
    run_threads
    run_secrets
    run_leaks
    run_waiting pytest tests/python
    run_waiting attacks tests/attacks
    run_confined
    run_faults 100 240 faults
    PYTHONPATH=python run_counted vectors check "$PY" -B -m cofferdam_format.check tests/vectors
    if [ -x build-asan/tests/cofferdam-vectors ]; then
        run_counted "vectors unchanged" status vectors_check build-asan/tests/cofferdam-vectors
    fi
    if compgen -G 'tests/*.bats' >/dev/null; then
        run_counted bats tap bats --tap tests/*.bats
    fi
    run_counted "planted overrun" status planted
    run_counted lint status "$PY" -B tools/lint.py
    if [ "${1:-}" = --long ]; then run_long; fi
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" != 0 ]
}
