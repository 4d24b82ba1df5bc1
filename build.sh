#!/usr/bin/env bash
# Builds, tests and runs this repository. Requires only the .NET 10 SDK and git. Each command restores and builds what it needs.
set -euo pipefail
cd "$(dirname "$0")"

usage() {
    cat <<'END'
./build.sh demo                          real hostile input: a table of jobs, limits and outcomes
./build.sh cluster                       the same table across a cluster: a redis-server, two silos, a client
./build.sh pack [DIR]                    the NuGet packages, into DIR (default: artifacts), which serves as a local feed
./build.sh test                          all tests; the last line is "N passed, N failed"
./build.sh bench [--quick] [--json FILE] the figures of bench/RESULTS.md
./build.sh bench --peers                 other libraries that run jobs, measured beside Handler
./build.sh simulate [ARGUMENTS]          a simulated cluster; see test/Handler.Simulation
./build.sh chaos --minutes N --seed S    a real cluster under load while silos and Redis are killed, stopped and restarted
END
}

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

require_sdk() {
    command -v dotnet >/dev/null || { echo "build.sh needs the .NET 10 SDK: dotnet is not on the PATH." >&2; exit 2; }
    dotnet --list-sdks | grep -q '^10\.' && return
    echo "build.sh needs the .NET 10 SDK; installed SDKs: $(dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' ')" >&2
    exit 2
}

# One compiler process serves all projects. If the environment sets UseSharedCompilation to something else than true, the process is
# stopped after the build.
build() {
    local status=0
    echo "Building $1 ..." >&2
    dotnet build "$1" -c Release -v q -clp:NoSummary --nologo -p:UseSharedCompilation=true >&2 || status=$?
    [ "${UseSharedCompilation:-true}" = true ] || dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1 || true
    return $status
}

# run PROJECT [ARGUMENTS]
run() {
    local project=$1
    shift
    [ -d "$project" ] || { echo "This version has no $project." >&2; exit 2; }
    build "$project"
    exec dotnet run -c Release --no-build --project "$project" -- "$@"
}

# The cluster suites start their own Redis.
require_redis() {
    command -v redis-server >/dev/null && return
    local sudo=
    [ "$(id -u)" -eq 0 ] || sudo='sudo -n'
    { $sudo apt-get update -qq && $sudo apt-get install -y -qq --no-install-recommends redis-server; } >/dev/null 2>&1 || true
    command -v redis-server >/dev/null && return
    echo "The cluster suites need redis-server, and it could not be installed: apt-get install redis-server" >&2
    exit 2
}

# pack DIR: each package follows the packages that it refers to.
pack() {
    local directory project
    directory=$(mkdir -p "$1" && cd "$1" && pwd)
    for project in Worker Core Grains.Abstractions Client Grains Tls Silo Cli; do
        echo "Packing Handler.$project ..." >&2
        dotnet pack "src/Handler.$project" -c Release -v q -clp:NoSummary --nologo -o "$directory" >&2
    done
    echo "The packages are in $directory."
}

# counter FILE NAME: prints a number from the summary of a result file
counter() {
    sed -n 's/.*<Counters [^>]*'"$2"'="\([0-9]*\)".*/\1/p' "$1"
}

# Runs the test projects one after the other, because many tests measure time.
run_tests() {
    local results passed=0 failed=0 skipped=0 project name file status all executed good
    results=$(mktemp -d)
    trap "rm -rf '$results'" EXIT
    require_redis
    build Handler.Orleans.sln
    for project in $(grep -l 'Microsoft.NET.Test.Sdk' test/*/*.csproj); do
        name=$(basename "$project" .csproj)
        file=$results/$name.trx
        status=0
        dotnet test "$project" -c Release --no-build --nologo --results-directory "$results" \
            --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" || status=$?
        all=0 executed=0 good=0
        if [ -f "$file" ]; then
            all=$(counter "$file" total) executed=$(counter "$file" executed) good=$(counter "$file" passed)
        fi

        all=${all:-0} executed=${executed:-0} good=${good:-0}
        passed=$((passed + good)) failed=$((failed + executed - good)) skipped=$((skipped + all - executed))
        # A run that crashed, or that ran no test, reports no failed test. It counts as one failure.
        if [ "$executed" -eq 0 ] || { [ "$status" -ne 0 ] && [ "$executed" -eq "$good" ]; }; then
            echo "$name did not complete (exit code $status, $executed tests ran): counted as one failure."
            failed=$((failed + 1))
        fi
    done

    if [ "$skipped" -eq 0 ]; then
        echo "$passed passed, $failed failed"
    else
        echo "$passed passed, $failed failed, $skipped skipped"
    fi

    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

command=${1:-}
[ $# -eq 0 ] || shift
case $command in
    demo) require_sdk; run samples/Handler.Demo "$@" ;;
    cluster) require_sdk; require_redis; run samples/Handler.ClusterDemo "$@" ;;
    test) require_sdk; run_tests ;;
    pack) require_sdk; pack "${1:-artifacts}" ;;
    bench) require_sdk; [[ " $* " == *" --peers "* ]] || require_redis; run bench/Handler.Bench "$@" ;;
    chaos) require_sdk; require_redis; run test/Handler.Chaos "$@" ;;
    simulate) require_sdk; run test/Handler.Simulation "$@" ;;
    *) usage; [ -z "$command" ] || [ "$command" = help ] || exit 2 ;;
esac
