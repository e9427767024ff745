import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Transaction } from "../database.ts";
import { boundToCall } from "../installation/audit-origin.ts";
import { CommitUnknown, commit, hasCommitted } from "./commit-outcome.ts";
import type { Connection, Connections } from "./connections.ts";
import { type Appended, OpenTransaction } from "./open-transaction.ts";
import { explainPostgresError, isCollision, isConnectionLost } from "./postgres-errors.ts";
import { QueuedWork } from "./queued-work.ts";

/** A group ends here even if more keep coming. PostgreSQL slows down beyond 64 savepoints. */
const GROUP_LIMIT = 48;
const GROUP_TIME_MS = 20;
/**
 * Work in a group locks rows in an order of chance, so two processes may wait for each other; alone it locks them in a
 * fixed order.
 */
const GROUP_LOCK_MS = 100;

interface GroupWork {
  readonly appended: readonly Appended[];
  readonly hasChanged: boolean;
}

/**
 * Runs the writing transactions of a process in the order of asking. Those that wait while others commit share the next
 * commit, each under a savepoint of its own: the sync of the disk and the locks at the end are most of a small
 * transaction's cost. Any of them may run again: after a lost connection, or when the server undid it for the sake of
 * another.
 */
export class Writer implements AsyncDisposable {
  /** Marks this process's notifications. */
  readonly origin = randomUUID();
  readonly #connections: Connections;
  readonly #queue: QueuedWork[] = [];
  #running: Promise<void> | undefined;
  #token = 0;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  add<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#queue.push(new QueuedWork(boundToCall(work), resolve, reject));
    this.#running ??= this.#run();
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // Everything else that is asked for in this turn of the event loop joins the first group.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#commitGroup();
    this.#running = undefined;
  }

  /** Never rejects: failures go to those that wait. */
  async #commitGroup(): Promise<void> {
    let connection: Connection;
    try {
      connection = await this.#connections.acquire();
    } catch (error) {
      for (const work of this.#queue.splice(0)) work.fail(error);
      return;
    }
    const done: QueuedWork[] = [];
    const token = ++this.#token;
    let failure: unknown;
    try {
      await connection.command("begin");
      const { appended, hasChanged } = await this.#attemptGroup(connection, done);
      // A claim that found nothing, say: no mark and no sync of the disk. Should the connection break, it is asked
      // again.
      if (done.length > 0 && !hasChanged) await connection.command("commit");
      else if (done.length > 0) await this.#commit(connection, appended, { token, isGroup: done.length > 1 });
    } catch (error) {
      failure = error;
    }
    connection.release(failure !== undefined);
    if (failure === undefined) for (const work of done) work.succeed();
    else await this.#recover(done, failure, { writer: connection.writer, token });
  }

  #commit(
    connection: Connection,
    appended: readonly Appended[],
    group: { token: number; isGroup: boolean },
  ): Promise<void> {
    return commit(connection, {
      ...group,
      appended,
      origin: this.origin,
      lockTimeoutMs: this.#connections.lockTimeoutMs,
    });
  }

  /** Moves from the queue to `done` what is to be committed. Rejects when the connection broke. */
  async #attemptGroup(connection: Connection, done: QueuedWork[]): Promise<GroupWork> {
    const appended: Appended[] = [];
    let hasChanged = false;
    const end = performance.now() + GROUP_TIME_MS;
    while (done.length < GROUP_LIMIT && performance.now() < end) {
      const [next] = this.#queue;
      if (next === undefined || (next.alone && done.length > 0)) break;
      this.#queue.shift();
      // The first needs none: if it fails, there is nothing to keep.
      if (done.length > 0) startStep(connection);
      const transaction = new OpenTransaction(connection);
      try {
        await next.attempt(transaction);
        appended.push(...transaction.close());
        hasChanged ||= transaction.hasChanged;
        done.push(next);
      } catch (error) {
        transaction.close();
        await this.#undo(connection, next, error, done);
        if (done.length === 0) break;
      }
      if (next.alone) break;
    }
    return { appended, hasChanged };
  }

  /** Undoes what one of the group did. Rejects when the connection broke; then all of them go again. */
  async #undo(connection: Connection, work: QueuedWork, error: unknown, done: QueuedWork[]): Promise<void> {
    try {
      if (isConnectionLost(error)) throw error;
      await connection.command(done.length === 0 ? "rollback" : "rollback to step");
    } catch (lost) {
      done.push(work);
      throw lost;
    }
    await this.#settle(work, error);
  }

  /** Fails a piece of work that the server refused, or queues it again. */
  async #settle(work: QueuedWork, error: unknown): Promise<void> {
    if (!isCollision(error) || this.#isLate(work))
      return work.fail(explainPostgresError(error, this.#connections.location));
    work.alone = true;
    this.#queue.unshift(work);
    await delay(Math.random() * 10);
  }

  /** After a failure of the whole group: its work is done after all, goes again, or has failed. */
  async #recover(
    done: readonly QueuedWork[],
    failure: unknown,
    mark: { readonly writer: string; readonly token: number },
  ): Promise<void> {
    if (failure instanceof CommitUnknown) {
      try {
        if (await hasCommitted(this.#connections, mark.writer, mark.token)) for (const work of done) work.succeed();
        else this.#again(done, failure.cause);
      } catch (error) {
        for (const work of done) work.fail(error);
      }
    } else if (isConnectionLost(failure)) {
      this.#again(done, failure);
    } else if (done.length === 1 && done[0] !== undefined) {
      await this.#settle(done[0], failure);
    } else {
      // Each by itself, so that the one at fault takes nothing with it.
      for (const work of done) work.alone = true;
      this.#queue.unshift(...done);
    }
  }

  #again(done: readonly QueuedWork[], failure: unknown): void {
    const [late = [], early = []] = [
      done.filter((work) => this.#isLate(work)),
      done.filter((work) => !this.#isLate(work)),
    ];
    for (const work of late) work.fail(explainPostgresError(failure, this.#connections.location));
    this.#queue.unshift(...early);
  }

  /** True if the lock time-out, counted from the first failure, has passed. */
  #isLate(work: QueuedWork): boolean {
    work.deadline ??= performance.now() + this.#connections.lockTimeoutMs;
    return performance.now() > work.deadline;
  }
}

/** Not awaited: if it fails, so does what follows. */
function startStep(connection: Connection): void {
  connection.command(`savepoint step; set local lock_timeout = ${GROUP_LOCK_MS}`).catch(() => {});
}
