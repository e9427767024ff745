import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { findProgram } from "../../ask-program.ts";
import { HeadraceError } from "../../errors.ts";
import type { Device } from "../executor.ts";

const run = promisify(execFile);
/** A driver that has to wake up the cards takes some seconds. */
const PATIENCE_MS = 20_000;
/** Cards come and go with drivers, and an engine may serve for weeks. */
const KEPT_MS = 60_000;

type Variables = Readonly<Record<string, string>>;

/** The sources from which this machine's cards are known. */
export interface DeviceSigns {
  /** Returns what `nvidia-smi -L` prints; undefined if it cannot be asked. */
  readonly nvidiaSmi: () => Promise<string | undefined>;
  readonly listed: (folder: string) => readonly string[];
  readonly read: (file: string) => string | undefined;
}

/** A card, or a part of one, and what it can be asked for by. */
interface Card extends Device {
  readonly kinds: readonly string[];
  /**
   * The names by which a variable such as CUDA_VISIBLE_DEVICES may name it; names of more than a few characters may be
   * cut short.
   */
  readonly names: readonly string[];
}

const KNOWN_KIND = /^(nvidia\.com\/(gpu|mig-.+)|amd\.com\/gpu)$/;

/** The devices of this machine that steps can be given one by one. */
export class DeviceList {
  readonly #signs: DeviceSigns;
  #nvidia: { readonly since: number; readonly cards: Promise<readonly Card[] | undefined> } | undefined;

  constructor(signs: DeviceSigns) {
    this.#signs = signs;
  }

  /** Those of a kind that the variables leave visible; undefined where there are some that cannot be told apart. */
  async of(kind: string, variables: Variables): Promise<readonly Device[] | undefined> {
    if (!KNOWN_KIND.test(kind)) return [];
    const isAmd = kind.startsWith("amd.com/");
    const cards = isAmd ? this.#amdCards() : await this.#nvidiaCards();
    const chosen = variables[isAmd ? "ROCR_VISIBLE_DEVICES" : "CUDA_VISIBLE_DEVICES"];
    if (cards === undefined) return chosen !== undefined && namedIn(chosen).length === 0 ? [] : undefined;
    return visible(cards, chosen)
      .filter(({ kinds }) => kinds.includes(kind))
      .map(({ key, name }) => ({ key, name }));
  }

  #nvidiaCards(): Promise<readonly Card[] | undefined> {
    const now = performance.now();
    if (this.#nvidia === undefined || now - this.#nvidia.since > KEPT_MS)
      this.#nvidia = { since: now, cards: this.#lookForNvidia() };
    return this.#nvidia.cards;
  }

  async #lookForNvidia(): Promise<readonly Card[] | undefined> {
    const cards = nvidiaCards((await this.#signs.nvidiaSmi()) ?? "");
    if (cards.length > 0) return cards;
    const files = this.#signs.listed("/dev");
    // In WSL the cards are behind one device, and cannot be counted.
    if (files.includes("dxg")) return undefined;
    const numbers = files.flatMap((name) => /^nvidia(\d+)$/.exec(name)?.[1] ?? []).map(Number);
    return numbers.sort((a, b) => a - b).map((number) => whole(number, String(number), []));
  }

  /** Device files of AMD's cards; the card called `1` is the second. */
  amdFiles(): readonly string[] {
    return this.#amdNodes().map((node) => `/dev/dri/renderD${node}`);
  }

  /** Numbered among themselves, as ROCm numbers them. */
  #amdCards(): readonly Card[] {
    return this.#amdNodes().map((_, index) => ({
      key: `amd-${index}`,
      name: String(index),
      names: [String(index)],
      kinds: ["amd.com/gpu"],
    }));
  }

  /** Other makers' cards have render nodes as well. */
  #amdNodes(): readonly number[] {
    const nodes = this.#signs.listed("/dev/dri").flatMap((name) => /^renderD(\d+)$/.exec(name)?.[1] ?? []);
    const isAmd = (node: string): boolean => {
      const vendor = this.#signs.read(`/sys/class/drm/renderD${node}/device/vendor`);
      return vendor === undefined || vendor.trim() === "0x1002";
    };
    return nodes
      .map(Number)
      .sort((a, b) => a - b)
      .filter((node) => isAmd(String(node)));
  }
}

/**
 * Refuses a step that asks for more devices than this machine has: without them it would compute on processors, for
 * days perhaps, and nobody would know. Returns what is to be said where it gets what it asked for, and sees the others
 * as well.
 */
