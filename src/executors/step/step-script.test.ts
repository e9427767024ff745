import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { commandOfLine, stepScript } from "./step-script.ts";

describe("a step's script", () => {
  test.each<[readonly string[], readonly string[]]>([
    [
      ["#!/usr/bin/env python3", "x"],
      ["/usr/bin/env", "python3"],
    ],
    [["#!/bin/sh"], ["/bin/sh"]],
    [
      ["#! /usr/bin/awk  -f -x  ", "y"],
      ["/usr/bin/awk", "-f -x"],
    ],
    [["#!/bin/sh\r", "y"], ["/bin/sh"]],
    [["#!python3"], ["python3"]],
  ])("%j picks %j", (command, interpreter) => {
    expect(stepScript({ command }, "/bin/bash")).toEqual({
      text: `${command.join("\n")}\n`,
      interpreter,
      reportsLine: false,
    });
  });

  test.each([[["#!"]], [[" #!/bin/sh"]], [["", "#!/bin/sh"]], [[]]])("%j names no interpreter", (command) => {
    expect(stepScript({ command }, "/x/bash")).toMatchObject({ interpreter: ["/x/bash"], reportsLine: true });
    expect(stepScript({ command }, undefined)).toEqual({
      text: `set -e; ${command.join("\n")}\n`,
      interpreter: ["/bin/sh"],
      reportsLine: false,
    });
  });

  test("a member of a distributed task waits before its first command, on that line", () => {
    const waiting = /^until \[ -e "\$VH_CONFIG_DIR\/distributed.sh" \]; .*; \. "\$VH_CONFIG_DIR\/distributed.sh"; $/;
    const { text } = stepScript({ command: ["a", "b"], awaitsMembers: true }, undefined);
    expect(text.split("\n")).toEqual([expect.stringMatching(/^set -e; until .*; a$/), "b", ""]);
    const { interpreter, text: script } = stepScript(
      { command: ["#!/bin/awk -f", "x"], awaitsMembers: true },
      "/x/bash",
    );
    expect(script).toBe("#!/bin/awk -f\nx\n");
    const [sh, option, before = "", ...rest] = interpreter;
    expect([sh, option, ...rest]).toEqual(["/bin/sh", "-c", "sh", "/bin/awk", "-f"]);
    expect(before.replace('exec "$@"', "")).toMatch(waiting);
  });

  test("a line belongs to the command that holds it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.constantFrom("", "a", "b c"), { minLength: 1 }), { minLength: 1 }),
        (commands) => {
          const command = commands.map((lines) => lines.join("\n"));
          const owners = commands.flatMap((lines, index) => lines.map(() => index + 1));
          expect(owners.map((_, index) => commandOfLine(command, index + 1))).toEqual(owners);
          expect(commandOfLine(command, owners.length + 1)).toBeUndefined();
        },
      ),
    );
  });
});
