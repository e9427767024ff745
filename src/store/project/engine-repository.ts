import type { Database } from "../database.ts";
import type { EngineProcess, EngineRecord } from "../records.ts";
import { addEngine, beat, listEngines, listProcesses, listWork, removeEngine } from "./engines.ts";
import type { ProjectListeners } from "./project-listeners.ts";
import type { NewEngine, ProjectWork, WorkKind } from "./requests.ts";
import type { ProjectScope } from "./scope.ts";

/**
 * Processes that work for the project. A process lives or is dead for all projects of the database at once, however
 * many it works for.
 */
export interface EngineRepository {
  /** Makes a process known that works for the project; without effect on one that is known to do so. */
  add(engine: NewEngine): Promise<void>;
  /**
   * Says that an engine lives, and returns the beats of the others by id, also of those that work for other projects;
   * undefined when the others have removed it. One exchange.
   */
  beat(engineId: string, at: number): Promise<ReadonlyMap<string, number> | undefined>;
  /** Returns the projects of the database that have work to do: one query for all projects. */
  listWork(what: WorkKind): Promise<readonly ProjectWork[]>;
  /**
   * Calls back after each commit of this process that appended events to any project, and soon after those of other
   * processes; perhaps needlessly. Returns the unsubscriber.
   */
  listenToAll(listener: () => void): () => void;
  /** In the order of their coming. */
  list(): Promise<readonly EngineRecord[]>;
  /** Those of all projects of the database, each once. */
  listProcesses(): Promise<readonly EngineProcess[]>;
  /**
   * The engine has left or is dead, for all its projects. False when its record stays, marked so, since it tells where
   * steps run that it had claimed.
   */
  remove(engineId: string, at: number): Promise<boolean>;
}

/** The questions to engines that concern no single project. */
export type DatabaseEngines = Pick<EngineRepository, "beat" | "listWork" | "listenToAll" | "listProcesses" | "remove">;

export function databaseEngines(database: Database, ofAll: ProjectListeners): DatabaseEngines {
  return {
    beat: (engineId, at) => beat(database, engineId, at),
    listWork: (what) => listWork(database, what),
    listenToAll: (listener) => ofAll.add(listener),
    listProcesses: () => listProcesses(database),
    remove: (engineId, at) => database.transaction("immediate", (queries) => removeEngine(queries, engineId, at)),
  };
}

export function engineRepository(
  { database, project, change }: ProjectScope,
  ofAll: ProjectListeners,
): EngineRepository {
  return {
    add: (engine) => change((open) => addEngine(open, engine)),
    ...databaseEngines(database, ofAll),
    list: () => listEngines(database, project),
  };
}
