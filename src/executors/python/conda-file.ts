import { parse } from "yaml";
import { HeadraceError } from "../../errors.ts";

export interface CondaFile {
  /** Lines of pip. */
  readonly packages: readonly string[];
  readonly version?: string;
}

/** The packages of conda that every environment has anyhow. */
const PRESENT = new Set(["pip", "setuptools", "wheel", "uv"]);

/**
 * The `pip:` part of a conda file, and the Python that it asks for. Packages of conda itself have other names, versions
 * and builds than those of PyPI: guessing would install something else, so they are refused by name.
 */
export function readCondaFile(text: string, shown: string): CondaFile {
  const dependencies = dependenciesOf(text, shown);
  const packages: string[] = [];
  const refused: string[] = [];
  let version: string | undefined;
  for (const entry of dependencies) {
    if (typeof entry === "object" && entry !== null && "pip" in entry && Array.isArray(entry.pip)) {
      packages.push(...entry.pip.map(String));
      continue;
    }
    const plain = String(entry)
      .replace(/^[\w.-]+::/, "")
      .trim();
    const [, name = plain, rest = ""] = /^([\w.-]+)\s*(.*)$/.exec(plain) ?? [];
    if (name === "python") version = /^={1,2}\s*(\d+(?:\.\d+){0,2})/.exec(rest)?.[1];
    else if (!PRESENT.has(name)) refused.push(name);
  }
  if (refused.length > 0) {
    const names =
      refused.length > 8 ? `${refused.slice(0, 8).join(", ")} and ${refused.length - 8} more` : refused.join(", ");
    throw new HeadraceError(
      "HR_PYTHON_ENVIRONMENT",
      `${shown} asks for packages of conda, which Headrace does not install: ${names}`,
      {
        hint: "list them below `pip:` where PyPI has them, or run the step in an image that has them",
      },
    );
  }
  return { packages, ...(version === undefined ? {} : { version }) };
}

function dependenciesOf(text: string, shown: string): readonly unknown[] {
  let content: unknown;
  try {
    content = parse(text);
  } catch (error) {
    throw failure(
      `${shown} is not YAML: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error)}`,
    );
  }
  const dependencies =
    typeof content === "object" && content !== null && "dependencies" in content ? content.dependencies : undefined;
  if (!Array.isArray(dependencies)) throw failure(`${shown} is not a conda file: it has no list \`dependencies\``);
  return dependencies;
}

function failure(message: string): HeadraceError {
  return new HeadraceError("HR_PYTHON_ENVIRONMENT", message, {
    hint: "name a requirements.txt, a pyproject.toml, a uv.lock or a conda file",
  });
}
