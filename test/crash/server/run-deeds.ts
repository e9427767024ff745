import { setTimeout as delay } from "node:timers/promises";
import { answered, entriesOf } from "./answers.ts";
import { type Deed, type Stage, type Told, wrongUnless } from "./ledger.ts";
import type { PatientClient } from "./patient-client.ts";
import { followLog } from "./patient-stream.ts";

interface StartedRun {
  readonly title: string;
  readonly number: number;
}

async function startRun(stage: Stage, target: string, who?: string): Promise<StartedRun> {
  const { client, project, commit, name } = stage;
  const title = name();
  const parameters = who === undefined ? [] : [{ name: "who", values: [who] }];
  const environmentVariables = target === "wait" ? { HR_GO: "/nonexistent/go" } : {};
  const wish = { target, commit, parameters, inputs: [], environmentVariables, fresh: true };
  for (;;) {
    const planning = { method: "POST", body: wish, key: name() } as const;
    const plan = answered(await client.call(`/projects/${project}/plans/`, planning), 201);
    const starting = { method: "POST", body: { plan: plan.id, title }, key: name() } as const;
    const answer = await client.call(`/projects/${project}/runs/`, starting);
    // The server died that made the plan, and somebody has set a variable since.
    const isPlannedAnew = answer.status === 404 && /waits to be started/.test(answer.json?.detail ?? "");
    if (!isPlannedAnew) return { title, number: answered(answer, 201).number };
  }
}

async function endOf(client: PatientClient, project: string, number: number): Promise<string> {
  for (;;) {
    const { state } = answered(await client.call(`/projects/${project}/runs/${number}/`), 200);
    if (["complete", "error", "stopped"].includes(state)) return state;
    await delay(100);
  }
}

/** The faults of a run: it is there once, has ended so, and its log is this. */
async function checkRun(
  client: PatientClient,
  project: string,
  { title, number }: StartedRun,
  wanted: { readonly state: string; readonly log?: string },
): Promise<readonly string[]> {
  const state = await endOf(client, project, number);
  const found = (await allRuns(client, project)).filter((run) => run.title === title);
  const log = (await client.call(`/projects/${project}/records/${number}/log/?stream=stdout`)).text;
  return [
    ...wrongUnless(
      found.length === 1 && found[0]?.number === number,
      () => `run ${title} is there ${found.length} times`,
    ),
    ...wrongUnless(state === wanted.state, () => `run ${number} is ${state} and not ${wanted.state}`),
    ...wrongUnless(
      wanted.log === undefined || log === wanted.log,
      () => `the log of run ${number} is ${JSON.stringify(log)} and not ${JSON.stringify(wanted.log)}`,
    ),
  ];
}

async function allRuns(
  client: PatientClient,
  project: string,
): Promise<readonly { readonly title: string; readonly number: number }[]> {
  const { items } = answered(await client.call(`/projects/${project}/runs/?limit=1000`), 200);
  return items;
}

/** Starts a pipeline, whose second node gets the file of the first one. */
export const runPipeline: Deed = async (stage) => {
  const who = stage.name();
  const run = await startRun(stage, "chain", who);
  return {
    what: `pipeline ${run.number}`,
    check: async (client) => {
      const log = `first file\nhello ${who}\n`;
      const faults = await checkRun(client, stage.project, run, { state: "complete", log });
      return [...faults, ...(await checkFiles(client, stage.project, run.number, { "a.txt": who, "b.txt": who }))];
    },
  };
};

async function checkFiles(
  client: PatientClient,
  project: string,
  number: number,
  wanted: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const { items } = answered(await client.call(`/projects/${project}/files/?of=${number}&limit=100`), 200);
  const found: Record<string, string> = {};
  for (const { id, name } of items as { id: string; name: string }[])
    found[name] = (await client.call(`/projects/${project}/files/${id}/content/`)).text;
  return wrongUnless(
    items.length === Object.keys(wanted).length && Object.entries(wanted).every(([name, text]) => found[name] === text),
    () => `the files of run ${number} are ${JSON.stringify(found)} and not ${JSON.stringify(wanted)}`,
  );
}

/** Starts an execution as Valohai's clients do. */
export const runExecution: Deed = async ({ client, project, commit, name }) => {
  const [title, who] = [name(), name()];
  const body = { project, step: "greet", commit, title, inputs: {}, parameters: { who } };
  const made = answered(await client.call("/executions/", { method: "POST", key: name(), body }), 201);
  return {
    what: `execution ${made.counter}`,
    check: async (later) => {
      const [run] = (await allRuns(later, project)).filter((each) => each.title === title);
      if (run === undefined) return [`execution ${made.counter} is lost`];
      const faults = await checkRun(later, project, { title, number: run.number }, { state: "complete" });
      const found = (await entriesOf(later, `/executions/?project=${project}`)).filter((each) => each.title === title);
      return [
        ...faults,
        ...wrongUnless(
          found.length === 1 && found[0]?.id === made.id && found[0]?.counter === made.counter,
          () => `execution ${made.counter} (${made.id}) became ${JSON.stringify(found)}`,
        ),
      ];
    },
  };
};

/** Starts what would not end, and has it stopped. */
export const stopRun: Deed = async (stage) => {
  const run = await startRun(stage, "wait");
  await delay(stage.below(400));
  const path = `/projects/${stage.project}/runs/${run.number}/stop/`;
  // A caller that asks twice may hear the second time that it has ended.
  answered(await stage.client.call(path, { method: "POST", key: stage.name() }), 200);
  return {
    what: `stop of run ${run.number}`,
    check: (client) => checkRun(client, stage.project, run, { state: "stopped" }),
  };
};

/** Follows what a run prints, over the deaths of the server. */
export const readAlong: Deed = async (stage) => {
  const who = stage.name();
  const run = await startRun(stage, "talk", who);
  const lines = await followLog(
    stage.client,
    `/projects/${stage.project}/records/${run.number}/log/lines/follow/?follow=true`,
  );
  const wanted = Array.from({ length: 60 }, (_, index) => `line ${index + 1} of ${who}`);
  return {
    what: `log of run ${run.number}`,
    check: async (client) => [
      ...wrongUnless(
        lines.join("\n") === wanted.join("\n"),
        () => `run ${run.number} was heard to say ${lines.join(" / ")}`,
      ),
      ...(await checkRun(client, stage.project, run, { state: "complete", log: `${wanted.join("\n")}\n` })),
    ],
  } satisfies Told;
};
