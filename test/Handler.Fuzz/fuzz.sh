#!/usr/bin/env bash
# Fuzzes the code that reads bytes which a job, a client or a worker can forge, guided by coverage.
# Needs the package SharpFuzz and the tool SharpFuzz.CommandLine.
#   test/Handler.Fuzz/fuzz.sh [MINUTES [FOLDER]]     all targets in parallel, at the lowest priority; findings are in FOLDER/TARGET/findings
#   test/Handler.Fuzz/fuzz.sh minimise [FOLDER]      copies inputs that reach something new from FOLDER/TARGET/corpus into the repository
set -euo pipefail
cd "$(dirname "$0")"
minutes=${1:-60} folder=$(realpath -m "${2:-/tmp/handler-fuzz}") corpus=$PWD/Corpus
mkdir -p "$folder"
[ -x "$folder/tools/sharpfuzz" ] || dotnet tool install SharpFuzz.CommandLine --version 2.3.0 --tool-path "$folder/tools"
if [ ! -d "$folder/bin" ]; then
    # Without precompiled code, which cannot be instrumented.
    dotnet build Handler.Fuzz.csproj -c Release -v q --nologo -p:WorkerReadyToRun=false -p:UseSharedCompilation=true \
        --artifacts-path "$folder/build"
    cp -r "$folder/build/bin/Handler.Fuzz/release" "$folder/bin"
    "$folder/tools/sharpfuzz" "$folder/bin/Handler.Worker.dll"
    "$folder/tools/sharpfuzz" "$folder/bin/Handler.Core.dll"
fi
for target in frames results references calls; do
    if [ "$minutes" = minimise ]; then
        dotnet "$folder/bin/Handler.Fuzz.dll" minimise "$target" "$folder" "$corpus"
    else
        DOTNET_gcServer=0 nice -n 19 dotnet "$folder/bin/Handler.Fuzz.dll" run "$target" "$folder" "$minutes" "$corpus" \
            >>"$folder/$target.log" 2>&1 &
        echo "$target: process $!, log $folder/$target.log"
    fi
done
[ "$minutes" = minimise ] || wait
