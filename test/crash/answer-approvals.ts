import { setTimeout as delay } from "node:timers/promises";
import type { ProjectStore } from "../../src/store/index.ts";
import { runCommand } from "./engine-process.ts";
import { runOf } from "./outcome.ts";
import type { RoundSetting } from "./play.ts";
import type { Scenario } from "./scenarios.ts";

const PAUSE_MS = 100;

/**
 * Answers what the scenario's nodes ask, from processes of their own, whether an engine lives meanwhile or not. A
 * scenario in which nobody asks costs nothing.
 */
export function answerApprovals(setting: RoundSetting, root: string, scenario: Scenario): AsyncDisposable {
  const over = new AbortController();
  const answering = scenario.answers === undefined ? undefined : answerAll(setting, root, scenario, over.signal);
  // A failure is thrown at the end, by whoever waits for it.
  answering?.catch(() => undefined);
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await answering;
    },
  };
}

async function answerAll(setting: RoundSetting, root: string, scenario: Scenario, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    for (const { run, node } of await askedOf(setting, root, scenario)) {
      const answer = scenario.answers?.[node] ?? "approve";
      await runCommand({
        ...{ program: setting.program, root, environment: setting.place.environment(root) },
        args: [answer, String(run), node, "--comment", "said by the campaign"],
      });
    }
    await delay(PAUSE_MS, undefined, { signal: over }).catch(() => undefined);
  }
}

async function askedOf(
  { place }: RoundSetting,
  root: string,
  scenario: Scenario,
): Promise<readonly { readonly run: number; readonly node: string }[]> {
  await using store: (ProjectStore & AsyncDisposable) | undefined = await place.open(root);
  const run = await runOf(store, scenario);
  if (store === undefined || run === undefined) return [];
  const approvals = await store.approvals.list(run.id);
  return approvals.flatMap(({ node, decision }) => (decision === undefined ? [{ run: run.number, node }] : []));
}
