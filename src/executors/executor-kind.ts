import type { Advice } from "../advice.ts";
import type { Mount } from "../config/index.ts";
import type { MachineFacts } from "../machine/index.ts";
import type { BuiltInPurpose, EnvironmentSettings, ListedForm } from "../settings/index.ts";
import type { Executor } from "./executor.ts";

/** The values with which an executor of any kind is opened. */
export interface OpenPlace {
  /** `<project>/.headrace`. */
  readonly stateFolder: string;
  /** A folder around the state folders of several projects, which no step may see; absent: there is none. */
  readonly hiddenFolder?: string | undefined;
  readonly projectRoot: string;
  readonly projectId: string;
  /** The environment of Headrace itself. */
  readonly baseEnvironment: Readonly<Record<string, string>>;
  /** The folder that records the running steps of this user, over all projects. */
  readonly runningFolder?: string | undefined;
  /** The facts that are known of this machine, for all projects. */
  readonly machine: MachineFacts;
  /**
   * The sandbox that the command line names; it counts more than the settings. `required`: the settings choose, and
   * where they leave the choice open, steps are refused where no sandbox works.
   */
  readonly sandbox: "auto" | "required" | "bubblewrap" | "unshare" | "off";
}

export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Tells whether a place that every installation has can be used on this machine. Only `absent` lets a step with an
 * image run without it: an engine that is there and cannot be asked says nothing of where the step belongs.
 */
export type Presence =
  | { readonly kind: "answers" }
  /** Nothing of the kind is here; `reason` where the user has named one that cannot be used for steps. */
  | { readonly kind: "absent"; readonly reason?: string }
  | { readonly kind: "silent"; readonly reason: string; readonly hint?: Advice };

/** The properties of every environment of a kind: callers ask for this, and never for the kind's name. */
export interface KindTraits {
  /** The place where a step of it runs, in words: `in a container`. */
  readonly where: string;
  /** The terminal of this process can be handed to a step. */
  readonly terminals: boolean;
  /** Steps see this machine: programs, variables and folders of its own. */
  readonly seesMachine: boolean;
  /** True if it is known before a step runs what an image's name stands for. */
  readonly knowsImages: boolean;
}

/** The reason why a step may not have a mount, and the change that would let it. */
export interface MountRefusal {
  readonly reason: string;
  readonly hint: Advice;
}

/** A kind of executor: one folder exports one such record, and kinds.ts lists it. `Own` are its settings. */
export interface ExecutorKind<Own> extends KindTraits {
  /** Its name, and the form of its settings. */
  readonly form: ListedForm<Own>;
  /** Returns the reason why a step may not have this mount; undefined if it may. Absent: mounts have no effect. */
  readonly refuseMount?: (settings: Own, mount: Mount) => MountRefusal | undefined;
  /** A folder that holds executions of several projects. Absent: they are with their project. */
  readonly executionsFolder?: (settings: Own) => string;
  /** Tells whether a place of it can be used on this machine. Absent: it always can. */
  readonly presence?: (settings: Own, variables: Variables, machine: MachineFacts) => Promise<Presence>;
  /** Loads what it needs when it is called, and not before. */
  readonly open: (settings: Own, place: OpenPlace) => Promise<Executor>;
}

/** The kind of an environment, with its settings filled in. */
export interface KindOfPlace extends KindTraits {
  readonly refuseMount: ((mount: Mount) => MountRefusal | undefined) | undefined;
  readonly executionsFolder: string | undefined;
  readonly presence: ((variables: Variables, machine: MachineFacts) => Promise<Presence>) | undefined;
  readonly open: (place: OpenPlace) => Promise<Executor>;
}

/** A kind as the list has it. */
export interface ListedKind {
  readonly form: ListedForm;
  /** Undefined for environments of other kinds. */
  readonly of: (environment: EnvironmentSettings) => KindOfPlace | undefined;
}

export function listed<Own>(kind: ExecutorKind<Own>): ListedKind {
  const { where, terminals, seesMachine, knowsImages } = kind;
  const isOwn = (environment: EnvironmentSettings): environment is EnvironmentSettings<Own> =>
    environment.executor === kind.form.name;
  return {
    form: kind.form,
    of: (environment) => {
      if (!isOwn(environment)) return undefined;
      const { own } = environment;
      const { refuseMount, executionsFolder, presence } = kind;
      return {
        ...{ where, terminals, seesMachine, knowsImages },
        refuseMount: refuseMount && ((mount) => refuseMount(own, mount)),
        executionsFolder: executionsFolder?.(own),
        presence: presence && ((variables, machine) => presence(own, variables, machine)),
        open: (place) => kind.open(own, place),
      };
    },
  };
}

/** The kinds of executors that an installation has. */
export class ExecutorKinds {
  readonly #kinds: readonly ListedKind[];
  readonly forms: readonly ListedForm[];

  constructor(kinds: readonly ListedKind[]) {
    this.#kinds = kinds;
    this.forms = kinds.map(({ form }) => form);
  }

  /** Returns what is true of an environment by its kind. */
  of(environment: EnvironmentSettings): KindOfPlace {
    for (const kind of this.#kinds) {
      const found = kind.of(environment);
      if (found !== undefined) return found;
    }
    throw new Error(`no kind of executor has the environment ${environment.slug}`);
  }

  /** The slug of the environment for steps with an image, or without, for which nothing says where they run. */
  builtIn(purpose: BuiltInPurpose): string {
    const found = this.forms.find(({ builtIn }) => builtIn?.holds === purpose);
    if (found === undefined) throw new Error(`no kind of executor is there for ${purpose}`);
    return found.name;
  }
}
