import { faultPoint } from "../fault-point.ts";
import type { PlannedNode } from "../planning/index.ts";
import type { ExecutionRecord, FinalState, RunRecord } from "../store/index.ts";
import { BackgroundWork } from "./background-work.ts";
import type { EngineParts } from "./engine-parts.ts";
import { executeStep } from "./execute-step.ts";
import type { StopControl } from "./stop-control.ts";
import { tidyUp } from "./tidy-up.ts";

/** An execution that this process has claimed or adopted, and works on to its end. */
export interface Work {
  readonly run: RunRecord;
  readonly node: PlannedNode;
  readonly execution: ExecutionRecord;
  readonly fence: number;
  /** Says when it is to stop. */
  readonly control: StopControl;
  /** Aborted, with the error as its reason, when the engine gives up: the step goes on, and an engine to come takes it over. */
  readonly abandon: AbortSignal;
}

/** The slots of this process: executes claimed steps, so many at a time, whichever run they belong to. */
export class Worker {
  readonly #parts: EngineParts;
  readonly #slots: number;
  /** Folders of ended executions are cleared while the next ones run already. */
  readonly #tidying: BackgroundWork;
  #taken = 0;

  constructor(parts: EngineParts, slots: number) {
    this.#parts = parts;
    this.#slots = slots;
    this.#tidying = new BackgroundWork(slots);
  }

  /** Room for one more execution, until it is given back; undefined when all is taken. */
  takeSlot(): Disposable | undefined {
    return this.#taken < this.#slots ? this.takeExtraSlot() : undefined;
  }

  /** For what runs already and is adopted: it goes on whether there is room for it or not. */
  takeExtraSlot(): Disposable {
    this.#taken++;
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (held) this.#taken--;
        held = false;
      },
    };
  }

  /** Resolves with the recorded end; rejects when it could not be recorded. */
  async execute({ control, ...work }: Work): Promise<FinalState> {
    const { execution, node } = work;
    const state = await executeStep(this.#parts, { ...work, stop: control.executionSignal(execution.id), kill: control.kill });
    control.release(execution.id);
    await this.#tidying.add(async () => {
      await tidyUp(this.#parts, execution, node.name);
      faultPoint("execution-tidied");
    });
    return state;
  }

  /** Resolves when what ended executions have left behind is cleared. */
  async tidied(): Promise<void> {
    await this.#tidying.idle();
  }
}
