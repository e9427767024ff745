import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { tarOf } from "../../../src/snapshots/fixtures/tar.ts";
import { encodeManifest } from "../../../src/snapshots/index.ts";
import { answered, entriesOf } from "./answers.ts";
import { type Deed, type Stage, wrongUnless } from "./ledger.ts";

/** The steps of a round. */
export const CONFIGURATION = `
- step: {name: greet, image: alpine, command: ['cat file.txt', 'echo "hello {parameter-value:who}"', 'printf %s "{parameter-value:who}" > "$VH_OUTPUTS_DIR/a.txt"'], parameters: [{name: who, type: string, default: world}]}
- step: {name: copy, image: alpine, command: 'cat "$VH_INPUTS_DIR/from/a.txt" > "$VH_OUTPUTS_DIR/b.txt"', inputs: [{name: from, optional: true}]}
- step: {name: wait, image: alpine, command: 'while [ ! -e "$HR_GO" ]; do sleep 0.1; done', environment-variables: [{name: HR_GO, optional: true}]}
- step: {name: talk, image: alpine, command: 'n=0; while [ $n -lt 60 ]; do n=$((n + 1)); echo "line $n of {parameter-value:who}"; sleep 0.05; done', parameters: [{name: who, type: string}]}
- pipeline:
    name: chain
    parameters: [{name: who, targets: [first.parameters.who]}]
    nodes: [{name: first, type: execution, step: greet}, {name: second, type: execution, step: copy}]
    edges: [[first.output.a.txt, second.input.from]]
`;

function packageOf(files: Readonly<Record<string, string>>): FormData {
  const form = new FormData();
  form.append("data", new Blob([gzipSync(tarOf(files))]), "data.tgz");
  return form;
}

/** Uploads a package; returns the version. */
export async function importPackage(
  { client, project, name }: Pick<Stage, "client" | "project" | "name">,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const request = { method: "POST", key: name(), body: packageOf(files) } as const;
  return answered(await client.call(`/projects/${project}/import-package/`, request), 201).identifier;
}

export const uploadPackage: Deed = async (stage) => {
  const { project, name } = stage;
  const text = `${name()}\n`;
  // Large enough to be received for a while.
  const large = "x".repeat(stage.below(2_000_000));
  const identifier = await importPackage(stage, { "valohai.yaml": CONFIGURATION, "file.txt": text, large });
  return {
    what: `package ${identifier.slice(0, 12)}`,
    check: async (client) => {
      const found = (await entriesOf(client, `/commits/?project=${project}`)).filter(
        (commit) => commit.identifier === identifier,
      );
      const one = await client.call(`/commits/${identifier}/?project=${project}&include=config`);
      return [
        ...wrongUnless(found.length === 1, () => `package ${identifier} is there ${found.length} times`),
        ...wrongUnless(one.json?.config?.[0]?.step?.name === "greet", () => `package ${identifier} is ${one.text}`),
      ];
    },
  };
};

/** Sends code file by file, and runs it. */
export const sendFiles: Deed = async ({ client, project, name }) => {
  const files = new Map([
    ["file.txt", `${name()}\n`],
    ["valohai.yaml", CONFIGURATION],
  ]);
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  const manifest = encodeManifest(
    [...files].map(([path, text]) => ({ path, sha256: hash(text), size: Buffer.byteLength(text), executable: false })),
  );
  const ask = { method: "POST", body: manifest } as const;
  const { missing } = answered(await client.call(`/projects/${project}/code/missing/`, ask), 200);
  const contents = [...files.values()].filter((text) => missing.includes(hash(text)));
  const head = `${JSON.stringify({ manifestBytes: manifest.length, sends: contents.map(hash) })}\n`;
  const body = Buffer.concat([Buffer.from(head), manifest, ...contents.map((text) => Buffer.from(text))]);
  const { commit } = answered(
    await client.call(`/projects/${project}/code/`, { method: "POST", body, key: name() }),
    201,
  );
  return {
    what: `code ${commit.slice(0, 12)}`,
    check: async (later) => {
      const { status, text } = await later.call(
        `/projects/${project}/configuration/?commit=${encodeURIComponent(commit)}`,
      );
      return wrongUnless(status === 200 && text.includes("greet"), () => `the code ${commit} cannot be read: ${text}`);
    },
  };
};

/** Pushes a commit, and has it fetched. */
export const fetchCommit: Deed = async ({ client, git, project, name }) => {
  const branch = name();
  const identifier = git.commit(branch, "pushed", { files: { "valohai.yaml": CONFIGURATION, "file.txt": branch } });
  const request = { method: "POST", key: name() } as const;
  answered(await client.call(`/projects/${project}/fetch/`, request), 200);
  return {
    what: `branch ${branch}`,
    check: async (later) => {
      const refs = answered(await later.call(`/projects/${project}/refs/`), 200) as { name: string; commit: string }[];
      const found = refs.filter((ref) => ref.name === branch);
      const commits = (await entriesOf(later, `/commits/?project=${project}`)).filter(
        (commit) => commit.identifier === identifier,
      );
      return wrongUnless(
        found.length === 1 && found[0]?.commit === identifier && commits.length === 1,
        () => `branch ${branch} became ${JSON.stringify(found)}, with ${commits.length} commits`,
      );
    },
  };
};
