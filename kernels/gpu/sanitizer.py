"""A few of the operators' checks under compute-sanitizer, in a process of their own each."""
import os
import subprocess
import sys

PATIENCE = 120  # seconds of one tool
LAST_LINE = "the part is done"
# How the tool says that it does not work on a machine; it then counts that as errors.
NOT_HERE = "not supported", "nsupported", "Failed to initialize"
OURS = "drcnn::"  # the namespace of all our kernels, of no other


def judge(table, name, code, output):
    """What a tool's output says: findings in torch's own kernels are not ours."""
    said = [line.lstrip("= ") for line in output.splitlines() if line.startswith("=====")]
    ours = [line for line in said if OURS in line]
    summary = [line for line in said if "SUMMARY:" in line]
    refused = [line for line in said if any(text in line for text in NOT_HERE)]
    if ours:
        return table.check(name, False, f"{len(ours)} findings, the first: {ours[0]}")
    if refused:
        return table.note(name, f"not checked: {refused[0]}")
    printed = [line for line in output.splitlines() if line.strip() and not line.startswith("=====")]
    good = code == 0 and LAST_LINE in printed and summary
    table.check(name, good, f"no finding in our kernels; {summary[-1]}" if good else f"ended with {code}: {(printed or said or ['nothing'])[-1]}")


def check(table, device, tool, part):
    """tool: its path or None; part: the command line of a Python script that does a few checks and prints LAST_LINE."""
    for name in ("memcheck", "racecheck"):
        if device != "cuda" or tool is None:
            table.note(name, "not checked: " + ("there is no device" if device != "cuda" else "compute-sanitizer was not found"))
            continue
        command = [tool, "--tool", name, "--report-api-errors", "no", "--show-backtrace", "no", "--print-limit", "1000", sys.executable, *part]
        # Each tensor its own memory: an access beyond it is then seen.
        environment = dict(os.environ, PYTORCH_NO_CUDA_MEMORY_CACHING="1")
        try:
            ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
            judge(table, name, ran.returncode, ran.stdout)
        except subprocess.TimeoutExpired:
            table.check(name, False, f"did not end within {PATIENCE} s")
