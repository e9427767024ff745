import { readdirSync } from "node:fs";
import { join } from "node:path";
import { askProgram, findProgram, pythonQuestion } from "../../ask-program.ts";
import { HeadraceError } from "../../errors.ts";

/** A Python of this machine. */
export interface Interpreter {
  /** The installation's own program by its real path, not that of a virtual environment made from it. */
  readonly path: string;
  readonly version: string;
  readonly platform: string;
}

type Variables = Readonly<Record<string, string>>;

const MARK = "headrace-python: ";
const PROBE = `import json, os, sys, sysconfig
print()
print("${MARK}" + json.dumps([os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable), "%d.%d.%d" % sys.version_info[:3], sysconfig.get_platform()]))`;

/** A busy machine may take a second for each of the programs that a version manager puts in between. */
const PATIENCE_MS = 60_000;

/** Finds a Python of the wanted version (`3.11` or `3.11.7`; any Python 3 if none is wanted). */
export async function findInterpreter(wanted: string | undefined, environment: Variables): Promise<Interpreter> {
  if (wanted !== undefined && !/^\d+(\.\d+){0,2}$/.test(wanted)) {
    throw new HeadraceError("HR_PYTHON_ENVIRONMENT", `${JSON.stringify(wanted)} is not a Python version`, {
      hint: 'write it like "3.11" (with quotes) or "3.11.7"',
    });
  }
  const found = new Set<string>();
  const silent: string[] = [];
  for (const candidate of candidates(wanted, environment)) {
    const interpreter = await probe(candidate, environment);
    if (interpreter === "late") silent.push(candidate);
    if (interpreter === undefined || interpreter === "late") continue;
    if (fits(interpreter.version, wanted ?? "3")) return interpreter;
    found.add(interpreter.version);
  }
  if (silent.length > 0) {
    throw new HeadraceError(
      "HR_PYTHON_ENVIRONMENT",
      `${silent.join(" and ")} did not answer within ${PATIENCE_MS / 1000} s`,
      {
        hint: "see whether it hangs (`python3 --version`), then run again",
      },
    );
  }
  const name = wanted === undefined ? "Python 3" : `Python ${wanted}`;
  const instead = found.size === 0 ? "" : `; this machine has ${[...found].join(", ")}`;
  throw new HeadraceError("HR_PYTHON_ENVIRONMENT", `${name} was not found${instead}`, {
    hint: `install it (for example: uv python install ${wanted ?? "3.12"}), put it on PATH, or change python.version`,
  });
}

function fits(version: string, wanted: string): boolean {
  return version === wanted || version.startsWith(`${wanted}.`);
}

/** Programs that may be it, likeliest first: by name on PATH, then where version managers keep theirs. */
function candidates(wanted: string | undefined, environment: Variables): readonly string[] {
  const searchPath = environment.PATH ?? "";
  const minor = wanted === undefined ? undefined : /^\d+\.\d+/.exec(wanted)?.[0];
  const names = [...(minor === undefined ? [] : [`python${minor}`]), "python3", "python"];
  const onPath = names.map((name) => findProgram(name, searchPath)).filter((path) => path !== undefined);
  return wanted === undefined ? onPath : [...onPath, ...managed(wanted, environment)];
}

function managed(wanted: string, environment: Variables): readonly string[] {
  const home = environment.HOME;
  if (home === undefined) return [];
  const folders = [
    join(home, ".pyenv/versions"),
    join(home, ".local/share/uv/python"),
    join(home, ".asdf/installs/python"),
  ];
  return folders.flatMap((folder) =>
    namesIn(folder)
      .filter((name) => fits(name.replace(/^cpython-/, "").replace(/-.*$/, ""), wanted))
      .map((name) => join(folder, name, "bin/python3")),
  );
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort().reverse();
  } catch {
    // No such version manager here.
    return [];
  }
}

async function probe(program: string, environment: Variables): Promise<Interpreter | "late" | undefined> {
  const answer = await askProgram({ program, options: pythonQuestion(PROBE), environment, patienceMs: PATIENCE_MS });
  if (answer.kind !== "said") return answer.kind === "late" ? "late" : undefined;
  return readAnswer(answer.text);
}

/** A Python may say more than it was asked: wrappers and start-up modules print, too. */
function readAnswer(text: string): Interpreter | undefined {
  const line = text
    .split(/\r?\n/)
    .filter((each) => each.startsWith(MARK))
    .at(-1);
  if (line === undefined) return undefined;
  try {
    const [path, version, platform] = JSON.parse(line.slice(MARK.length)) as readonly unknown[];
    if (typeof path !== "string" || typeof version !== "string" || typeof platform !== "string") return undefined;
    return path.startsWith("/") ? { path, version, platform } : undefined;
  } catch {
    return undefined;
  }
}
