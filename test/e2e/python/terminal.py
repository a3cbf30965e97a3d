"""Runs a command in a pseudo-terminal and types what a person would.

usage: terminal.py SCENARIO, a JSON object: command (a list), cwd, env, uid (null: the current user), and steps: pairs of a
text to wait for and of what to type then. Prints JSON: the exit code, and the screen without its colours.
"""

import json
import os
import re
import sys

import pexpect

scenario = json.loads(sys.argv[1])


def become_user() -> None:
    if scenario["uid"] is not None:
        os.setgroups([])
        os.setgid(scenario["uid"])
        os.setuid(scenario["uid"])


file, *args = scenario["command"]
child = pexpect.spawn(
    file,
    args,
    cwd=scenario["cwd"],
    env=scenario["env"],
    preexec_fn=become_user,
    dimensions=(50, 160),
    encoding="utf-8",
    timeout=60,
)
screen = []
for text, keys in scenario["steps"]:
    child.expect_exact(text)
    screen.append(child.before + child.after)
    child.send(keys)
child.expect(pexpect.EOF)
screen.append(child.before)
child.close()
plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", "".join(screen)).replace("\r", "")
print(json.dumps({"code": child.exitstatus, "screen": plain}))