export async function checkDevices(
  list: DeviceList,
  devices: Readonly<Record<string, number>>,
  variables: Variables,
): Promise<string | undefined> {
  let warning: string | undefined;
  for (const [kind, wanted] of Object.entries(devices)) {
    if (wanted <= 0) continue;
    const there = await list.of(kind, variables);
    if (there === undefined) warning = DEVICES_NOT_ASSIGNED;
    else if (there.length < wanted) {
      throw new HeadraceError(
        "HR_STEP_START",
        `the step needs ${wanted} ${kind} (resources.devices), and this machine has ${there.length}`,
        {
          hint: [
            "run it in an environment that has so many (",
            { do: "set", option: "environment" },
            "), or let the step ask for less",
          ],
        },
      );
    }
  }
  return warning;
}

const DEVICES_NOT_ASSIGNED =
  "the devices of resources.devices cannot be told apart on this machine: each step sees all of them (run one step at a time, or use CUDA_VISIBLE_DEVICES, to keep steps apart)";

export function deviceSigns(base: Variables): DeviceSigns {
  return {
    nvidiaSmi: async () => {
      const program =
        findProgram("nvidia-smi", base.PATH ?? "") ?? findProgram("nvidia-smi", "/usr/bin:/usr/lib/wsl/lib");
      if (program === undefined) return undefined;
      return await run(program, ["-L"], { timeout: PATIENCE_MS, env: base }).then(
        ({ stdout }) => stdout,
        () => undefined,
      );
    },
    listed: (folder) => quietly(() => readdirSync(folder)) ?? [],
    read: (file) => quietly(() => readFileSync(file, "utf8")),
  };
}

/** Returns the variables of a step that has been given these devices, and no others. */
export function deviceVariables(given: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  const variables: Record<string, string> = {};
  const nvidia = Object.entries(given).flatMap(([kind, names]) => (kind.startsWith("nvidia.com/") ? names : []));
  const amd = given["amd.com/gpu"] ?? [];
  if (nvidia.length > 0) {
    Object.assign(variables, { CUDA_VISIBLE_DEVICES: nvidia.join(","), NVIDIA_VISIBLE_DEVICES: nvidia.join(",") });
    // A number alone means another card in CUDA's own order, which begins with the fastest.
    if (nvidia.some((name) => /^\d+$/.test(name))) variables.CUDA_DEVICE_ORDER = "PCI_BUS_ID";
  }
  // HIP numbers what ROCR leaves visible, from 0 on.
  if (amd.length > 0)
    Object.assign(variables, {
      ROCR_VISIBLE_DEVICES: amd.join(","),
      HIP_VISIBLE_DEVICES: amd.map((_, n) => n).join(","),
    });
  return variables;
}

/**
 * `GPU 0: NVIDIA A100 (UUID: GPU-…)`, and below a card that is divided, `  MIG 1g.5gb Device 0: (UUID: MIG-…)`. The key
 * is the number of the card, so that those who cannot ask nvidia-smi mean the same one.
 */
function nvidiaCards(text: string): readonly Card[] {
  const cards: Card[] = [];
  const divided = new Set<number>();
  let number = -1;
  for (const line of text.split("\n")) {
    const [, index, gpu] = /^GPU (\d+): .*\(UUID: (GPU-[\w-]+)\)/.exec(line) ?? [];
    if (index !== undefined && gpu !== undefined) {
      number = Number(index);
      cards.push(whole(number, gpu, [gpu]));
    }
    const [, profile, mig] = /^\s+MIG (\S+)\s+Device\s+\d+: \(UUID: (MIG-[\w/-]+)\)/.exec(line) ?? [];
    if (profile === undefined || mig === undefined) continue;
    divided.add(number);
    const kinds = ["nvidia.com/gpu", `nvidia.com/mig-${profile}`];
    cards.push({ key: `nvidia-${number}-${mig.replaceAll("/", "-")}`, name: mig, names: [mig], kinds });
  }
  // Programs can use only the parts of a divided card.
  return cards.filter(({ key }) => ![...divided].some((index) => key === `nvidia-${index}`));
}

function whole(number: number, name: string, names: readonly string[]): Card {
  return { key: `nvidia-${number}`, name, names: [String(number), ...names], kinds: ["nvidia.com/gpu"] };
}

function visible(cards: readonly Card[], chosen: string | undefined): readonly Card[] {
  if (chosen === undefined) return cards;
  const found = namedIn(chosen).flatMap(
    (entry) => cards.find(({ names }) => names.some((name) => isNamed(name, entry))) ?? [],
  );
  return [...new Set(found)];
}

function isNamed(name: string, entry: string): boolean {
  return name === entry || (/^(GPU|MIG)-/.test(entry) && name.startsWith(entry));
}

/** As CUDA reads it: the list ends at the first entry that names no device. */
function namedIn(list: string): readonly string[] {
  const entries = list.split(",").map((entry) => entry.trim());
  const end = entries.findIndex(
    (entry) => entry === "" || entry.startsWith("-") || /^(none|void|NoDevFiles)$/i.test(entry),
  );
  return end < 0 ? entries : entries.slice(0, end);
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
