import type { EngineRecord } from "../records.ts";
import { addEngine, beat, listEngines, removeEngine } from "./engines.ts";
import type { NewEngine } from "./requests.ts";
import type { ProjectScope } from "./scope.ts";

/** Processes that work for the project. */
export interface EngineRepository {
  /** Makes a process known that works for the project. */
  add(engine: NewEngine): Promise<void>;
  /** Says that an engine lives, and returns the beats of the others by id; undefined when the others have removed it. One exchange. */
  beat(engineId: string, at: number): Promise<ReadonlyMap<string, number> | undefined>;
  /** In the order of their coming. */
  list(): Promise<readonly EngineRecord[]>;
  /** The engine has left or is dead. False when its record stays, marked so, since it tells where steps run that it had claimed. */
  remove(engineId: string, at: number): Promise<boolean>;
}

export function engineRepository({ database, project, change }: ProjectScope): EngineRepository {
  return {
    add: (engine) => change((open) => addEngine(open, engine)),
    beat: (engineId, at) => beat(database, project, engineId, at),
    list: () => listEngines(database, project),
    remove: (engineId, at) => change((open) => removeEngine(open, engineId, at)),
  };
}
