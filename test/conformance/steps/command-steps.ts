import { expect } from "vitest";
import { type ContractResult, type ContractStep, python } from "../contract-step.ts";

function prints(text: string): (result: ContractResult) => void {
  return ({ execution, stdout, stderr }) => {
    expect({ state: execution.state, reason: execution.reason, stdout, stderr }).toEqual({
      state: "complete",
      reason: null,
      stdout: text,
      stderr: "",
    });
  };
}

/** Steps that test how commands are run. */
export const commandSteps: readonly ContractStep[] = [
  {
    name: "commands-share-one-shell",
    step: { command: ["export A=1; B=2", "f() { echo f$A$B; }", "mkdir -p sub && cd sub", "f; basename $PWD"] },
    check: prints("f12\nsub\n"),
  },
  {
    name: "bash-where-there-is-one",
    step: { command: ["echo 'V=from-file' > lib.sh", "source ./lib.sh", '[[ $V == from-* ]] && echo "$V"'] },
    check: prints("from-file\n"),
  },
  {
    name: "a-command-over-several-lines",
    step: { command: "for i in 1 2\ndo\n  echo $i\ndone\ncat <<'E'\n$x `y`\nE" },
    check: prints("1\n2\n$x `y`\n"),
  },
  {
    name: "quotes-of-every-kind",
    step: { command: `echo 'a"b' "c'd" \\" '$HOME' '*'` },
    check: prints(`a"b c'd " $HOME *\n`),
  },
  { name: "unicode-in-commands", step: { command: "echo 'päivää 日本 🚀'" }, check: prints("päivää 日本 🚀\n") },
  {
    name: "a-shebang-picks-the-interpreter",
    step: { command: python("import sys", "print(sys.argv[1:], 6 * 7)") },
    check: prints("[] 42\n"),
  },
  { name: "stdin-is-empty", step: { command: ["cat", "echo end"] }, check: prints("end\n") },
  {
    name: "parameters-are-quoted",
    step: {
      command: "printf '%s|' {parameters}; echo",
      parameters: [
        { name: "text", type: "string", default: `it's "a" $HOME \`x\` *` },
        { name: "whole", type: "integer", default: 3 },
        { name: "share", type: "float", default: 0.5 },
        { name: "verbose", type: "flag", default: true },
        { name: "list", type: "string", multiple: "repeat", default: ["a b", "c"] },
      ],
    },
    check: prints(`--text=it's "a" $HOME \`x\` *|--whole=3|--share=0.5|--verbose|--list=a b|--list=c|\n`),
  },
  {
    name: "one-value-in-a-command",
    step: {
      command: "echo {parameter-value:where}",
      parameters: [{ name: "where", type: "string", default: "here; echo there" }],
    },
    check: prints("here; echo there\n"),
  },
];
