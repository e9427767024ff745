import { expect, test } from "vitest";
import { type CommitPort, CommitQueue } from "./commit-queue.ts";

/** Writes down what the queue does to the connection; single steps can be made to fail. */
function recordingPort(changes: Partial<CommitPort> = {}): { readonly port: CommitPort; readonly log: string[] } {
  const log: string[] = [];
  const note = (entry: string) => () => void log.push(entry);
  const port: CommitPort = {
    begin: async () => void log.push("begin"),
    savepoint: note("savepoint"),
    release: note("release"),
    rollbackToSavepoint: () => {
      log.push("rollback to savepoint");
      return true;
    },
    commit: note("commit"),
    rollback: note("rollback"),
    ...changes,
  };
  return { port, log };
}

function outcomes(promises: readonly Promise<unknown>[]): Promise<readonly string[]> {
  return Promise.allSettled(promises).then((settled) =>
    settled.map((each) => (each.status === "fulfilled" ? `${each.value}` : `${each.reason.message}`)),
  );
}

const work = (value: number) => async () => value;
const failure = (message: string) => async () => {
  throw new Error(message);
};

test("an empty queue does not touch the connection", async () => {
  const { port, log } = recordingPort();
  await new CommitQueue(port).commitGroup();
  expect(log).toEqual([]);
});

test("those that wait share a commit; only those after the first need a savepoint", async () => {
  const { port, log } = recordingPort();
  const queue = new CommitQueue(port);
  const promises = [queue.add(work(1)), queue.add(work(2))];
  expect(queue.isEmpty).toBe(false);
  await queue.commitGroup();
  expect(queue.isEmpty).toBe(true);
  expect(log).toEqual(["begin", "savepoint", "release", "commit"]);
  expect(await outcomes(promises)).toEqual(["1", "2"]);
});

test("one that comes while the group runs joins it", async () => {
  const { port, log } = recordingPort();
  const queue = new CommitQueue(port);
  const joined: Promise<number>[] = [];
  const first = queue.add(async () => {
    joined.push(queue.add(work(2)));
    return 1;
  });
  await queue.commitGroup();
  expect(log).toEqual(["begin", "savepoint", "release", "commit"]);
  expect(await outcomes([first, ...joined])).toEqual(["1", "2"]);
});

test("the first one's failure undoes a transaction in which nothing else stands; the rest waits for the next", async () => {
  const { port, log } = recordingPort();
  const queue = new CommitQueue(port);
  const promises = [queue.add(failure("no")), queue.add(work(2))];
  await queue.commitGroup();
  expect(log).toEqual(["begin", "rollback"]);
  await queue.commitGroup();
  expect(log.slice(2)).toEqual(["begin", "commit"]);
  expect(await outcomes(promises)).toEqual(["no", "2"]);
});

test("a later one's failure undoes its own share", async () => {
  const { port, log } = recordingPort();
  const queue = new CommitQueue(port);
  const promises = [queue.add(work(1)), queue.add(failure("no")), queue.add(work(3))];
  await queue.commitGroup();
  expect(log).toEqual(["begin", "savepoint", "rollback to savepoint", "savepoint", "release", "commit"]);
  expect(await outcomes(promises)).toEqual(["1", "no", "3"]);
});

test("where the database undoes everything by itself, everything before is refused for the same reason", async () => {
  const { port, log } = recordingPort({ rollbackToSavepoint: () => false });
  const queue = new CommitQueue(port);
  const promises = [queue.add(work(1)), queue.add(failure("disk full")), queue.add(work(3))];
  await queue.commitGroup();
  expect(log).toEqual(["begin", "savepoint", "rollback"]);
  await queue.commitGroup();
  expect(await outcomes(promises)).toEqual(["disk full", "disk full", "3"]);
});

test("a commit that fails refuses all of its group", async () => {
  const { port, log } = recordingPort({
    commit: () => {
      throw new Error("disk full");
    },
  });
  const queue = new CommitQueue(port);
  const promises = [queue.add(work(1)), queue.add(work(2))];
  await queue.commitGroup();
  expect(log).toEqual(["begin", "savepoint", "release", "rollback"]);
  expect(await outcomes(promises)).toEqual(["disk full", "disk full"]);
});

test("a lock that is not to be had refuses all that wait", async () => {
  const { port } = recordingPort({ begin: () => Promise.reject(new Error("locked")) });
  const queue = new CommitQueue(port);
  const promises = [queue.add(work(1)), queue.add(work(2))];
  await queue.commitGroup();
  expect(queue.isEmpty).toBe(true);
  expect(await outcomes(promises)).toEqual(["locked", "locked"]);
});

test("a group has an end, even if more keep coming", async () => {
  const { port, log } = recordingPort();
  const queue = new CommitQueue(port);
  const promises = Array.from({ length: 1_000 }, (_, index) => queue.add(work(index)));
  while (!queue.isEmpty) await queue.commitGroup();
  expect(log.filter((entry) => entry === "commit").length).toBeGreaterThanOrEqual(4);
  expect(await outcomes(promises)).toEqual(promises.map((_, index) => `${index}`));
});
