"""What check.py found: printed as it comes, and kept for the JSON file."""
import json
import traceback


class Table:
    def __init__(self):
        self.rows = []
        self.failed = 0

    def note(self, name, text):
        self.rows.append({"name": name, "text": text})
        print(f"{'':6}{name:48} {text}", flush=True)

    def check(self, name, good, detail=""):
        self.rows.append({"name": name, "ok": bool(good), "text": detail})
        self.failed += not good
        print(f"{'ok' if good else 'FAIL':6}{name:48} {detail}", flush=True)

    def part(self, name, work, *arguments):
        """Does a part of the checks; one that breaks off has failed."""
        try:
            work(*arguments)
        except Exception as error:
            self.check(name, False, f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:500]}")
            traceback.print_exc()

    def ratio(self, name, ours, theirs, ratios, target=None):
        """Times in seconds; a target is judged by the median of the rounds' ratios."""
        middle = sorted(ratios)[len(ratios) // 2]
        row = {"name": name, "ours_s": ours, "torchvision_s": theirs, "ratio": middle, "least": min(ratios), "largest": max(ratios),
               "target": target}
        if target:
            row["reached"] = middle >= target
        self.rows.append(row)
        word = "" if target is None else "ok" if middle >= target else "slow"
        print(f"{word:6}{name:48} {1e3 * ours:9.3f} ms   torchvision {1e3 * theirs:9.3f} ms   ratio {middle:.2f} "
              f"({min(ratios):.2f} to {max(ratios):.2f}){'' if target is None else f', wanted {target}'}", flush=True)

    def write(self, path):
        checks = sum("ok" in row for row in self.rows)
        print(f"{checks} checks, {self.failed} failed; {path}")
        with open(path, "w") as file:
            json.dump({"failed": self.failed, "rows": self.rows}, file, indent=1)
