import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Builder } from "./build.ts";
import type { BuildVariables } from "./build-variables.ts";
import type { Interpreter } from "./interpreter.ts";
import { outsideFolderFacts, sourceHash } from "./local-sources.ts";
import type { Requirements, StagedLine } from "./requirements.ts";
import { readRequirementsFile } from "./requirements-file.ts";
import { withoutLogins } from "./requirements-text.ts";

/** Raised when environments come to be built differently, so that old ones are not taken for new ones. */
const BUILD_FORMAT = 3;

export interface EnvironmentFacts {
  readonly requirements: Requirements;
  readonly repository: string;
  readonly interpreter: Interpreter;
  readonly builder: Builder["kind"];
  readonly variables: Pick<BuildVariables, "expand" | "facts">;
  /** The folder to which its paths lead (environment-place.ts). */
  readonly base: string;
  /** The last wish to build everything anew. */
  readonly rebuilt: string | undefined;
}

/** The name of an environment: all that decides what is in it, never the places where that stood. */
export function environmentHash(facts: EnvironmentFacts): string {
  const { requirements, repository, interpreter, builder, variables, base, rebuilt } = facts;
  const texts = (lines: readonly StagedLine[]): readonly string[] =>
    lines.map(({ text, where }) => withoutLogins(variables.expand(text, where)));
  const content = {
    ...{ format: BUILD_FORMAT, interpreter, builder, base, rebuilt, variables: variables.facts },
    // A set of requirements means the same in any order; among indexes, the first counts.
    lines: [...texts(requirements.lines)].sort(),
    constraints: [...texts(requirements.constraints)].sort(),
    options: texts(requirements.options),
    sources: requirements.localSources.map((path) => [basename(path), sourceHash(path, repository)]),
    links: requirements.links.map((path) => sourceHash(path, repository)),
    outside: requirements.outsideLinks.map((path) => [path, outsideFolderFacts(path)]),
    project: requirements.project && [requirements.project.kind, projectFiles(requirements.project.file)],
  };
  return createHash("sha256").update(JSON.stringify(content)).digest("hex");
}

function projectFiles(file: string): readonly string[] {
  return ["pyproject.toml", "uv.lock"].map((name) => {
    const path = join(dirname(file), name);
    return existsSync(path) ? createHash("sha256").update(readRequirementsFile(path, name)).digest("hex") : "";
  });
}
