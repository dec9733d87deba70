"""./dev bench: runs each benchmark, prints its JSON lines and a table. COFFERDAM_BUILD names the build."""
import json
import os
import subprocess
import sys

build = os.environ.get("COFFERDAM_BUILD", "build")
rows = []
for name in ("bench_seal",):
    out = subprocess.run([os.path.join(build, "bench", name)], capture_output=True, text=True, check=True).stdout
    sys.stdout.write(out)
    rows += [json.loads(line) for line in out.splitlines()]
print(f"\n{'bench':<8}{'bytes':>12}{'seconds':>10}{'primitives':>12}{'ratio':>8}")
for row in rows:
    print(f"{row['bench']:<8}{row['bytes']:>12,}{row['seal_s']:>10.3f}{row['primitives_s']:>12.3f}{row['ratio']:>8.2f}")
